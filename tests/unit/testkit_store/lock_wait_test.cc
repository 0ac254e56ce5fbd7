#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>

#include "one_region.h"
#include "testkit/store/farm_hash.h"

namespace tikv::testing {
namespace {

using namespace proto::kvrpcpb;
using namespace std::chrono_literals;

/// Timestamps of one millisecond each, so that locks live by the clock of their requests.
constexpr std::uint64_t ts(std::uint64_t ms) { return ms << 18; }

struct Asked {
  std::string key = "k";
  std::int64_t wait_ms = 900;
  bool force = false;
  bool first = false;
  Op op = Op::PessimisticLock;
};

using Answer = std::shared_ptr<std::optional<PessimisticLockResponse>>;

class LockWait : public ::testing::Test {
 protected:
  Answer lock(std::uint64_t start_ts, const Asked& asked = {}) {
    PessimisticLockRequest request;
    request.set_start_version(start_ts);
    request.set_for_update_ts(start_ts);
    request.set_primary_lock("p" + std::to_string(start_ts));
    request.set_lock_ttl(5000);
    request.set_wait_timeout(asked.wait_ms);
    request.set_is_first_lock(asked.first);
    if (asked.force) request.set_wake_up_mode(WakeUpModeForceLock);
    Mutation& mutation = *request.add_mutations();
    mutation.set_op(asked.op);
    mutation.set_key(asked.key);
    auto answer = std::make_shared<std::optional<PessimisticLockResponse>>();
    store_.kv.handle(store_.region, request, [answer](PessimisticLockResponse response) { *answer = response; });
    return answer;
  }

  void roll_back(std::uint64_t start_ts, const std::string& key = "k") {
    PessimisticRollbackRequest request;
    request.set_start_version(start_ts);
    request.set_for_update_ts(start_ts);
    request.add_keys(key);
    ASSERT_EQ(store_.kv.handle(store_.region, request).errors_size(), 0);
  }

  static bool locked(const Answer& answer) { return *answer && (**answer).errors_size() == 0; }
  static const KeyError& error(const Answer& answer) { return (**answer).errors(0); }

