#pragma once

#include <tikv/proto/kvrpcpb.pb.h>

#include <cstdint>
#include <vector>

#include "testkit/store/mvcc_reader.h"
#include "testkit/store/mvcc_txn.h"
#include "testkit/store/txn_state.h"

namespace tikv::testing::store {

struct PrewriteOutcome {
  /// Keys that others hold; if there are any, nothing was written.
  std::vector<proto::kvrpcpb::KeyError> locked;
  /// Async commit: the commit_ts will not be lower. Zero when it fell back to two phases.
  std::uint64_t min_commit_ts = 0;
  /// Not zero: committed in one phase.
  std::uint64_t one_pc_commit_ts = 0;
};

/// The first phase of a commit: optimistic, or pessimistic when the request has a for_update_ts.
Outcome<PrewriteOutcome> prewrite(const proto::kvrpcpb::PrewriteRequest& request, const MvccReader& reader,
                                  TxnState& state, MvccTxn& txn);

/// The first phase in pieces (pipelined): the same key may come again with a higher generation. Gives the locks met.
Outcome<std::vector<proto::kvrpcpb::KeyError>> flush(const proto::kvrpcpb::FlushRequest& request,
                                                     const MvccReader& reader, TxnState& state, MvccTxn& txn);

}  // namespace tikv::testing::store
