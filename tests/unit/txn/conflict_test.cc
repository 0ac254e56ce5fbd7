#include <gtest/gtest.h>
#include <tikv/proto/kvrpcpb.pb.h>

#include <algorithm>
#include <map>
#include <stop_token>

#include "locks_fixture.h"

// Transactions that get into each other's way, or are ended by others or by their callers.
namespace tikv::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ConflictTest : public LocksTest {
 protected:
  static Transaction writing(SimClient& by, std::initializer_list<const char*> keys, const std::string& value) {
    Transaction txn = by.begin();
    for (const char* key : keys) EXPECT_TRUE(txn.put(key, value).has_value());
    return txn;
  }
  void expect_values(const std::map<std::string, std::optional<std::string>>& expected) {
    const auto before = loop.now();
    for (const auto& [key, value] : expected) EXPECT_EQ(other.read(key), value) << key;
    EXPECT_LT(loop.now() - before, milliseconds(100)) << "no lock was left to wait for";
  }
};

TEST_F(ConflictTest, EndsTheWaitForALockElsewhere) {
  leave_lock(now(), "k", "k");  // in the second region, alive for 3 s
  Transaction txn = writing(client, {"a", "k", "z"}, "mine");
  other.write("z", "theirs");
  const auto before = loop.now();
  const Result<Committed> done = txn.commit().get();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind(), ErrorKind::kConflict) << done.error().to_string();
  EXPECT_LT(loop.now() - before, milliseconds(100));
}

TEST_F(ConflictTest, TwoThatHoldHalfOfEachOthersKeysDoNotBothFailNorWaitForEver) {
  ASSERT_TRUE(cluster.model().move_leader(base::encode_bytes("z"), 2).has_value());
  Transaction first = writing(client, {"a", "z"}, "first");
  Transaction second = writing(other, {"a", "z"}, "second");
  // The first one's request for "z" and the second one's for "a" are late.
  Fault late = delay("KvPrewrite", FaultKind::kDelayRequest, milliseconds(50));
  late.server = 2;
  add(late);
  Started<Result<Committed>> committing(first.commit());
  loop.run_until([&] { return requests("KvPrewrite") == 2; });
  late.server = 1;
  add(late);
  Started<Result<Committed>> competing(second.commit());
  const Result<Committed> one = committing.wait(loop);
  const Result<Committed> two = competing.wait(loop);
  EXPECT_NE(one.has_value(), two.has_value());
  const Result<Committed>& failed = one ? two : one;
  EXPECT_EQ(failed.error().kind(), ErrorKind::kConflict) << failed.error().to_string();
  client.settle();
  other.settle();
  expect_values({{"a", one ? "first" : "second"}, {"z", one ? "first" : "second"}});
}

TEST_F(ConflictTest, AFailedTransactionIsNoObstacleToWhoComesNext) {
  Transaction old = writing(other, {"a", "k"}, "old");
  client.write("a", "1");
  const Result<Committed> done = old.commit().get();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind(), ErrorKind::kConflict);
  other.settle();
  expect_values({{"a", "1"}, {"k", std::nullopt}});
  roll_back_key(old.start_ts(), "a");  // once more
  expect_values({{"a", "1"}, {"k", std::nullopt}});
  client.write("a", "3");
  expect_values({{"a", "3"}});
}

TEST_F(ConflictTest, ATransactionRolledBackByOthersBeforeItsPrewriteCannotCommit) {
  Transaction txn = writing(client, {"a"}, "mine");
  roll_back_key(txn.start_ts(), "a");
  const Result<Committed> done = txn.commit().get();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind(), ErrorKind::kConflict) << done.error().to_string();
  ASSERT_NE(done.error().detail<WriteConflict>(), nullptr);
  EXPECT_EQ(done.error().detail<WriteConflict>()->reason, WriteConflict::Reason::kSelfRolledBack);
  EXPECT_EQ(done.error().advice(), Advice::kRetryTransaction);
  expect_values({{"a", std::nullopt}});
}

// A key that was inserted and removed again is only checked. It must not become the primary: it will never be locked,
// and readers would take the whole transaction for abandoned.
TEST_F(ConflictTest, AKeyThatIsOnlyCheckedIsNoPrimary) {
  const FaultId lost = add(fault("KvCommit", FaultKind::kDropRequest, 1, 0));  // of the secondaries
  Transaction txn = client.begin();
  (void)txn.insert("a", "0");
  (void)txn.put("k", "1");
  (void)txn.put("z", "2");
  (void)txn.remove("a");
  const Result<Committed> done = txn.commit().get();
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  loop.run_until([&] { return hits(lost) == 1; });
  EXPECT_EQ(lock_on("z").value().primary, "k");
  expect_values({{"z", "2"}, {"k", "1"}, {"a", std::nullopt}});
}

