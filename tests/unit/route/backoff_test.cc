#include "route/backoff.h"

#include <gtest/gtest.h>

namespace tikv::route {
namespace {

using std::chrono::milliseconds;

struct Expected {
  BackoffKind kind;
  std::string_view name;
  int base;
  int cap;
  Jitter jitter;
};

// facts/client-go-backoff.tsv, without TiFlash's; txnLockFast with the base that client-go gives it at run time.
constexpr Expected kExpected[] = {
    {BackoffKind::kTikvRpc, "tikvRPC", 100, 2000, Jitter::kEqual},
    {BackoffKind::kTxnLock, "txnLock", 100, 3000, Jitter::kEqual},
    {BackoffKind::kTxnLockFast, "txnLockFast", 10, 3000, Jitter::kEqual},
    {BackoffKind::kPdRpc, "pdRPC", 500, 3000, Jitter::kEqual},
    {BackoffKind::kRegionMiss, "regionMiss", 2, 500, Jitter::kNone},
    {BackoffKind::kRegionScheduling, "regionScheduling", 2, 500, Jitter::kNone},
    {BackoffKind::kTikvServerBusy, "tikvServerBusy", 2000, 10000, Jitter::kEqual},
    {BackoffKind::kTikvDiskFull, "tikvDiskFull", 500, 5000, Jitter::kNone},
    {BackoffKind::kRegionRecoveryInProgress, "regionRecoveryInProgress", 100, 10000, Jitter::kEqual},
    {BackoffKind::kTxnNotFound, "txnNotFound", 2, 500, Jitter::kNone},
    {BackoffKind::kStaleCommand, "staleCommand", 2, 1000, Jitter::kNone},
    {BackoffKind::kMaxTsNotSynced, "maxTsNotSynced", 2, 500, Jitter::kNone},
    {BackoffKind::kCommitTsLag, "commitTSLag", 2, 500, Jitter::kNone},
    {BackoffKind::kRegionNotInitialized, "regionNotInitialized", 2, 1000, Jitter::kNone},
    {BackoffKind::kIsWitness, "isWitness", 1000, 10000, Jitter::kEqual},
};

TEST(Backoff, TheTableIsClientGos) {
  ASSERT_EQ(std::size(kExpected), kBackoffs.size());
  for (const Expected& expected : kExpected) {
    const BackoffRow& row = backoff_row(expected.kind);
    EXPECT_EQ(row.kind, expected.kind);
    EXPECT_EQ(row.name, expected.name);
    EXPECT_EQ(row.base, milliseconds(expected.base)) << row.name;
    EXPECT_EQ(row.cap, milliseconds(expected.cap)) << row.name;
    EXPECT_EQ(row.jitter, expected.jitter) << row.name;
    const bool busy = expected.kind == BackoffKind::kTikvServerBusy;
    EXPECT_EQ(row.excluded, milliseconds(busy ? 600000 : 0)) << row.name;
  }
}

class Pauses : public ::testing::Test {
 protected:
  static BackoffRow row(Jitter jitter) {
    return {BackoffKind::kTikvRpc, "test", milliseconds(10), milliseconds(1000), jitter};
  }
  std::mt19937_64 random_{1};
};

TEST_F(Pauses, WithoutJitterTheyDoubleUpToTheCap) {
  const int expected[] = {10, 20, 40, 80, 160, 320, 640, 1000, 1000};
  std::uint32_t attempt = 0;
  for (const int pause : expected)
    EXPECT_EQ(next_pause(row(Jitter::kNone), attempt++, milliseconds(0), random_), milliseconds(pause));
  EXPECT_EQ(next_pause(row(Jitter::kNone), 4000000000u, milliseconds(0), random_), milliseconds(1000));
}

TEST_F(Pauses, JitterStaysInItsRange) {
  bool low = false;
  bool high = false;
  for (int i = 0; i < 2000; ++i) {
    const milliseconds full = next_pause(row(Jitter::kFull), 3, milliseconds(0), random_);
    EXPECT_GE(full, milliseconds(0));
    EXPECT_LT(full, milliseconds(80));
    const milliseconds equal = next_pause(row(Jitter::kEqual), 3, milliseconds(0), random_);
    EXPECT_GE(equal, milliseconds(40));
    EXPECT_LT(equal, milliseconds(80));
    const milliseconds decorrelated = next_pause(row(Jitter::kDecorrelated), 3, milliseconds(50), random_);
    EXPECT_GE(decorrelated, milliseconds(10));
    EXPECT_LT(decorrelated, milliseconds(150));
    low = low || full < milliseconds(10);
    high = high || full > milliseconds(70);
  }
  EXPECT_TRUE(low && high) << "the whole range is used";
}

TEST_F(Pauses, DecorrelatedStaysBelowTheCap) {
  for (int i = 0; i < 100; ++i)
    EXPECT_LE(next_pause(row(Jitter::kDecorrelated), 0, milliseconds(900), random_), milliseconds(1000));
  EXPECT_GE(next_pause(row(Jitter::kDecorrelated), 0, milliseconds(0), random_), milliseconds(10));
}

}  // namespace
}  // namespace tikv::route
