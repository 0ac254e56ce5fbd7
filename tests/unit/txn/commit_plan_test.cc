#include "txn/commit_plan.h"

#include <gtest/gtest.h>

namespace tikv::txn {
namespace {

using std::chrono::milliseconds;

region::Region a_region(std::string start, std::string end) {
  region::Region region;
  region.start_key = std::move(start);
  region.end_key = std::move(end);
  return region;
}

WriteBuffer some_writes() {
  WriteBuffer writes{TransactionLimits()};
  (void)writes.insert("a", "gone");
  (void)writes.remove("a");
  (void)writes.put("d", "dd");
  (void)writes.remove("c");
  (void)writes.insert("b", "bb");
  return writes;
}

TEST(CommitPlan, TakesNoMemoryOverThatWritesHaveOnlyReserved) {
  WriteBuffer writes{TransactionLimits()};
  std::string key = "k";
  std::string value = "v";
  for (std::string* text : {&key, &value}) text->reserve(1 << 20);
  (void)writes.put(std::move(key), std::move(value));
  const CommitPlan plan(writes.take());
  EXPECT_LT(plan.mutations()[0]->key().capacity(), 1000u);
  EXPECT_LT(plan.mutations()[0]->value().capacity(), 1000u);
}

TEST(CommitPlan, MutationsAreInOrderAndThePrimaryLocks) {
  WriteBuffer writes = some_writes();
  const CommitPlan plan(writes.take());
  ASSERT_EQ(plan.mutations().size(), 4u);
  EXPECT_EQ(plan.mutations()[0]->op(), Op::CheckNotExists);
  EXPECT_EQ(plan.mutations()[1]->op(), Op::Insert);
  EXPECT_EQ(plan.mutations()[2]->op(), Op::Del);
  EXPECT_EQ(plan.mutations()[3]->op(), Op::Put);
  EXPECT_EQ(plan.mutations()[3]->value(), "dd");
  EXPECT_TRUE(plan.has_locks());
  EXPECT_EQ(plan.primary(), "b") << "a mutation that only checks can't be the primary";
  EXPECT_EQ(plan.bytes(), 8u);
}

TEST(CommitPlan, OnlyChecksLeaveNothingToCommit) {
  WriteBuffer writes{TransactionLimits()};
  (void)writes.insert("a", "v");
  (void)writes.remove("a");
  const CommitPlan plan(writes.take());
  EXPECT_FALSE(plan.has_locks());
  EXPECT_EQ(plan.primary(), "a");
  EXPECT_TRUE(plan.locked_from(0).empty());
}

TEST(CommitPlan, CountsWhatLiesInARegion) {
  WriteBuffer writes = some_writes();
  const CommitPlan plan(writes.take());
  EXPECT_EQ(plan.count_in(a_region("", "")), 4u);
  EXPECT_EQ(plan.count_in(a_region("b", "d")), 2u);
  EXPECT_EQ(plan.count_in(a_region("bb", "")), 2u);
  EXPECT_EQ(plan.count_in(a_region("x", "")), 0u);
}

TEST(CommitPlan, ThePrimarysBatchStaysInItsRegionAndItsSize) {
  WriteBuffer writes = some_writes();
  const CommitPlan plan(writes.take());
  const auto all = plan.primary_batch(a_region("", ""), 100);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all.front()->key(), "b");
  EXPECT_EQ(plan.primary_index(), 1u);
  EXPECT_EQ(plan.primary_batch(a_region("", "d"), 100).size(), 2u);
  EXPECT_EQ(plan.primary_batch(a_region("", ""), 1).size(), 1u);
  const auto rest = plan.locked_from(2);
  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(rest[0]->key(), "c");
}

TEST(LockTtl, IsWithinWhatTheOptionsSay) {
  CommitOptions options;
  options.batch_bytes = 2 * 1024 * 1024;
  options.lock_ttl = milliseconds(15000);
  EXPECT_EQ(lock_ttl(1024 * 1024, milliseconds(0), options), milliseconds(3000)) << "one batch";
  EXPECT_EQ(lock_ttl(4 * 1024 * 1024, milliseconds(0), options), milliseconds(12000));
  EXPECT_EQ(lock_ttl(100 * 1024 * 1024, milliseconds(0), options), milliseconds(15000));
}

TEST(LockTtl, GrowsWithSizeAndAge) {
  EXPECT_EQ(lock_ttl(1, milliseconds(0), CommitOptions()), milliseconds(3000));
  EXPECT_EQ(lock_ttl(1, milliseconds(250), CommitOptions()), milliseconds(3250));
  EXPECT_EQ(lock_ttl(64 * 1024, milliseconds(0), CommitOptions()), milliseconds(3000)) << "1.5 s by the formula";
  EXPECT_EQ(lock_ttl(1024 * 1024, milliseconds(0), CommitOptions()), milliseconds(6000));
  EXPECT_EQ(lock_ttl(4 * 1024 * 1024, milliseconds(0), CommitOptions()), milliseconds(12000));
  EXPECT_EQ(lock_ttl(100 * 1024 * 1024, milliseconds(0), CommitOptions()), milliseconds(20000));
}

}  // namespace
}  // namespace tikv::txn
