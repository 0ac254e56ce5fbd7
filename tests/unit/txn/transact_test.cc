#include <gtest/gtest.h>
#include <tikv/transaction.h>

#include "txn/transact_policy.h"

namespace tikv::txn {
namespace {

using std::chrono::milliseconds;

TEST(TransactPolicy, RunsAgainOnlyWhatIsSafeAndUseful) {
  EXPECT_TRUE(run_again(Error(ErrorKind::kConflict, ""), 1, 8));
  EXPECT_TRUE(run_again(Error(ErrorKind::kAborted, ""), 7, 8));
  EXPECT_FALSE(run_again(Error(ErrorKind::kConflict, ""), 8, 8));
  EXPECT_FALSE(run_again(Error(ErrorKind::kUndetermined, ""), 1, 8));
  EXPECT_FALSE(run_again(Error(ErrorKind::kKeyExists, ""), 1, 8));
  EXPECT_FALSE(run_again(Error(ErrorKind::kDeadline, ""), 1, 8));
  Error doubtful(ErrorKind::kConflict, "");
  doubtful.with_applied(Applied::kUnknown).with_advice(Advice::kRetryTransaction);
  EXPECT_FALSE(run_again(doubtful, 1, 8));
}

TEST(TransactPolicy, PausesGrowUpToHalfASecond) {
  std::mt19937_64 random(1);
  for (std::uint32_t failures = 1; failures < 40; ++failures) {
    const milliseconds whole = std::min(milliseconds(500), milliseconds(1LL << std::min(failures, 20u)));
    const milliseconds pause = pause_after(failures, random);
    EXPECT_GE(pause, whole / 2);
    EXPECT_LE(pause, whole);
  }
}

}  // namespace
}  // namespace tikv::txn
