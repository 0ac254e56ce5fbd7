#include <gtest/gtest.h>
#include <tikv/proto/kvrpcpb.pb.h>
#include <tikv/when_all.h>

#include <algorithm>

#include "locks_fixture.h"

// Locks of transactions in every state: what reads see, what the resolver finds out, and who has to wait.
namespace tikv::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// As good as at once: no timer of the protocol is so short.
constexpr milliseconds kAtOnce{50};

class LeftLocksTest : public LocksTest {
 protected:
  /// A put of `value`, or a removal, prewritten together with its primary.
  std::uint64_t prewrite_two(const std::string& key, const std::optional<std::string>& value,
                             const std::string& primary) {
    const std::uint64_t start = now();
    leave_lock(start, primary, primary);
    kvrpcpb::PrewriteRequest request = prewrite(start, primary, key);
    if (value) {
      request.mutable_mutations(0)->set_value(*value);
    } else {
      request.mutable_mutations(0)->set_op(kvrpcpb::Op::Del);
      request.mutable_mutations(0)->clear_value();
    }
    EXPECT_TRUE(send(key, request).errors().empty());
    return start;
  }
  std::uint64_t commit_primary(std::uint64_t start, const std::string& primary) {
    const std::uint64_t commit_ts = now();
    EXPECT_FALSE(commit_key(start, commit_ts, primary).has_error());
    return commit_ts;
  }
  lock::StatusAnswer status(const std::string& primary, std::uint64_t start_ts, std::uint64_t caller_start_ts = 0,
                            std::uint64_t current_ts = 0, bool rollback_if_absent = false) {
    lock::StatusQuestion question;
    question.primary = primary;
    question.start_ts = start_ts;
    question.caller_start_ts = caller_start_ts;
    question.current_ts = current_ts;
    question.rollback_if_absent = rollback_if_absent;
    route::Retry retry(loop, seconds(10));
    return runtime::run_on(loop, client.locks.ask(retry, std::move(question))).get().value();
  }
  lock::Resolved resolve(std::vector<lock::Lock> locks, lock::ResolveOptions options) {
    route::Retry retry(loop, seconds(10));
    return runtime::run_on(loop, other.locks.resolve(retry, std::move(locks), options)).get().value();
  }
};

/// Every letter with itself as value; "c" was overwritten and written again by a transaction that died after its
/// commit, "d" and "foo" are being written, "bar" was written and removed.
class EveryReadTest : public LeftLocksTest {
 protected:
  void SetUp() override {
    Transaction txn = client.begin();
    for (char letter = 'a'; letter <= 'z'; ++letter) {
      letters_.emplace_back(std::string(1, letter), std::string(1, letter));
      (void)txn.put(letters_.back().key, letters_.back().value);
    }
    ASSERT_TRUE(txn.commit().get().has_value());
    client.settle();
    client.write("c", "cc");
    commit_primary(prewrite_two("c", "c", "~z1"), "~z1");
    prewrite_two("d", "dd", "~z2");
    prewrite_two("foo", "foo", "~z3");
    client.write("bar", "bar");
    commit_primary(prewrite_two("bar", std::nullopt, "~z4"), "~z4");
    before_ = loop.now();
  }
  void TearDown() override {
    EXPECT_LT(loop.now() - before_, kAtOnce) << "no read waited";
    LocksTest::TearDown();
  }
  std::vector<std::string> keys() const {
    std::vector<std::string> all;
    for (const KvPair& pair : letters_) all.push_back(pair.key);
    return all;
  }

  const KeyRange range_{"a", "{"};
  std::vector<KvPair> letters_;
  runtime::TimePoint before_;
};

TEST_F(EveryReadTest, OfSingleKeysPassesLocks) {
  const Snapshot snapshot = other.snapshot();
  for (const KvPair& pair : letters_) EXPECT_EQ(snapshot.get(pair.key).get(), pair.value);
}

TEST_F(EveryReadTest, OfManyKeysPassesLocks) {
  const auto values = other.snapshot().batch_get(keys()).get().value();
  for (std::size_t i = 0; i < letters_.size(); ++i) EXPECT_EQ(values[i], letters_[i].value);
}

TEST_F(EveryReadTest, OfARangePassesLocks) {
  EXPECT_EQ(other.snapshot().scan(range_).collect().get(), letters_);
  const std::vector<KvPair> backwards(letters_.rbegin(), letters_.rend());
  EXPECT_EQ(client.snapshot().reverse_scan(range_, {.page = 3}).collect().get(), backwards);
}

