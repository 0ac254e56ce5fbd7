#include "route/retry.h"

#include <gtest/gtest.h>

#include "runtime/sim_loop.h"

namespace tikv::route {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

class RetryTest : public ::testing::Test {
 protected:
  template <class T>
  T run(Task<T> task) {
    return runtime::run_on(loop_, std::move(task)).get();
  }
  Result<void> back_off(Retry& retry, BackoffKind kind, std::string cause = "it failed") {
    return run(retry.back_off(kind, std::move(cause)));
  }

  runtime::SimLoop loop_;
};

TEST_F(RetryTest, SleepsWhatTheTableSays) {
  Retry retry(loop_, 10s);
  const runtime::TimePoint began = loop_.now();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(back_off(retry, BackoffKind::kRegionMiss));
  EXPECT_EQ(loop_.now() - began, 2ms + 4ms + 8ms + 16ms);
  EXPECT_EQ(retry.slept(), 30ms);
  EXPECT_EQ(retry.pauses(), 4u);
  // Each kind has a sequence of its own.
  ASSERT_TRUE(back_off(retry, BackoffKind::kTxnNotFound));
  EXPECT_EQ(retry.slept(), 32ms);
}

TEST_F(RetryTest, AtMostAndForBoundThePause) {
  Retry retry(loop_, 10s);
  ASSERT_TRUE(run(retry.back_off_at_most(BackoffKind::kTxnLock, 7ms, "a lock")));
  EXPECT_EQ(retry.slept(), 7ms);
  ASSERT_TRUE(run(retry.back_off_at_most(BackoffKind::kTxnLock, -1ms, "a lock that expired")));
  EXPECT_EQ(retry.slept(), 7ms);
  ASSERT_TRUE(run(retry.back_off_for(BackoffKind::kTikvServerBusy, 30ms, "busy")));
  EXPECT_EQ(retry.slept(), 37ms);
}

TEST_F(RetryTest, TheFirstPauseForALockIsTheOperationsOwn) {
  Retry usual(loop_, 10s);
  ASSERT_TRUE(back_off(usual, BackoffKind::kTxnLockFast));
  EXPECT_GE(usual.slept(), 5ms);
  EXPECT_LE(usual.slept(), 10ms);
  Retry retry(loop_, Patience(10s, 400ms));
  ASSERT_TRUE(back_off(retry, BackoffKind::kTxnLockFast));
  EXPECT_GE(retry.slept(), 200ms);
  EXPECT_LE(retry.slept(), 400ms);
  Retry fork = retry.fork();
  ASSERT_TRUE(back_off(fork, BackoffKind::kTxnLockFast));
  EXPECT_GE(fork.slept() - retry.slept(), 400ms) << "the second pause is twice as long";
  ASSERT_TRUE(back_off(retry, BackoffKind::kRegionMiss));
  EXPECT_LE(retry.slept(), 402ms) << "other kinds are as they are";
}

TEST_F(RetryTest, GivesUpWhenTheBudgetIsUsed) {
  Retry retry(loop_, 20ms);
  Result<void> result;
  int pauses = 0;
  while ((result = back_off(retry, BackoffKind::kRegionMiss, "nobody there"))) ++pauses;
  EXPECT_EQ(pauses, 4) << "2 + 4 + 8 + 16 reach 20";
  EXPECT_EQ(result.error().kind(), ErrorKind::kUnavailable);
  EXPECT_NE(result.error().message().find("nobody there"), std::string::npos);
  EXPECT_NE(result.error().message().find("regionMiss"), std::string::npos);
  EXPECT_EQ(result.error().elapsed(), 30ms);

  Retry none(loop_, 0ms);
  EXPECT_EQ(back_off(none, BackoffKind::kRegionMiss).error().kind(), ErrorKind::kUnavailable);
}

TEST_F(RetryTest, TheKindThatTookLongestIsNamed) {
  Retry retry(loop_, 300ms);
  ASSERT_TRUE(back_off(retry, BackoffKind::kRegionMiss));
  Result<void> result;
  while ((result = back_off(retry, BackoffKind::kTikvRpc))) {
  }
  result = back_off(retry, BackoffKind::kRegionMiss);
  EXPECT_NE(result.error().message().find("tikvRPC"), std::string::npos) << result.error().message();
}

TEST_F(RetryTest, BusyStoresDoNotUseUpTheBudgetUntilTenMinutes) {
  Retry retry(loop_, 20s);
  const runtime::TimePoint began = loop_.now();
  while (back_off(retry, BackoffKind::kTikvServerBusy)) {
  }
  EXPECT_NE(back_off(retry, BackoffKind::kTikvServerBusy).error().message().find("tikvServerBusy"), std::string::npos);
  EXPECT_GE(loop_.now() - began, 600s);
  EXPECT_LT(loop_.now() - began, 611s);
  // Other kinds still have all of it.
  EXPECT_TRUE(back_off(retry, BackoffKind::kRegionMiss));
}

// A store that is busy for long, and four other reasons to pause: the error names the one that took longest.
TEST_F(RetryTest, TheLongestOfManyKindsIsNamedAndBusyStoresDoNotCount) {
  Retry retry(loop_, 1600ms);
  ASSERT_TRUE(back_off(retry, BackoffKind::kRegionMiss));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(back_off(retry, BackoffKind::kRegionNotInitialized));
  ASSERT_TRUE(back_off(retry, BackoffKind::kRegionRecoveryInProgress));
  ASSERT_TRUE(back_off(retry, BackoffKind::kTikvServerBusy)) << "a second or more that is not counted";
  ASSERT_TRUE(back_off(retry, BackoffKind::kIsWitness));
  EXPECT_GT(retry.slept(), 1500ms);
  Result<void> result;
  int pauses = 0;
  while ((result = back_off(retry, BackoffKind::kTxnNotFound)) && pauses < 15) ++pauses;
  ASSERT_FALSE(result) << "2 + 4 + ... + 500 are more than is left";
  EXPECT_GT(pauses, 5);
  EXPECT_EQ(result.error().message().find("tikvServerBusy"), std::string::npos) << result.error().message();
}

TEST_F(RetryTest, AForkOfSpentPatienceFailsForWhatWasPausedFor) {
  Retry retry(loop_, 8ms);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(back_off(retry, BackoffKind::kRegionNotInitialized));
  Retry fork = retry.fork();
  EXPECT_EQ(fork.slept(), retry.slept());
  EXPECT_EQ(fork.pauses(), retry.pauses());
  const runtime::TimePoint began = loop_.now();
  const Result<void> result = back_off(fork, BackoffKind::kTikvRpc, "refused");
  ASSERT_FALSE(result);
  EXPECT_EQ(loop_.now(), began) << "at once";
  EXPECT_NE(result.error().message().find("regionNotInitialized"), std::string::npos) << result.error().message();
  EXPECT_NE(result.error().message().find("refused"), std::string::npos) << result.error().message();
  retry.absorb(fork);
  EXPECT_EQ(retry.slept(), 14ms);
  EXPECT_EQ(retry.pauses(), 3u);
}

TEST_F(RetryTest, DeadlineAndStopEndAPauseEarly) {
  Retry retry(loop_, 100s);
  const runtime::TimePoint began = loop_.now();
  Result<void> late =
      runtime::run_on(loop_, retry.back_off(BackoffKind::kTikvServerBusy, "busy")).with_timeout(5ms).get();
  EXPECT_EQ(late.error().kind(), ErrorKind::kDeadline);
  EXPECT_EQ(loop_.now() - began, 5ms);

  std::stop_source stop;
  stop.request_stop();
  Result<void> stopped =
      runtime::run_on(loop_, retry.back_off(BackoffKind::kTikvServerBusy, "busy")).with_stop(stop.get_token()).get();
  EXPECT_EQ(stopped.error().kind(), ErrorKind::kCancelled);
}

TEST_F(RetryTest, ErrorsCarryTheNewestAttempts) {
  Retry retry(loop_, 1s);
  EXPECT_EQ(retry.fail(ErrorKind::kServer, "no").attempt_count(), 0u);
  for (std::uint64_t i = 1; i <= Error::kMaxAttempts + 4; ++i) {
    Attempt attempt;
    attempt.region_id = i;
    retry.record(std::move(attempt));
  }
  const Error error = retry.fail(ErrorKind::kServer, "no");
  EXPECT_EQ(error.attempt_count(), Error::kMaxAttempts + 4);
  ASSERT_EQ(error.attempts().size(), Error::kMaxAttempts);
  EXPECT_EQ(error.attempts().front().region_id, 5u);
  // An error that has a history of its own, from PD, keeps it.
  Error other(ErrorKind::kUnavailable, "PD");
  other.with_attempts({Attempt()}, 1);
  EXPECT_EQ(retry.annotate(other).attempt_count(), 1u);
}

TEST_F(RetryTest, ForksStartFromWhatWasSleptAndTheLongestCounts) {
  Retry retry(loop_, 1s);
  ASSERT_TRUE(back_off(retry, BackoffKind::kRegionMiss));
  Retry one = retry.fork();
  Retry two = retry.fork();
  EXPECT_EQ(one.slept(), 2ms);
  ASSERT_TRUE(back_off(one, BackoffKind::kRegionMiss));
  EXPECT_EQ(one.slept(), 6ms);
  EXPECT_EQ(two.slept(), 2ms);
  ASSERT_TRUE(back_off(two, BackoffKind::kRegionMiss));
  ASSERT_TRUE(back_off(two, BackoffKind::kRegionMiss));
  retry.absorb(one);
  retry.absorb(two);
  EXPECT_EQ(retry.slept(), 14ms) << "they slept at the same time";
  retry.absorb(one);
  EXPECT_EQ(retry.slept(), 14ms);
  EXPECT_FALSE(retry.doubt());
  two.note_doubt();
  EXPECT_TRUE(two.fork().doubt());
  EXPECT_EQ(two.note_move(), 1u);
  retry.absorb(two);
  EXPECT_EQ(retry.note_move(), 2u);
  EXPECT_TRUE(retry.doubt());
}

}  // namespace
}  // namespace tikv::route
