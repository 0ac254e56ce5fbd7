#pragma once

#include <string>
#include <vector>

#include "history/txn_history.h"

namespace tikv::testing {

/// What in a history breaks snapshot isolation, by its timestamps: sentences for people; none if it is in order. Each
/// transaction that was committed has a commit timestamp; those of unknown outcome have one if they turned out to be
/// committed, and count as not committed otherwise.
///
/// - Every read sees what was committed last at or before its timestamp, and nothing else.
/// - Of two transactions that wrote the same key, one was committed before the other began: no update is lost.
/// - What was committed before a transaction was begun, is before it in time: nobody reads the past unawares.
/// - An insert found nothing. No timestamp was given out twice, and none goes against its transaction's order.
std::vector<std::string> check_snapshots(const TxnHistory& history);

}  // namespace tikv::testing
