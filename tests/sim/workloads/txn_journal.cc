#include "workloads/txn_journal.h"

#include <utility>

namespace tikv::testing {

using Outcome = TxnRecord::Outcome;

TxnRecord TxnJournal::begin(std::size_t process) {
  TxnRecord record;
  record.name = "T" + std::to_string(stage_.next_number());
  record.process = process;
  record.invoked = stage_.now();
  return record;
}

void TxnJournal::end(TxnRecord record, const Result<Committed>& result) {
  stage_.world().tell([&] { return record.name + " of " + std::to_string(record.start_ts) + ": " + describe(result); });
  if (record.start_ts == 0) return;
  record.returned = stage_.now();
  if (result) {
    record.outcome = Outcome::kCommitted;
    EXPECT_EQ(result->start_ts, record.start_ts);
    if (!record.writes.empty()) record.commit_ts = result->commit_ts;
    stage_.count("committed");
  } else {
    const bool unknown = result.error().applied() == Applied::kUnknown;
    EXPECT_EQ(unknown, result.error().kind() == ErrorKind::kUndetermined) << record.name << ": " << describe(result);
    record.outcome = unknown ? Outcome::kUnknown : Outcome::kNot;
  }
  history_.push_back(std::move(record));
}

void TxnJournal::end_reading(TxnRecord record) {
  record.returned = stage_.now();
  record.outcome = Outcome::kCommitted;
  history_.push_back(std::move(record));
}

void TxnJournal::look_up_outcomes() {
  for (TxnRecord& txn : history_) {
    if (txn.writes.empty()) continue;
    const std::uint64_t first = stage_.world().commit_of(txn.writes.front().key, txn.start_ts);
    for (const TxnWrite& write : txn.writes) {
      EXPECT_EQ(stage_.world().commit_of(write.key, txn.start_ts), first)
          << txn.name << " is not the same in " << write.key << " and in " << txn.writes.front().key;
    }
    if (txn.outcome == Outcome::kCommitted) EXPECT_EQ(txn.commit_ts, first) << txn.name;
    txn.commit_ts = first;
  }
}

}  // namespace tikv::testing
