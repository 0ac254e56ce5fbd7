#include "lock/async_commit.h"

#include <gtest/gtest.h>
#include <tikv/proto/kvrpcpb.pb.h>

namespace tikv::lock {
namespace {

namespace kvrpcpb = proto::kvrpcpb;

constexpr std::uint64_t kStart = 10;

void add_lock(kvrpcpb::CheckSecondaryLocksResponse& response, const std::string& key, std::uint64_t min_commit_ts,
              bool async = true, std::uint64_t start_ts = kStart) {
  kvrpcpb::LockInfo* lock = response.add_locks();
  lock->set_key(key);
  lock->set_lock_version(start_ts);
  lock->set_min_commit_ts(min_commit_ts);
  lock->set_use_async_commit(async);
}

TEST(SecondaryTally, AllLockedMeansCommittedAtTheLargestTimestamp) {
  SecondaryTally tally(kStart, 20);
  kvrpcpb::CheckSecondaryLocksResponse one;
  add_lock(one, "a", 15);
  add_lock(one, "b", 31);
  ASSERT_TRUE(tally.add(one, 2).has_value());
  kvrpcpb::CheckSecondaryLocksResponse two;
  add_lock(two, "c", 22);
  ASSERT_TRUE(tally.add(two, 1).has_value());
  EXPECT_EQ(tally.commit_ts(), 31u);
  EXPECT_EQ(tally.locked(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_FALSE(tally.fell_back());
}

TEST(SecondaryTally, AMissingLockTellsTheOutcome) {
  SecondaryTally committed(kStart, 20);
  kvrpcpb::CheckSecondaryLocksResponse gone;
  gone.set_commit_ts(40);
  ASSERT_TRUE(committed.add(gone, 1).has_value());
  EXPECT_EQ(committed.commit_ts(), 40u);
  kvrpcpb::CheckSecondaryLocksResponse there;
  add_lock(there, "a", 99);
  ASSERT_TRUE(committed.add(there, 1).has_value());
  EXPECT_EQ(committed.commit_ts(), 40u) << "what is committed does not move";

  SecondaryTally rolled_back(kStart, 20);
  ASSERT_TRUE(rolled_back.add(kvrpcpb::CheckSecondaryLocksResponse(), 1).has_value());
  EXPECT_EQ(rolled_back.commit_ts(), 0u);
}

TEST(SecondaryTally, ContradictionsAreErrors) {
  SecondaryTally tally(kStart, 20);
  kvrpcpb::CheckSecondaryLocksResponse early;
  early.set_commit_ts(19);
  EXPECT_EQ(tally.add(early, 1).error().kind(), ErrorKind::kServer);

  SecondaryTally two(kStart, 20);
  kvrpcpb::CheckSecondaryLocksResponse at_40;
  at_40.set_commit_ts(40);
  ASSERT_TRUE(two.add(at_40, 1).has_value());
  EXPECT_EQ(two.add(kvrpcpb::CheckSecondaryLocksResponse(), 1).error().kind(), ErrorKind::kServer);

  SecondaryTally stranger(kStart, 20);
  kvrpcpb::CheckSecondaryLocksResponse other;
  add_lock(other, "a", 30, true, 11);
  EXPECT_EQ(stranger.add(other, 1).error().kind(), ErrorKind::kServer);
}

TEST(SecondaryTally, AnOrdinaryLockMeansAFallBack) {
  SecondaryTally tally(kStart, 20);
  kvrpcpb::CheckSecondaryLocksResponse response;
  add_lock(response, "a", 30, false);
  ASSERT_TRUE(tally.add(response, 1).has_value());
  EXPECT_TRUE(tally.fell_back());
}

}  // namespace
}  // namespace tikv::lock
