#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "history/txn_history.h"
#include "stage.h"

namespace tikv::testing {

/// Writes down transactions as they go, for the checkers.
class TxnJournal {
 public:
  explicit TxnJournal(Stage& stage) : stage_(stage) {}

  /// A transaction that begins now. The name is its own.
  TxnRecord begin(std::size_t process);
  /// It ended like this. A transaction without a start timestamp never began, and is forgotten.
  void end(TxnRecord record, const Result<Committed>& result);
  /// It only read, and is over.
  void end_reading(TxnRecord record);

  /// Looks up in the stores what became of those who wrote, whatever their callers were told, and whether it is the
  /// same for each of their keys.
  void look_up_outcomes();
  const TxnHistory& history() const { return history_; }

 private:
  Stage& stage_;
  TxnHistory history_;
};

}  // namespace tikv::testing