TEST_F(ConflictTest, HeartbeatsAreForThePrimaryAlsoIfTheFirstKeyIsOnlyChecked) {
  ASSERT_TRUE(cluster.model().move_leader(base::encode_bytes("z"), 2).has_value());
  Transaction txn = client.begin();
  (void)txn.insert("a", "0");
  (void)txn.put("b", "1");
  (void)txn.put("z", "1");
  (void)txn.remove("a");
  Fault late = delay("KvPrewrite", FaultKind::kDelayRequest, seconds(12));
  late.server = 2;
  add(late);
  const Result<Committed> done = txn.commit().get();
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  EXPECT_GE(requests("KvTxnHeartBeat"), 1U);
}

TEST_F(ConflictTest, HeartbeatsEndWhenTheirTransactionWasRolledBackByOthers) {
  ASSERT_TRUE(cluster.model().move_leader(base::encode_bytes("z"), 2).has_value());
  Transaction txn = writing(client, {"a", "z"}, "mine");
  Fault late = delay("KvPrewrite", FaultKind::kDelayRequest, seconds(20));
  late.server = 2;
  add(late);
  Started<Result<Committed>> committing(txn.commit());
  loop.run_until([&] { return requests("KvPrewrite") == 2; });
  loop.run_for(milliseconds(10));
  ASSERT_TRUE(lock_on("a"));
  roll_back_key(txn.start_ts(), "a");
  loop.run_for(seconds(15));
  EXPECT_EQ(requests("KvTxnHeartBeat"), 1U) << "the first one finds no lock";
  ASSERT_FALSE(committing.done());
  const Result<Committed> done = committing.wait(loop);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind(), ErrorKind::kAborted) << done.error().to_string();
  client.settle();
  expect_values({{"a", std::nullopt}, {"z", std::nullopt}});
}

TEST_F(ConflictTest, InsertedAndRemovedKeysInManyRegionsLeaveNothingToCommit) {
  Transaction txn = client.begin();
  for (const char* key : {"a", "k", "z"}) {
    (void)txn.insert(key, "v");
    (void)txn.remove(key);
  }
  const Result<Committed> done = txn.commit().get();
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  EXPECT_EQ(requests("KvCommit"), 0U);
  EXPECT_EQ(requests("KvPrewrite"), 3U) << "that they are absent is checked";
}

// Whoever meets a lock decides by it how to clear the region.
TEST_F(ConflictTest, LocksTellHowManyKeysTheirTransactionHasInTheRegion) {
  add(fault("KvCommit", FaultKind::kDropRequest, 0, 0));
  Transaction txn = client.begin();
  for (int i = 100; i < 150; ++i) (void)txn.put("a" + std::to_string(i), std::string(1024, 'v'));
  for (int i = 100; i < 120; ++i) (void)txn.put("z" + std::to_string(i), std::string(1024, 'v'));
  Started<Result<Committed>> committing(txn.commit());
  loop.run_until([&] { return requests("KvCommit") == 1; });
  for (int i = 100; i < 150; ++i) EXPECT_EQ(lock_on("a" + std::to_string(i)).value().txn_size, 50U);
  for (int i = 100; i < 120; ++i) EXPECT_EQ(lock_on("z" + std::to_string(i)).value().txn_size, 20U);
  cluster.model().faults().clear();
  EXPECT_TRUE(committing.wait(loop).has_value());
}

// ---- the caller leaves

TEST_F(ConflictTest, ACommitThatIsStoppedBeforeItBeginsSendsNothing) {
  Transaction txn = writing(client, {"a", "k"}, "mine");
  std::stop_source stop;
  stop.request_stop();
  const Result<Committed> done = txn.commit().with_stop(stop.get_token()).get();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind(), ErrorKind::kCancelled);
  EXPECT_EQ(done.error().applied(), Applied::kNo);
  EXPECT_EQ(requests("KvPrewrite"), 0U);
}

TEST_F(ConflictTest, ACancelAfterTheCommitDoesNotStopTheSecondaries) {
  Transaction txn = writing(client, {"a", "k", "z"}, "mine");
  std::stop_source stop;
  const Result<Committed> done = txn.commit().with_stop(stop.get_token()).get();
  ASSERT_TRUE(done.has_value());
  stop.request_stop();
  client.settle();
  EXPECT_FALSE(lock_on("k"));
  EXPECT_FALSE(lock_on("z"));
}

// ---- the primary's commit

TEST_F(ConflictTest, ACommitThatNeverFindsALeaderIsNotInDoubt) {
  Fault nobody = fault("KvCommit", FaultKind::kRegionError, 0, 0);
  nobody.region_error = RegionErrorKind::kNotLeader;
  nobody.hide_leader = true;
  add(nobody);
  Transaction txn = writing(client, {"a"}, "mine");
  const Result<Committed> done = txn.commit().with_timeout(std::chrono::minutes(10)).get();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind(), ErrorKind::kUnavailable) << done.error().to_string();
  EXPECT_EQ(done.error().applied(), Applied::kNo) << "every answer said that nothing was done";
  EXPECT_EQ(txn.rollback().get().error().kind(), ErrorKind::kClosed) << "a failed commit has rolled back already";
  cluster.model().faults().clear();
  client.settle();
  expect_values({{"a", std::nullopt}});
}

