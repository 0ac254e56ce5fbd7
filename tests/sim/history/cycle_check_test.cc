#include "history/cycle_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tikv::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using enum TxnRecord::Outcome;

/// All at the same time: only the lists order them.
TxnRecord txn(std::string name, std::vector<TxnRead> reads, std::vector<std::string> appends) {
  TxnRecord record;
  record.name = name;
  record.outcome = kCommitted;
  record.reads = std::move(reads);
  for (std::string& key : appends) record.writes.push_back({std::move(key), name});
  return record;
}

TEST(AppendLists, AnOrderlyHistoryIsInOrder) {
  EXPECT_THAT(check_append_lists({txn("T1", {{"x", {}}}, {"x"}), txn("T2", {{"x", "T1"}, {"y", {}}}, {"x", "y"}),
                                  txn("end", {{"x", "T1 T2"}, {"y", "T2"}}, {})}),
              IsEmpty());
}

TEST(AppendLists, ALostUpdateIsMissing) {
  EXPECT_THAT(
      check_append_lists({txn("T1", {{"x", {}}}, {"x"}), txn("T2", {{"x", {}}}, {"x"}), txn("end", {{"x", "T2"}}, {})}),
      ElementsAre(HasSubstr("T1 was said to be committed, and is missing")));
}

TEST(AppendLists, ListsThatDisagree) {
  EXPECT_THAT(check_append_lists({txn("T1", {{"x", {}}}, {"x"}), txn("T2", {{"x", {}}}, {"x"}),
                                  txn("R", {{"x", "T2"}}, {}), txn("end", {{"x", "T1 T2"}}, {})}),
              Contains(HasSubstr("the lists of x disagree")));
}

TEST(AppendLists, ANameTwice) {
  EXPECT_THAT(check_append_lists({txn("T1", {{"x", {}}}, {"x"}), txn("end", {{"x", "T1 T1"}}, {})}),
              Contains(HasSubstr("T1 is in the list of x twice")));
}

TEST(AppendLists, WhatWasNotCommittedIsNotSeen) {
  TxnRecord aborted = txn("T1", {{"x", {}}}, {"x"});
  aborted.outcome = kNot;
  EXPECT_THAT(check_append_lists({aborted, txn("R", {{"x", "T1"}}, {})}),
              Contains(HasSubstr("T1 is in the list of x, and was said not to be committed")));
  aborted.outcome = kUnknown;
  EXPECT_THAT(check_append_lists({aborted, txn("R", {{"x", "T1"}}, {})}), IsEmpty());
  EXPECT_THAT(check_append_lists({aborted, txn("R", {{"x", {}}}, {})}), IsEmpty());
}

TEST(AppendLists, HalfOfATransactionIsStored) {
  TxnRecord doubtful = txn("T1", {{"x", {}}, {"y", {}}}, {"x", "y"});
  doubtful.outcome = kUnknown;
  EXPECT_THAT(check_append_lists({doubtful, txn("end", {{"x", "T1"}, {"y", {}}}, {})}),
              ElementsAre(HasSubstr("T1 is in some of its lists and missing from others")));
}

TEST(AppendLists, ReadersThatSeeWritersInDifferentOrders) {
  // Long fork: snapshot isolation orders the two writers for everybody.
  const TxnHistory history = {txn("W1", {{"x", {}}}, {"x"}), txn("W2", {{"y", {}}}, {"y"}),
                              txn("R1", {{"x", "W1"}, {"y", {}}}, {}), txn("R2", {{"x", {}}, {"y", "W2"}}, {}),
                              txn("end", {{"x", "W1"}, {"y", "W2"}}, {})};
  // Two rw, none next to the other: R1 -rw-> W2 -wr-> R2 -rw-> W1 -wr-> R1.
  EXPECT_THAT(check_append_lists(history), ElementsAre(HasSubstr("a circle")));
}

TEST(AppendLists, AReadThatSeesHalfOfATransaction) {
  EXPECT_THAT(check_append_lists({txn("T1", {{"x", {}}, {"y", {}}}, {"x", "y"}), txn("R", {{"x", "T1"}, {"y", {}}}, {}),
                                  txn("end", {{"x", "T1"}, {"y", "T1"}}, {})}),
              ElementsAre(HasSubstr("a circle")));
}

TEST(AppendLists, WriteSkewIsAllowed) {
  EXPECT_THAT(check_append_lists({txn("T1", {{"x", {}}, {"y", {}}}, {"x"}), txn("T2", {{"x", {}}, {"y", {}}}, {"y"}),
                                  txn("end", {{"x", "T1"}, {"y", "T2"}}, {})}),
              IsEmpty());
}

TEST(AppendLists, WhatWasOverIsSeen) {
  TxnRecord writer = txn("W", {{"x", {}}}, {"x"});
  writer.invoked = 1;
  writer.returned = 2;
  TxnRecord reader = txn("R", {{"x", {}}}, {});
  reader.invoked = 3;
  reader.returned = 4;
  const TxnRecord end = txn("end", {{"x", "W"}}, {});
  EXPECT_THAT(check_append_lists({writer, reader, end}), ElementsAre(HasSubstr("a circle")));
  reader.invoked = 2;
  EXPECT_THAT(check_append_lists({writer, reader, end}), IsEmpty());
  reader.invoked = 3;
  reader.fresh = false;
  EXPECT_THAT(check_append_lists({writer, reader, end}), IsEmpty());
}

}  // namespace
}  // namespace tikv::testing