TEST_F(EveryReadTest, OfKeysAlonePassesLocks) {
  const auto pairs = other.snapshot().scan(range_, {.page = 7, .key_only = true}).collect().get().value();
  ASSERT_EQ(pairs.size(), letters_.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) EXPECT_EQ(pairs[i].key, letters_[i].key);
}

TEST_F(LeftLocksTest, AWriterClearsManyAbandonedTransactionsAway) {
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    const std::string key(1, letter);
    leave_lock(now(), key, key);
  }
  const auto before = loop.now();
  Transaction txn = other.begin();
  for (char letter = 'a'; letter <= 'z'; ++letter) (void)txn.put(std::string(1, letter), "mine");
  const Result<Committed> done = txn.commit().get();
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  EXPECT_LT(loop.now() - before, seconds(8)) << "they expire at the same time";
  EXPECT_EQ(client.read("q"), "mine");
}

TEST_F(LeftLocksTest, TheResolverKnowsWhatBecameOfATransaction) {
  Transaction txn = client.begin();
  (void)txn.put("a", "a");
  const Committed whole = txn.commit().get().value();
  const lock::StatusAnswer committed = status("a", whole.start_ts, whole.start_ts);
  ASSERT_EQ(committed.kind, lock::StatusAnswer::Kind::kStatus);
  EXPECT_EQ(committed.status.commit_ts, whole.commit_ts);
  EXPECT_EQ(committed.status.ttl_ms, 0U);
  const std::uint64_t asked = requests("KvCheckTxnStatus");
  EXPECT_EQ(status("a", whole.start_ts, whole.start_ts).status.commit_ts, whole.commit_ts);
  EXPECT_EQ(requests("KvCheckTxnStatus"), asked) << "what never changes is remembered";

  const std::uint64_t half = prewrite_two("k", "v", "a");
  EXPECT_FALSE(status("a", half, half).status.determined());
  EXPECT_GT(status("a", half, half).status.ttl_ms, 0U);
  const std::uint64_t commit_ts = commit_primary(half, "a");
  EXPECT_EQ(status("a", half, half).status.commit_ts, commit_ts);

  const std::uint64_t lost = prewrite_two("k2", "v", "b");
  roll_back_key(lost, "b");
  EXPECT_TRUE(status("b", lost, lost).status.rolled_back());
  EXPECT_EQ(status("b", lost, lost).status.action, lock::Action::kNone);

  EXPECT_EQ(status("never", now()).kind, lock::StatusAnswer::Kind::kNotFound);
}

TEST_F(LeftLocksTest, ALiveOwnerIsPushedAndWaitedForUnlessItsTimeIsUp) {
  const std::uint64_t start = prewrite_two("second", "v", "key");
  const std::uint64_t current = now();
  const lock::StatusAnswer alive = status("key", start, current, current, true);
  EXPECT_GT(alive.status.ttl_ms, 0U);
  EXPECT_EQ(alive.status.commit_ts, 0U);
  EXPECT_EQ(alive.status.action, lock::Action::kMinCommitTsPushed);

  std::optional<lock::Lock> lock = lock_on("second");
  ASSERT_TRUE(lock);
  EXPECT_GT(resolve({*lock}, {.caller_start_ts = current}).wait, milliseconds(0));
  loop.run_for(seconds(4));
  EXPECT_EQ(resolve({*lock}, {.caller_start_ts = current}).wait, milliseconds(0));
  EXPECT_FALSE(lock_on("second"));
  EXPECT_TRUE(status("key", start, now()).status.rolled_back());
}

// A lock without any time to live is not waited for: its owner is gone, or wants it so.
TEST_F(LeftLocksTest, ALockWithoutTimeToLiveIsInNobodysWay) {
  kvrpcpb::PrewriteRequest request = prewrite(now(), "a", "a");
  request.set_lock_ttl(0);
  ASSERT_TRUE(send("a", request).errors().empty());
  const auto before = loop.now();
  Transaction txn = other.begin();
  (void)txn.put("a", "mine");
  ASSERT_TRUE(txn.commit().get().has_value());
  EXPECT_LT(loop.now() - before, kAtOnce);
}

// An owner that did not say what it will commit at the least can't be told to commit later.
TEST_F(LeftLocksTest, ALockThatCannotBePushedIsWaitedForExceptByTheLatestRead) {
  kvrpcpb::PrewriteRequest request = prewrite(now(), "a", "a");
  request.clear_min_commit_ts();
  ASSERT_TRUE(send("a", request).errors().empty());
  const auto before = loop.now();
  EXPECT_EQ(client.snapshot_at(kLatestTimestamp).get("a").get(), std::nullopt);
  EXPECT_LT(loop.now() - before, kAtOnce);
  EXPECT_EQ(other.read("a"), std::nullopt);
  EXPECT_GE(loop.now() - before, milliseconds(2900));
}