TEST_F(ConflictTest, ACommitWhoseReplyIsLostBeforeTheLeaderIsGoneIsSettled) {
  add(fault("KvCommit", FaultKind::kBreakAfter));
  Fault nobody = fault("KvCommit", FaultKind::kRegionError, 0, 0);
  nobody.region_error = RegionErrorKind::kNotLeader;
  nobody.hide_leader = true;
  add(nobody);
  Transaction txn = writing(client, {"a"}, "mine");
  const Result<Committed> done = txn.commit().with_timeout(std::chrono::minutes(10)).get();
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  EXPECT_EQ(other.snapshot_at(done->commit_ts).get("a").get(), "mine");
}

TEST_F(ConflictTest, ACommitThatMayBeOnItsWayToARegionWithoutLeaderStaysUndetermined) {
  add(fault("KvCommit", FaultKind::kBreakBefore));
  Fault nobody = fault("KvCommit", FaultKind::kRegionError, 0, 0);
  nobody.region_error = RegionErrorKind::kNotLeader;
  nobody.hide_leader = true;
  add(nobody);
  Transaction txn = writing(client, {"a"}, "mine");
  const Result<Committed> done = txn.commit().with_timeout(seconds(5)).get();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind(), ErrorKind::kUndetermined) << done.error().to_string();
  EXPECT_EQ(done.error().applied(), Applied::kUnknown);
  EXPECT_EQ(requests("KvBatchRollback"), 0U);
}

TEST_F(ConflictTest, ACommitThatOthersRolledBackIsAborted) {
  add(delay("KvCommit", FaultKind::kDelayRequest, milliseconds(200)));
  Transaction txn = writing(client, {"a", "z"}, "mine");
  Started<Result<Committed>> committing(txn.commit());
  loop.run_until([&] { return requests("KvCommit") == 1; });
  roll_back_key(txn.start_ts(), "a");
  const Result<Committed> done = committing.wait(loop);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind(), ErrorKind::kAborted) << done.error().to_string();
  EXPECT_EQ(done.error().applied(), Applied::kNo);
  client.settle();
  expect_values({{"a", std::nullopt}, {"z", std::nullopt}});
}

// ---- isolation

struct Read {
  std::uint64_t timestamp;
  std::string value;
};

class IsolationTest : public SimTest {
 protected:
  /// Writes "k" until it has succeeded `count` times: 1, 2, ...
  Task<void> write(SimClient* by, int count) {
    for (int i = 1; i <= count;) {
      Transaction txn = (co_await txn::begin(nullptr, by->environment, {})).value();
      (void)txn.put("k", std::to_string(i));
      const Result<Committed> done = co_await txn.commit();
      if (!done) continue;
      writes_.push_back(*done);
      ++i;
    }
    --working_;
  }
  Task<void> read(SimClient* by) {
    while (working_ > 0) {
      const std::uint64_t timestamp = (co_await by->pd.get_timestamp()).value();
      const auto value = (co_await by->snapshot_at(timestamp).get("k")).value();
      reads_.push_back({timestamp, value.value_or("0")});
    }
  }

  void finish(runtime::Scope& workers) {
    ASSERT_TRUE(loop.run_until([&] { return workers.running() == 0; }));
  }

  std::vector<Committed> writes_;
  std::vector<Read> reads_;
  int working_ = 0;
};

TEST_F(IsolationTest, WritesOfOneKeyDoNotOverlap) {
  runtime::Scope workers(loop);
  for (int i = 0; i < 10; ++i) {
    ++working_;
    workers.spawn(write(i % 2 == 0 ? &client : &other, 50));
  }
  finish(workers);
  ASSERT_EQ(writes_.size(), 500U);
  std::ranges::sort(writes_, {}, &Committed::start_ts);
  for (std::size_t i = 1; i < writes_.size(); ++i) EXPECT_LT(writes_[i - 1].commit_ts, writes_[i].start_ts);
}

TEST_F(IsolationTest, ReadsSeeTheNewestCommitBeforeTheirTimestamp) {
  runtime::Scope workers(loop);
  ++working_;
  workers.spawn(write(&client, 20));
  for (int i = 0; i < 10; ++i) workers.spawn(read(&other));
  finish(workers);
  EXPECT_GT(reads_.size(), 20U);
  for (const Read& seen : reads_) {
    const auto newer = [&seen](const Committed& write) { return write.commit_ts > seen.timestamp; };
    const auto before = std::ranges::find_if(writes_, newer) - writes_.begin();
    EXPECT_EQ(seen.value, std::to_string(before));
  }
}

}  // namespace
}  // namespace tikv::testing
