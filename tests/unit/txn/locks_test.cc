#include <gtest/gtest.h>
#include <tikv/proto/kvrpcpb.pb.h>

#include "locks_fixture.h"

// Locks that others left behind, or still hold: how reads and writes get past them.
namespace tikv::testing {
namespace {

namespace kvrpcpb = proto::kvrpcpb;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(LocksTest, SecondaryLocksOfACommittedTransactionAreReadThrough) {
  const Committed done = die_after_commit();
  const auto before = loop.now();
  EXPECT_EQ(other.snapshot_at(done.commit_ts).get("z").get().value(), "1");
  EXPECT_EQ(other.snapshot_at(done.commit_ts - 1).get("k").get().value(), std::nullopt);
  EXPECT_EQ(other.snapshot().scan(KeyRange::all()).collect().get().value().size(), 3u);
  std::vector<std::string> keys = {"a", "k", "z"};
  const std::vector<std::optional<std::string>> ones(3, "1");
  EXPECT_EQ(other.snapshot().batch_get(keys).get().value(), ones);
  EXPECT_LT(loop.now() - before, milliseconds(50)) << "no read waited";
  other.settle();
  EXPECT_GE(requests("KvResolveLock"), 1u) << "and the locks were removed behind them";
}

TEST_F(LocksTest, ReversedAndKeyOnlyScansSeeLockedKeysToo) {
  die_after_commit();
  const ScanOptions keys{.page = 2, .key_only = true};
  const std::vector<KvPair> all = other.snapshot().reverse_scan(KeyRange::all(), keys).collect().get().value();
  const std::vector<KvPair> expected = {KvPair("z", ""), KvPair("k", ""), KvPair("a", "")};
  EXPECT_EQ(all, expected);
}

TEST_F(LocksTest, WritersFinishWhatACommittedTransactionLeft) {
  die_after_commit();
  const auto before = loop.now();
  Transaction txn = other.begin();
  EXPECT_EQ(txn.get("z").get().value(), "1");
  (void)txn.put("z", "2");
  ASSERT_TRUE(txn.commit().get().has_value());
  EXPECT_LT(loop.now() - before, milliseconds(50));
  EXPECT_EQ(client.read("z"), "2");
}

TEST_F(LocksTest, ALockOfADeadClientIsRolledBackWhenItExpires) {
  const std::uint64_t start = now();
  leave_lock(start, "a", "a");
  leave_lock(start, "a", "z");
  const auto before = loop.now();
  // A read does not wait for an ordinary lock: its owner is made to commit after it, if it ever does.
  EXPECT_EQ(other.read("a"), std::nullopt);
  EXPECT_LT(loop.now() - before, milliseconds(50));
  Transaction txn = other.begin();
  (void)txn.put("a", "2");
  (void)txn.put("z", "2");
  const Result<Committed> done = txn.commit().get();
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  EXPECT_GE(loop.now() - before, milliseconds(2900)) << "the owner had its time";
  EXPECT_LT(loop.now() - before, seconds(8));
  EXPECT_EQ(other.read("z"), "2");
}

TEST_F(LocksTest, AWriterGivesUpWithItsDeadline) {
  leave_lock(now(), "a", "a");
  Transaction txn = other.begin();
  (void)txn.put("a", "2");
  const auto before = loop.now();
  const Result<Committed> done = txn.commit().with_timeout(milliseconds(500)).get();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind(), ErrorKind::kDeadline);
  EXPECT_EQ(done.error().applied(), Applied::kNo);
  EXPECT_LE(loop.now() - before, milliseconds(501));
}

TEST_F(LocksTest, ALockOfANewerTransactionIsAConflict) {
  Transaction txn = other.begin();
  leave_lock(now(), "a", "a");
  (void)txn.put("a", "2");
  const auto before = loop.now();
  const Result<Committed> done = txn.commit().get();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind(), ErrorKind::kConflict);
  EXPECT_LT(loop.now() - before, milliseconds(50)) << "there is nothing to wait for";
}