TEST_F(LeftLocksTest, ALockWhosePrimaryIsOnItsWayIsWaitedFor) {
  const std::uint64_t start = now();
  kvrpcpb::PrewriteRequest secondary = prewrite(start, "a", "z");
  secondary.set_lock_ttl(100000);
  ASSERT_TRUE(send("z", secondary).errors().empty());
  const Snapshot snapshot = other.snapshot();
  Started<Result<std::optional<std::string>>> reading(snapshot.get("z"));
  loop.run_for(milliseconds(100));
  ASSERT_FALSE(reading.done()) << "nobody knows yet";
  const auto before = loop.now();
  leave_lock(start, "a", "a");
  EXPECT_EQ(reading.wait(loop), std::nullopt);
  EXPECT_LT(loop.now() - before, milliseconds(700)) << "one more pause";
  EXPECT_TRUE(commit_key(start, snapshot.timestamp(), "a").error().has_commit_ts_expired())
      << "the owner commits after the read that has passed its lock";
}

// The rollback record of a key that was not locked does not last: the next one on that key takes its place, and then
// nothing at the primary tells what became of the owner. Many transactions on few keys make this happen all the time.
TEST_F(LeftLocksTest, ALockWhosePrimaryNeverTellsIsNotWaitedForOnceItIsGone) {
  const std::uint64_t loser = now();
  kvrpcpb::PrewriteRequest secondary = prewrite(loser, "a", "z");
  secondary.set_lock_ttl(100000);
  ASSERT_TRUE(send("z", secondary).errors().empty());
  const Snapshot snapshot = other.snapshot();
  Started<Result<std::optional<std::string>>> reading(snapshot.get("z"));
  Transaction txn = other.begin();
  (void)txn.put("z", "mine");
  Started<Result<Committed>> writing(txn.commit());
  loop.run_for(milliseconds(100));
  ASSERT_FALSE(reading.done());
  ASSERT_FALSE(writing.done());

  const auto before = loop.now();
  for (const char* key : {"a", "z"}) roll_back_key(loser, key);
  roll_back_key(now(), "a");
  EXPECT_EQ(status("a", loser).kind, lock::StatusAnswer::Kind::kNotFound);
  EXPECT_EQ(reading.wait(loop), std::nullopt);
  EXPECT_TRUE(writing.wait(loop).has_value());
  EXPECT_LT(loop.now() - before, milliseconds(200)) << "one more pause";
  EXPECT_EQ(other.read("z"), "mine");
}

// ---- the latest read: of one key, at no particular time

TEST_F(LeftLocksTest, TheLatestReadPassesSecondariesUntilTheirPrimaryIsCommitted) {
  const std::uint64_t start = prewrite_two("z", "new", "a");
  const auto before = loop.now();
  EXPECT_EQ(other.snapshot_at(kLatestTimestamp).get("z").get(), std::nullopt);
  commit_primary(start, "a");
  EXPECT_EQ(other.snapshot_at(kLatestTimestamp).get("z").get(), "new");
  EXPECT_LT(loop.now() - before, kAtOnce);
}

TEST_F(LeftLocksTest, TheLatestReadPutsNoCommitOff) {
  const std::uint64_t start = prewrite_two("z", "new", "a");
  const std::uint64_t least = lock_on("a")->min_commit_ts;
  EXPECT_EQ(other.snapshot_at(kLatestTimestamp).get("z").get(), std::nullopt);
  EXPECT_EQ(lock_on("a")->min_commit_ts, least);
  EXPECT_FALSE(commit_key(start, least, "a").has_error());
  EXPECT_EQ(other.snapshot_at(least).get("z").get(), "new");
}

// Between two tries of the read, another transaction locks the key. It began later, whatever the read's timestamp says.
TEST_F(LeftLocksTest, TheLatestReadPassesWhoCameAfterIt) {
  const std::uint64_t start = prewrite_two("z", "old", "a");
  commit_primary(start, "a");
  add(delay("KvGet", FaultKind::kDelayRequest, milliseconds(200), 1));
  const auto before = loop.now();
  Started<Result<std::optional<std::string>>> reading(other.snapshot_at(kLatestTimestamp).get("z"));
  loop.run_until([&] { return requests("KvGet") == 2; });
  other.settle();
  ASSERT_FALSE(reading.done());
  leave_lock(now(), "y", "z");
  EXPECT_EQ(reading.wait(loop), "old");
  EXPECT_EQ(requests("KvGet"), 3U);
  EXPECT_LT(loop.now() - before, milliseconds(200) + kAtOnce);
}

