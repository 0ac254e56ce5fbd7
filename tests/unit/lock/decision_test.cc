#include "lock/decision.h"

#include <gtest/gtest.h>
#include <tikv/timestamp.h>

namespace tikv::lock {
namespace {

constexpr std::int64_t kStartMs = 1'700'000'000'000;

Lock a_lock(bool pessimistic) {
  Lock lock;
  lock.key = "k";
  lock.primary = "p";
  lock.start_ts = compose_timestamp(kStartMs, 7);
  lock.ttl_ms = 3000;
  lock.pessimistic = pessimistic;
  return lock;
}

TxnStatus a_status(std::uint64_t ttl_ms, std::uint64_t commit_ts, Action action) {
  TxnStatus status;
  status.ttl_ms = ttl_ms;
  status.commit_ts = commit_ts;
  status.action = action;
  return status;
}

TEST(Decision, TimeLeftCountsFromTheStart) {
  const std::uint64_t start = compose_timestamp(kStartMs, 7);
  EXPECT_EQ(until_expired(start, 3000, compose_timestamp(kStartMs + 1000, 0)), std::chrono::milliseconds(2000));
  EXPECT_EQ(until_expired(start, 3000, compose_timestamp(kStartMs + 3000, 0)), std::chrono::milliseconds(0));
  EXPECT_LT(until_expired(start, 3000, compose_timestamp(kStartMs + 9000, 0)).count(), 0);
}

struct StepRow {
  const char* what;
  bool pessimistic;
  TxnStatus status;
  bool async;
  std::int64_t age_ms;
  bool force_sync;
  Step expected;
};

TEST(Decision, WhatToDoAboutALock) {
  const StepRow rows[] = {
      {"alive", false, a_status(3000, 0, Action::kNone), false, 1000, false, Step::kWait},
      {"alive although old: its store knows better", false, a_status(3000, 0, Action::kNone), false, 9000, false,
       Step::kWait},
      {"committed", false, a_status(0, 99, Action::kNone), false, 1000, false, Step::kFinish},
      {"rolled back", false, a_status(0, 0, Action::kNone), false, 1000, false, Step::kFinish},
      {"expired", false, a_status(0, 0, Action::kTtlExpireRollback), false, 9000, false, Step::kFinish},
      {"never prewritten", false, a_status(0, 0, Action::kLockNotExistRollback), false, 9000, false, Step::kFinish},
      // The two that leave the transaction open: rolling the region back would destroy what is being written.
      {"no lock and nothing done about it", false, a_status(0, 0, Action::kLockNotExistDoNothing), false, 9000, false,
       Step::kWait},
      {"its pessimistic lock expired", false, a_status(0, 0, Action::kTtlExpirePessimisticRollback), false, 9000, false,
       Step::kWait},
      {"pessimistic, alive", true, a_status(3000, 0, Action::kNone), false, 1000, false, Step::kWait},
      {"pessimistic, no lock", true, a_status(0, 0, Action::kLockNotExistDoNothing), false, 9000, false,
       Step::kRollBackPessimistic},
      {"pessimistic, committed", true, a_status(0, 99, Action::kNone), false, 9000, false, Step::kRollBackPessimistic},
      {"async commit, alive", false, a_status(3000, 0, Action::kNone), true, 1000, false, Step::kWait},
      {"async commit, expired", false, a_status(3000, 0, Action::kNone), true, 9000, false, Step::kRecoverAsyncCommit},
      {"async commit, expired, fell back", false, a_status(3000, 0, Action::kNone), true, 9000, true, Step::kWait},
  };
  for (StepRow row : rows) {
    SCOPED_TRACE(row.what);
    if (row.async) row.status.async_primary = std::make_shared<AsyncCommitPrimary>();
    EXPECT_EQ(
        next_step(a_lock(row.pessimistic), row.status, compose_timestamp(kStartMs + row.age_ms, 0), row.force_sync),
        row.expected);
  }
}

TEST(Decision, WhatAReadDoesAboutALock) {
  constexpr std::uint64_t kRead = 100;
  EXPECT_EQ(view_of(a_status(0, 99, Action::kNone), kRead), View::kAccess);
  EXPECT_EQ(view_of(a_status(0, 100, Action::kNone), kRead), View::kAccess);
  EXPECT_EQ(view_of(a_status(0, 101, Action::kNone), kRead), View::kIgnore);
  EXPECT_EQ(view_of(a_status(0, 0, Action::kTtlExpireRollback), kRead), View::kIgnore);
  EXPECT_EQ(view_of(a_status(3000, 0, Action::kMinCommitTsPushed), kRead), View::kIgnore);
  EXPECT_EQ(view_of(a_status(3000, 0, Action::kNone), kRead), View::kBlocked);
  EXPECT_EQ(view_of(a_status(0, 0, Action::kLockNotExistDoNothing), kRead), View::kBlocked);
}

}  // namespace
}  // namespace tikv::lock