  OneRegion store_;
};

TEST_F(LockWait, EndsWithTheLockInTheWay) {
  ASSERT_TRUE(locked(lock(ts(10))));
  const Answer second = lock(ts(20), {.wait_ms = 300});
  store_.environment.advance(299ms);
  EXPECT_FALSE(*second);
  store_.environment.advance(1ms);
  ASSERT_TRUE(*second);
  EXPECT_EQ(error(second).locked().lock_version(), ts(10));
  EXPECT_EQ(store_.kv.waiting(), 0U);
}

TEST_F(LockWait, LastsAtMostASecond) {
  ASSERT_TRUE(locked(lock(ts(10))));
  const Answer longer = lock(ts(20), {.wait_ms = 60'000});
  const Answer by_default = lock(ts(30), {.wait_ms = 0});
  store_.environment.advance(999ms);
  EXPECT_FALSE(*longer || *by_default);
  store_.environment.advance(1ms);
  EXPECT_TRUE(*longer && *by_default);
}

TEST_F(LockWait, ANegativeTimeDoesNotWait) {
  ASSERT_TRUE(locked(lock(ts(10))));
  const Answer second = lock(ts(20), {.wait_ms = -1});
  ASSERT_TRUE(*second);
  EXPECT_TRUE(error(second).has_locked());
}

TEST_F(LockWait, TheOldestIsSentBackFirstAndTheOthersSoonAfter) {
  ASSERT_TRUE(locked(lock(ts(10))));
  const Answer younger = lock(ts(30));
  const Answer older = lock(ts(20));
  roll_back(ts(10));
  ASSERT_TRUE(*older);
  EXPECT_FALSE(*younger);
  EXPECT_EQ(error(older).conflict().reason(), WriteConflict::PessimisticRetry);
  EXPECT_EQ(error(older).conflict().conflict_ts(), ts(10));
  store_.environment.advance(19ms);
  EXPECT_FALSE(*younger);
  store_.environment.advance(1ms);
  ASSERT_TRUE(*younger);
  EXPECT_TRUE(error(younger).has_conflict());
  EXPECT_EQ(store_.environment.timers(), 0U);
}

TEST_F(LockWait, WhoCameAfterTheReleaseIsNotSentBackWithTheOthers) {
  ASSERT_TRUE(locked(lock(ts(10))));
  const Answer first = lock(ts(20));
  const Answer second = lock(ts(30));
  roll_back(ts(10));
  ASSERT_TRUE(*first);
  ASSERT_TRUE(locked(lock(ts(40))));
  const Answer late = lock(ts(50));
  store_.environment.advance(20ms);
  EXPECT_TRUE(*second);
  EXPECT_FALSE(*late);
}

TEST_F(LockWait, AForceLockGoesOnByItself) {
  ASSERT_TRUE(locked(lock(ts(10))));
  const Answer second = lock(ts(20), {.force = true});
  const Answer third = lock(ts(30), {.force = true});
  roll_back(ts(10));
  ASSERT_TRUE(locked(second));
  EXPECT_FALSE(*third);
  roll_back(ts(20));
  ASSERT_TRUE(locked(third));
  EXPECT_EQ((**third).results(0).type(), LockResultNormal);
}

TEST_F(LockWait, AForceLockThatTimesOutFailsWithTheNewestHolder) {
  ASSERT_TRUE(locked(lock(ts(10))));
  const Answer second = lock(ts(20), {.force = true});
  const Answer third = lock(ts(30), {.wait_ms = 500, .force = true});
  roll_back(ts(10));
  ASSERT_TRUE(locked(second));
  store_.environment.advance(500ms);
  ASSERT_TRUE(*third);
  EXPECT_EQ((**third).results(0).type(), LockResultFailed);
  EXPECT_EQ(error(third).locked().lock_version(), ts(20));
}

TEST_F(LockWait, ACircleIsFoundAtOnce) {
  ASSERT_TRUE(locked(lock(ts(10), {.key = "a", .first = true})));
  ASSERT_TRUE(locked(lock(ts(20), {.key = "b", .first = true})));
  const Answer first = lock(ts(10), {.key = "b"});
  EXPECT_FALSE(*first);
  const Answer second = lock(ts(20), {.key = "a"});
  ASSERT_TRUE(*second);
  const Deadlock& deadlock = error(second).deadlock();
  EXPECT_EQ(deadlock.lock_ts(), ts(10));
  EXPECT_EQ(deadlock.lock_key(), "a");
  EXPECT_EQ(deadlock.deadlock_key_hash(), store::farm_fingerprint64("b"));
  ASSERT_EQ(deadlock.wait_chain_size(), 2);
  EXPECT_EQ(deadlock.wait_chain(0).txn(), ts(10));
  EXPECT_EQ(deadlock.wait_chain(0).wait_for_txn(), ts(20));
  EXPECT_EQ(deadlock.wait_chain(1).txn(), ts(20));
  EXPECT_EQ(deadlock.wait_chain(1).wait_for_txn(), ts(10));
  // The other goes on when the victim gives up.
  roll_back(ts(20), "b");
  EXPECT_TRUE(*first);
}

TEST_F(LockWait, ACircleOfThreeNamesThemAll) {
  for (const std::uint64_t n : {1, 2, 3}) {
    ASSERT_TRUE(locked(lock(ts(n * 10), {.key = std::to_string(n), .first = true})));
  }
  const Answer first = lock(ts(10), {.key = "2"});
  const Answer second = lock(ts(20), {.key = "3"});
  const Answer third = lock(ts(30), {.key = "1"});
  EXPECT_FALSE(*first || *second);
  ASSERT_TRUE(*third);
  ASSERT_EQ(error(third).deadlock().wait_chain_size(), 3);
  EXPECT_EQ(error(third).deadlock().wait_chain(0).txn(), ts(10));
  EXPECT_EQ(error(third).deadlock().wait_chain(1).txn(), ts(20));
  EXPECT_EQ(error(third).deadlock().wait_chain(2).txn(), ts(30));
}

TEST_F(LockWait, AWaitThatIsOverClosesNoCircle) {
  ASSERT_TRUE(locked(lock(ts(10), {.key = "a", .first = true})));
  ASSERT_TRUE(locked(lock(ts(20), {.key = "b", .first = true})));
  const Answer first = lock(ts(10), {.key = "b", .wait_ms = 100});
  store_.environment.advance(100ms);
  ASSERT_TRUE(*first);
  EXPECT_FALSE(*lock(ts(20), {.key = "a"}));
}

TEST_F(LockWait, SharersWakeTogether) {
  ASSERT_TRUE(locked(lock(ts(10))));
  const Answer first = lock(ts(20), {.op = Op::SharedPessimisticLock});
  const Answer second = lock(ts(30), {.op = Op::SharedPessimisticLock});
  roll_back(ts(10));
  EXPECT_TRUE(*first && *second);
  EXPECT_TRUE(locked(lock(ts(20), {.op = Op::SharedPessimisticLock})));
  EXPECT_TRUE(locked(lock(ts(30), {.op = Op::SharedPessimisticLock})));
  // An exclusive one waits, and from then on nobody joins.
  EXPECT_TRUE(error(lock(ts(40), {.wait_ms = -1})).has_locked());
  EXPECT_TRUE(error(lock(ts(50), {.wait_ms = -1, .op = Op::SharedPessimisticLock})).has_locked());
}

TEST_F(LockWait, AbandonedWaitsEndAtOnce) {
  ASSERT_TRUE(locked(lock(ts(10))));
  const Answer second = lock(ts(20));
  store_.kv.abandon_waits(99);
  EXPECT_FALSE(*second);
  store_.kv.abandon_waits(store_.region.region.id());
  ASSERT_TRUE(*second);
  EXPECT_TRUE(error(second).has_locked());
  EXPECT_EQ(store_.environment.timers(), 0U);
}

TEST_F(LockWait, AnExpiredHolderIsRolledBackByAStatusCheckAndTheWaiterWakes) {
  ASSERT_TRUE(locked(lock(ts(10), {.key = "p" + std::to_string(ts(10))})));
  const Answer second = lock(ts(20), {.key = "p" + std::to_string(ts(10))});
  CheckTxnStatusRequest check;
  check.set_primary_key("p" + std::to_string(ts(10)));
  check.set_lock_ts(ts(10));
  check.set_caller_start_ts(ts(20));
  check.set_current_ts(ts(10 + 5000));
  CheckTxnStatusResponse alive = store_.kv.handle(store_.region, check);
  EXPECT_EQ(alive.action(), NoAction);
  EXPECT_EQ(alive.lock_ttl(), 5000U);
  EXPECT_FALSE(*second);
  check.set_current_ts(ts(10 + 5001));
  EXPECT_EQ(store_.kv.handle(store_.region, check).action(), TTLExpireRollback);
  ASSERT_TRUE(*second);
  EXPECT_TRUE(error(second).has_conflict());
}

TEST(LockWaits, TimersEndWithTheStore) {
  VirtualEnvironment environment;
  {
    store::KvStore kv({}, environment);
    store::RegionView region;
    PessimisticLockRequest request;
    request.set_start_version(1);
    request.set_for_update_ts(1);
    Mutation& mutation = *request.add_mutations();
    mutation.set_op(Op::PessimisticLock);
    mutation.set_key("k");
    kv.handle(region, request, [](const PessimisticLockResponse&) {});
    request.set_start_version(2);
    request.set_for_update_ts(2);
    bool answered = false;
    kv.handle(region, request, [&](const PessimisticLockResponse&) { answered = true; });
    EXPECT_EQ(environment.timers(), 1U);
    EXPECT_FALSE(answered);
  }
  EXPECT_EQ(environment.timers(), 0U);
}

}  // namespace
}  // namespace tikv::testing