// Its client died between the prewrites: the secondary is there, the primary is not.
TEST_F(LocksTest, ALockWithoutItsPrimaryGoesWhenItExpires) {
  leave_lock(now(), "a", "z");
  const auto before = loop.now();
  EXPECT_EQ(other.read("z"), std::nullopt);
  EXPECT_GE(loop.now() - before, milliseconds(2900));
  EXPECT_LT(loop.now() - before, seconds(8));
}

TEST_F(LocksTest, TheLatestReadWaitsForOneLockOnly) {
  client.write("a", "old");
  const std::uint64_t start = now();
  leave_lock(start, "b", "a");
  leave_lock(start, "b", "b");
  EXPECT_EQ(other.snapshot_at(kLatestTimestamp).get("c").get().value(), std::nullopt);
  Started<Result<std::optional<std::string>>> reading(other.snapshot_at(kLatestTimestamp).get("a"));
  const Result<std::optional<std::string>> value = reading.wait(loop);
  ASSERT_TRUE(value.has_value()) << value.error().to_string();
  EXPECT_EQ(*value, "old");
}

TEST_F(LocksTest, BigTransactionsAreRolledBackRegionByRegion) {
  const std::uint64_t start = now();
  kvrpcpb::PrewriteRequest many = prewrite(start, "a", "a");
  many.set_txn_size(100000);
  for (int i = 0; i < 50; ++i) {
    kvrpcpb::Mutation* mutation = many.add_mutations();
    mutation->set_key("b" + std::to_string(100 + i));
    mutation->set_value("theirs");
  }
  EXPECT_TRUE(send("a", many).errors().empty());
  loop.run_for(seconds(5));
  Transaction txn = other.begin();
  for (int i = 0; i < 50; ++i) (void)txn.put("b" + std::to_string(100 + i), "mine");
  ASSERT_TRUE(txn.commit().get().has_value());
  EXPECT_EQ(requests("KvResolveLock"), 1u) << "one request for the region, not one for each lock";
}

// ---- async commit, which this client does not write yet, but others do

class AsyncCommitLocksTest : public LocksTest {
 protected:
  void leave_async(std::uint64_t start_ts, const std::string& key, std::vector<std::string> secondaries) {
    kvrpcpb::PrewriteRequest request = prewrite(start_ts, "a", key);
    request.set_use_async_commit(true);
    for (std::string& secondary : secondaries) request.add_secondaries(std::move(secondary));
    const kvrpcpb::PrewriteResponse response = send(key, request);
    EXPECT_TRUE(response.errors().empty());
    EXPECT_GT(response.min_commit_ts(), 0u);
  }
};

TEST_F(AsyncCommitLocksTest, AllKeysLockedMeansCommitted) {
  const std::uint64_t start = now();
  leave_async(start, "a", {"k", "z"});
  leave_async(start, "k", {});
  leave_async(start, "z", {});
  loop.run_for(seconds(5));
  EXPECT_EQ(other.read("z"), "theirs");
  EXPECT_EQ(other.read("a"), "theirs");
  EXPECT_EQ(other.read("k"), "theirs");
  other.settle();
  Transaction txn = client.begin();
  (void)txn.put("a", "mine");
  (void)txn.put("k", "mine");
  ASSERT_TRUE(txn.commit().get().has_value());
}

TEST_F(AsyncCommitLocksTest, AMissingKeyMeansRolledBack) {
  const std::uint64_t start = now();
  leave_async(start, "a", {"k", "z"});
  leave_async(start, "k", {});
  loop.run_for(seconds(5));
  EXPECT_EQ(other.read("k"), std::nullopt);
  EXPECT_EQ(other.read("a"), std::nullopt);
  EXPECT_EQ(other.read("z"), std::nullopt);
  other.settle();
  Transaction txn = client.begin();
  (void)txn.put("a", "mine");
  (void)txn.put("z", "mine");
  ASSERT_TRUE(txn.commit().get().has_value());
}