// ---- what reads remember of locks

TEST_F(LeftLocksTest, WhatOneSnapshotKnowsOfALockDoesNotBindAnother) {
  client.write("a", "old");
  client.write("z", "old");
  const std::uint64_t start = prewrite_two("z", "new", "a");
  const Snapshot early = other.snapshot();
  EXPECT_EQ(early.get("z").get(), "old");
  const std::uint64_t commit_ts = commit_primary(start, "a");
  EXPECT_EQ(other.snapshot_at(commit_ts).get("z").get(), "new");
  EXPECT_EQ(early.get("z").get(), "old");
}

TEST_F(LeftLocksTest, ReadsDoNotWaitForTheRemovalOfLocks) {
  const std::uint64_t start = prewrite_two("z", "new", "a");
  commit_primary(start, "a");
  Fault slow = delay("KvResolveLock", FaultKind::kDelayRequest, milliseconds(500));
  slow.times = 0;
  add(slow);
  const auto before = loop.now();
  EXPECT_EQ(other.read("z"), "new");
  const std::vector<std::string> keys{"z"};
  EXPECT_EQ(other.snapshot().batch_get(keys).get().value()[0], "new");
  EXPECT_EQ(other.snapshot().scan(KeyRange("z", "zz")).collect().get()->size(), 1U);
  EXPECT_LT(loop.now() - before, kAtOnce);
  EXPECT_TRUE(lock_on("z")) << "it is still there";
  other.settle();
  EXPECT_FALSE(lock_on("z"));
  EXPECT_EQ(requests("KvResolveLock"), 1U) << "three reads met it, and it was removed once";
}

TEST_F(LeftLocksTest, AReadDoesNotCareWhetherItsCleaningUpSucceeds) {
  const std::uint64_t start = prewrite_two("z", "new", "a");
  commit_primary(start, "a");
  Fault refused = fault("KvResolveLock", FaultKind::kRegionError, 0, 0);
  refused.region_error = RegionErrorKind::kFlashbackInProgress;
  add(refused);
  EXPECT_EQ(other.read("z"), "new");
  other.settle();
  EXPECT_EQ(other.locks.cleaning(), 0U) << "it has been given up";
  EXPECT_TRUE(lock_on("z"));
  cluster.model().faults().clear();
  EXPECT_EQ(other.read("z"), "new");
  other.settle();
  EXPECT_FALSE(lock_on("z")) << "whoever meets it next tries again";
}

// A store that is slow to remove locks does not make a reader's memory grow without end.
TEST_F(LeftLocksTest, ReadsLeaveNoMoreThanTenThousandRemovalsBehind) {
  constexpr std::size_t kMost = 10000;
  constexpr std::size_t kLocks = kMost + 3;
  const std::uint64_t start = now();
  leave_lock(start, "a", "a");
  kvrpcpb::PrewriteRequest request = prewrite(start, "a", "b");
  const kvrpcpb::Mutation mutation = request.mutations(0);
  request.clear_mutations();
  for (std::size_t i = 0; i < kLocks; ++i) {
    *request.add_mutations() = mutation;
    request.mutable_mutations()->rbegin()->set_key("b" + std::to_string(100000 + i));
  }
  ASSERT_TRUE(send("b", request).errors().empty());
  commit_primary(start, "a");
  const std::optional<lock::Lock> first = lock_on("b100000");
  ASSERT_TRUE(first);
  Fault slow = delay("KvResolveLock", FaultKind::kDelayRequest, seconds(5));
  slow.times = 0;
  add(slow);

  const lock::ResolveOptions options{.caller_start_ts = now(), .for_read = true};
  const auto pass = [&](std::string key) -> Task<Result<lock::Resolved>> {
    route::Retry retry(loop, seconds(10));
    std::vector<lock::Lock> locks{*first};
    locks.front().key = std::move(key);
    co_return co_await other.locks.resolve(retry, std::move(locks), options);
  };
  std::vector<Task<Result<lock::Resolved>>> reads;
  for (std::size_t i = 0; i < kLocks; ++i) reads.push_back(pass("b" + std::to_string(100000 + i)));
  const auto results = Started(runtime::run_on(loop, when_all(std::move(reads)))).wait(loop);
  ASSERT_EQ(results.size(), kLocks);
  for (const Result<lock::Resolved>& resolved : results) {
    ASSERT_TRUE(resolved);
    EXPECT_EQ(resolved->access, std::vector<std::uint64_t>{start}) << "the reads go on all the same";
  }
  EXPECT_EQ(other.locks.cleaning(), kMost);
  other.settle();
  EXPECT_EQ(other.locks.cleaning(), 0U);
  EXPECT_EQ(requests("KvResolveLock"), kMost);
  // Whoever meets the others next removes them.
  EXPECT_EQ(other.snapshot().scan(KeyRange("b", "c"), {.page = 5000}).collect().get()->size(), kLocks);
  other.settle();
  EXPECT_EQ(requests("KvResolveLock"), kMost + 1) << "the three have one region";
}

