#include "history/snapshot_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tikv::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using enum TxnRecord::Outcome;

/// Named after its timestamps; over when the next one begins.
TxnRecord txn(std::uint64_t start_ts, std::uint64_t commit_ts, std::vector<TxnRead> reads,
              std::vector<TxnWrite> writes) {
  TxnRecord record;
  record.name = "T" + std::to_string(start_ts);
  record.start_ts = start_ts;
  record.commit_ts = commit_ts;
  record.invoked = static_cast<std::int64_t>(start_ts);
  record.returned = static_cast<std::int64_t>(commit_ts == 0 ? start_ts : commit_ts);
  record.outcome = kCommitted;
  record.reads = std::move(reads);
  record.writes = std::move(writes);
  return record;
}

TxnRecord with_outcome(TxnRecord record, TxnRecord::Outcome outcome) {
  record.outcome = outcome;
  return record;
}

TEST(SnapshotCheck, AnOrderlyHistoryIsInOrder) {
  const TxnHistory history = {
      txn(10, 20, {{"a", {}}}, {{"a", "1"}, {"b", "1"}}),
      txn(15, 0, {{"a", {}}, {"b", {}}}, {}),
      txn(21, 30, {{"a", "1"}}, {{"a", "2"}}),
      txn(25, 0, {{"a", "1"}, {"b", "1"}}, {}),
      txn(31, 40, {{"a", "2"}, {"b", "1"}}, {{"a", {}}}),
      txn(41, 0, {{"a", {}}}, {}),
  };
  EXPECT_THAT(check_snapshots(history), IsEmpty());
}

TEST(SnapshotCheck, AReadThatMissesACommitBeforeIt) {
  EXPECT_THAT(check_snapshots({txn(10, 20, {}, {{"a", "1"}}), txn(30, 0, {{"a", {}}}, {})}),
              ElementsAre(HasSubstr("T30 read nothing in a at 30, where '1' was stored by T10 at 20")));
}

TEST(SnapshotCheck, AReadOfTheFuture) {
  EXPECT_THAT(check_snapshots({txn(10, 20, {}, {{"a", "1"}}), txn(15, 0, {{"a", "1"}}, {})}),
              Contains(HasSubstr("T15 read '1' in a at 15, where nothing was stored")));
}

TEST(SnapshotCheck, HalfOfATransactionIsSeen) {
  EXPECT_THAT(check_snapshots({txn(10, 20, {}, {{"a", "1"}, {"b", "1"}}), txn(30, 0, {{"a", "1"}, {"b", {}}}, {})}),
              ElementsAre(HasSubstr("T30 read nothing in b")));
}

TEST(SnapshotCheck, AReadOfWhatWasNotCommitted) {
  const TxnHistory history = {with_outcome(txn(10, 0, {}, {{"a", "1"}}), kNot), txn(30, 0, {{"a", "1"}}, {})};
  EXPECT_THAT(check_snapshots(history), ElementsAre(HasSubstr("T10 wrote that and was not committed")));
}

TEST(SnapshotCheck, AnUnknownOutcomeCountsAsItTurnedOut) {
  const TxnRecord done = with_outcome(txn(10, 20, {}, {{"a", "1"}}), kUnknown);
  const TxnRecord not_done = with_outcome(txn(10, 0, {}, {{"a", "1"}}), kUnknown);
  EXPECT_THAT(check_snapshots({done, txn(30, 0, {{"a", "1"}}, {})}), IsEmpty());
  EXPECT_THAT(check_snapshots({not_done, txn(30, 0, {{"a", {}}}, {})}), IsEmpty());
  EXPECT_THAT(check_snapshots({not_done, txn(30, 0, {{"a", "1"}}, {})}), ::testing::SizeIs(1));
}

TEST(SnapshotCheck, ALostUpdate) {
  EXPECT_THAT(check_snapshots({txn(10, 20, {{"a", {}}}, {{"a", "1"}}), txn(15, 30, {{"a", {}}}, {{"a", "2"}})}),
              ElementsAre(HasSubstr("lost update of a: T15 began at 15, before T10 was committed at 20")));
}

TEST(SnapshotCheck, WriteSkewIsAllowed) {
  EXPECT_THAT(check_snapshots({txn(10, 20, {{"a", {}}, {"b", {}}}, {{"a", "1"}}),
                               txn(11, 21, {{"a", {}}, {"b", {}}}, {{"b", "1"}})}),
              IsEmpty());
}

TEST(SnapshotCheck, ATransactionThatBeginsInThePast) {
  TxnRecord late = txn(15, 0, {}, {});
  late.invoked = 25;  // after 20 had returned
  EXPECT_THAT(check_snapshots({txn(10, 20, {}, {{"a", "1"}}), late}), ElementsAre(HasSubstr("T15 began at 15, after")));
  late.fresh = false;
  EXPECT_THAT(check_snapshots({txn(10, 20, {}, {{"a", "1"}}), late}), IsEmpty());
}

TEST(SnapshotCheck, AnInsertOverAValue) {
  EXPECT_THAT(check_snapshots({txn(10, 20, {}, {{"a", "1"}}), txn(21, 30, {}, {{"a", "2", true}})}),
              ElementsAre(HasSubstr("T21 inserted a, which T10 had written")));
  EXPECT_THAT(check_snapshots({txn(10, 20, {}, {{"a", {}}}), txn(21, 30, {}, {{"a", "2", true}})}), IsEmpty());
}

TEST(SnapshotCheck, PromisesThatWereNotKept) {
  EXPECT_THAT(check_snapshots({txn(10, 0, {}, {{"a", "1"}})}), ElementsAre(HasSubstr("is not stored")));
  EXPECT_THAT(check_snapshots({with_outcome(txn(10, 20, {}, {{"a", "1"}}), kNot)}),
              ElementsAre(HasSubstr("T10 was said not to be committed, and is stored as of 20")));
}

TEST(SnapshotCheck, TimestampsOutOfOrder) {
  EXPECT_THAT(check_snapshots({txn(20, 10, {}, {{"a", "1"}})}), Contains(HasSubstr("committed before it began")));
  EXPECT_THAT(check_snapshots({txn(10, 20, {}, {{"a", "1"}}), txn(11, 20, {}, {{"b", "1"}})}),
              ElementsAre(HasSubstr("shares its commit timestamp")));
}

}  // namespace
}  // namespace tikv::testing