TEST_F(AsyncCommitLocksTest, AnOwnerThatFellBackIsJudgedByItsPrimary) {
  const std::uint64_t start = now();
  leave_async(start, "a", {"z"});
  leave_lock(start, "a", "z");  // not for async commit
  loop.run_for(seconds(5));
  Transaction txn = other.begin();
  (void)txn.put("z", "mine");
  const Result<Committed> done = txn.commit().get();
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  EXPECT_EQ(client.read("a"), std::nullopt);
  EXPECT_EQ(client.read("z"), "mine");
}

// ---- pessimistic locks, the same

class PessimisticLocksTest : public LocksTest {
 protected:
  void leave_pessimistic(std::uint64_t start_ts, const std::string& primary, const std::string& key) {
    kvrpcpb::PessimisticLockRequest request;
    kvrpcpb::Mutation* mutation = request.add_mutations();
    mutation->set_op(kvrpcpb::Op::PessimisticLock);
    mutation->set_key(key);
    request.set_primary_lock(primary);
    request.set_start_version(start_ts);
    request.set_for_update_ts(start_ts);
    request.set_lock_ttl(3000);
    request.set_is_first_lock(key == primary);
    EXPECT_TRUE(send(key, request).errors().empty());
  }
};

TEST_F(PessimisticLocksTest, ReadsPassThem) {
  leave_pessimistic(now(), "a", "a");
  const auto before = loop.now();
  EXPECT_EQ(other.read("a"), std::nullopt);
  EXPECT_LT(loop.now() - before, milliseconds(50));
}

TEST_F(PessimisticLocksTest, WritersWaitUntilTheyExpire) {
  const std::uint64_t start = now();
  leave_pessimistic(start, "a", "a");
  leave_pessimistic(start, "a", "z");
  const auto before = loop.now();
  Transaction txn = other.begin();
  (void)txn.put("z", "mine");
  const Result<Committed> done = txn.commit().get();
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  EXPECT_GE(loop.now() - before, milliseconds(2900));
  EXPECT_LT(loop.now() - before, seconds(8));
}

TEST_F(PessimisticLocksTest, ALockWithoutItsPrimaryGoesAlone) {
  leave_pessimistic(now(), "a", "z");
  Transaction txn = other.begin();
  (void)txn.put("z", "mine");
  const Result<Committed> done = txn.commit().get();
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  EXPECT_EQ(requests("KvResolveLock"), 0u) << "its transaction may still be alive: only this lock goes";
  EXPECT_GE(requests("KVPessimisticRollback") + requests("KvPessimisticRollback"), 1u);
}

// The lock of "b" names "c": it cannot be the primary that the lock of "z" says it is.
TEST_F(PessimisticLocksTest, ALockThatNamesAWrongPrimaryGoesAlone) {
  const std::uint64_t start = now();
  leave_pessimistic(start, "c", "c");
  leave_pessimistic(start, "c", "b");
  leave_pessimistic(start, "b", "z");
  const auto before = loop.now();
  Transaction txn = other.begin();
  (void)txn.put("z", "mine");
  const Result<Committed> done = txn.commit().get();
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  EXPECT_LT(loop.now() - before, milliseconds(50));
  EXPECT_EQ(requests("KvResolveLock"), 0u);
}

// With such an ordinary lock nobody can know what became of its transaction.
TEST_F(LocksTest, AnOrdinaryLockThatNamesAWrongPrimaryIsAnError) {
  const std::uint64_t start = now();
  leave_lock(start, "c", "c");
  leave_lock(start, "c", "b");
  leave_lock(start, "b", "z");
  const Result<std::optional<std::string>> value = other.snapshot().get("z").get();
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error().kind(), ErrorKind::kServer) << value.error().to_string();
  EXPECT_EQ(value.error().applied(), Applied::kNo);
  EXPECT_GT(value.error().elapsed().count(), 0);
}

// ---- each step of getting past locks fails in each way