// Many locks of a transaction with few keys are named in one request for each region; of one with many, all that a
// region has go with one request that names none.
TEST_F(LeftLocksTest, LocksGoWithOneRequestForEachTransactionAndRegion) {
  for (const bool for_read : {false, true}) {
    SCOPED_TRACE(for_read);
    const std::uint64_t several = prewrite_two("a1", "v", "a0");
    for (const char* key : {"a2", "z1"}) leave_lock(several, "a0", key);
    const std::uint64_t one = prewrite_two("a4", "v", "a3");
    const std::uint64_t many = now();
    leave_lock(many, "k0", "k0");
    for (const char* key : {"k1", "k2"}) {
      kvrpcpb::PrewriteRequest request = prewrite(many, "k0", key);
      request.set_txn_size(100000);
      ASSERT_TRUE(send(key, request).errors().empty());
    }
    commit_primary(several, "a0");
    commit_primary(one, "a3");
    commit_primary(many, "k0");

    const std::vector<std::string> keys{"a1", "a2", "z1", "a4", "k1", "k2"};
    std::vector<lock::Lock> locks;
    for (const std::string& key : keys) locks.push_back(lock_on(key).value());
    const std::uint64_t before = requests("KvResolveLock");
    EXPECT_EQ(resolve(std::move(locks), {.caller_start_ts = now(), .for_read = for_read}).wait, milliseconds(0));
    other.settle();
    EXPECT_EQ(requests("KvResolveLock") - before, 4U);
    for (const std::string& key : keys) EXPECT_FALSE(lock_on(key)) << key;
  }
}

// One answer with locks of transactions in six states.
TEST_F(LeftLocksTest, AReadLearnsOfEachLockWhetherToPassItOrToReadItOrToWait) {
  const auto async = [this](const std::string& key, const std::string& primary, std::uint64_t ttl_ms) {
    const std::uint64_t start = now();
    for (const std::string& locked : {primary, key}) {
      kvrpcpb::PrewriteRequest request = prewrite(start, primary, locked);
      request.set_use_async_commit(true);
      request.set_lock_ttl(ttl_ms);
      if (locked == primary) request.add_secondaries(key);
      EXPECT_TRUE(send(locked, request).errors().empty());
    }
    return start;
  };
  std::vector<std::uint64_t> pass;
  std::vector<std::uint64_t> read;

  read.push_back(prewrite_two("k1", "v", "k11"));  // committed before the read
  commit_primary(read.back(), "k11");
  pass.push_back(prewrite_two("k2", "v", "k22"));  // rolled back
  roll_back_key(pass.back(), "k22");
  pass.push_back(prewrite_two("k3", "v", "k33"));  // alive, and told to commit after the read
  async("k4", "k44", 3000);                        // alive, and committed when nobody knows
  read.push_back(async("k5", "k55", 1));           // the same, but its owner is gone
  pass.push_back(prewrite_two("k6", "v", "k66"));  // committed after the read
  const std::uint64_t at = now();
  commit_primary(pass.back(), "k66");

  std::vector<lock::Lock> locks;
  for (const char* key : {"k1", "k2", "k3", "k4", "k5", "k6"}) locks.push_back(lock_on(key).value());
  loop.run_for(milliseconds(500));
  lock::Resolved resolved = resolve(std::move(locks), {.caller_start_ts = at, .for_read = true});
  EXPECT_GT(resolved.wait, milliseconds(0)) << "for k4";
  std::ranges::sort(resolved.ignore);
  std::ranges::sort(resolved.access);
  EXPECT_EQ(resolved.ignore, pass);
  EXPECT_EQ(resolved.access, read);
}

}  // namespace
}  // namespace tikv::testing
