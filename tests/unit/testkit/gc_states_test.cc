#include "testkit/cluster/gc_states.h"

#include <gtest/gtest.h>

#include <limits>

namespace tikv::testing::cluster {
namespace {

TEST(GcStates, TheTxnSafePointStopsAtTheLowestBarrier) {
  GcStates gc;
  ASSERT_TRUE(gc.set_barrier(false, "backup", 50, 60, 0));
  ASSERT_TRUE(gc.set_barrier(true, "br", 40, 60, 0));
  const auto blocked = gc.advance_txn_safe_point(100, 0);
  ASSERT_TRUE(blocked);
  EXPECT_EQ(blocked->to, 40U);
  EXPECT_EQ(blocked->blocker_id, "br");
  EXPECT_TRUE(gc.delete_barrier(true, "br"));
  EXPECT_EQ(gc.advance_txn_safe_point(100, 0)->to, 50U);
}

TEST(GcStates, ExpiredBarriersDoNotHold) {
  GcStates gc;
  ASSERT_TRUE(gc.set_barrier(false, "backup", 50, 60, 0));
  EXPECT_EQ(gc.advance_txn_safe_point(100, 60'000)->to, 100U);
  EXPECT_TRUE(gc.barriers().empty());
}

TEST(GcStates, SafePointsNeverGoBack) {
  GcStates gc;
  ASSERT_TRUE(gc.advance_txn_safe_point(100, 0));
  EXPECT_FALSE(gc.advance_txn_safe_point(99, 0));
  ASSERT_TRUE(gc.advance_gc_safe_point(80));
  EXPECT_FALSE(gc.advance_gc_safe_point(79));
  EXPECT_FALSE(gc.advance_gc_safe_point(101));
  EXPECT_EQ(gc.gc_safe_point(), 80U);
}

TEST(GcStates, BarriersBehindTheSafePointAreRefused) {
  GcStates gc;
  ASSERT_TRUE(gc.advance_txn_safe_point(100, 0));
  EXPECT_FALSE(gc.set_barrier(false, "late", 99, 60, 0));
  EXPECT_FALSE(gc.set_barrier(false, "", 200, 60, 0));
  EXPECT_FALSE(gc.set_barrier(false, "short", 200, 0, 0));
  EXPECT_FALSE(gc.delete_barrier(false, "late"));
}

TEST(GcStates, ABarrierCanLastForEver) {
  GcStates gc;
  const auto forever = std::numeric_limits<std::int64_t>::max();
  const auto barrier = gc.set_barrier(false, "forever", 10, forever, 1'700'000'000'000);
  ASSERT_TRUE(barrier);
  EXPECT_FALSE(barrier->expires_ms);
  EXPECT_EQ(barrier->ttl_seconds(1), forever);
}

}  // namespace
}  // namespace tikv::testing::cluster