class StepsTest : public PessimisticLocksTest {
 protected:
  struct Way {
    const char* what;
    Fault fault;
  };
  static std::vector<Way> ways() {
    Fault not_leader = fault("", FaultKind::kRegionError);
    not_leader.region_error = RegionErrorKind::kNotLeader;
    Fault moved = fault("", FaultKind::kRegionError);
    moved.region_error = RegionErrorKind::kEpochNotMatch;
    return {{"request lost", fault("", FaultKind::kDropRequest)},
            {"reply lost", fault("", FaultKind::kDropReply)},
            {"connection breaks before", fault("", FaultKind::kBreakBefore)},
            {"connection breaks after", fault("", FaultKind::kBreakAfter)},
            {"UNAVAILABLE", fault("", FaultKind::kStatus)},
            {"not leader", not_leader},
            {"epoch not match", moved}};
  }
  /// `leave` makes the locks of an owner that is gone, `pass` gets past them and checks what it sees. Afterwards none
  /// of `keys` may be locked. How many steps there were.
  template <class Leave, class Pass>
  std::uint64_t fail_each(const std::vector<std::string>& keys, Leave leave, Pass pass) {
    std::uint64_t most = 0;
    for (const Way& way : ways()) {
      for (std::uint64_t step = 0;; ++step) {
        SCOPED_TRACE(std::string(way.what) + ", step " + std::to_string(step));
        leave();
        loop.run_for(seconds(5));
        Fault at_step = way.fault;
        at_step.skip = step;
        const FaultId id = add(at_step);
        pass();
        other.settle();
        const bool hit = hits(id) == 1;
        cluster.model().faults().clear();
        for (const std::string& key : keys) EXPECT_FALSE(lock_on(key)) << key;
        most = std::max(most, step);
        if (!hit || ::testing::Test::HasFailure()) break;
      }
    }
    return most;
  }

  std::string written_;
};

TEST_F(StepsTest, OfAReadThroughTheLocksOfAnAsyncCommitMayFail) {
  const auto leave = [this] {
    const std::uint64_t start = now();
    for (const char* key : {"a", "k", "z"}) {
      kvrpcpb::PrewriteRequest request = prewrite(start, "a", key);
      request.mutable_mutations(0)->set_value(std::to_string(start));
      request.set_use_async_commit(true);
      if (*key == 'a') {
        request.add_secondaries("k");
        request.add_secondaries("z");
      }
      EXPECT_TRUE(send(key, request).errors().empty());
    }
    written_ = std::to_string(start);
  };
  const auto pass = [this] {
    const Result<std::optional<std::string>> value = other.snapshot().get("z").get();
    ASSERT_TRUE(value.has_value()) << value.error().to_string();
    EXPECT_EQ(*value, written_) << "all keys were locked, so it is committed";
  };
  EXPECT_GE(fail_each({"a", "k", "z"}, leave, pass), 6U)
      << "two timestamps, the read, its owner's status, two secondaries, what follows";
}

TEST_F(StepsTest, OfAWritePastAnAbandonedCommitAndAbandonedPessimisticLocksMayFail) {
  const auto leave = [this] {
    const std::uint64_t dead = now();
    leave_lock(dead, "a", "a");
    leave_lock(dead, "a", "z");
    const std::uint64_t asleep = now();
    leave_pessimistic(asleep, "h", "h");
    leave_pessimistic(asleep, "h", "k");
  };
  const auto pass = [this] {
    Transaction txn = other.begin();
    written_ = std::to_string(txn.start_ts());
    (void)txn.put("k", written_);
    (void)txn.put("z", written_);
    const Result<Committed> done = txn.commit().get();
    ASSERT_TRUE(done.has_value()) << done.error().to_string();
    other.settle();
    EXPECT_EQ(client.read("k"), written_);
    EXPECT_EQ(client.read("z"), written_);
    EXPECT_EQ(client.read("a"), std::nullopt) << "rolled back with its transaction";
  };
  EXPECT_GE(fail_each({"a", "k", "z"}, leave, pass), 10U);
}

}  // namespace
}  // namespace tikv::testing
