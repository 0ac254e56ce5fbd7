#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stop_token>

#include "world.h"

// A request is carried out and its first answer is lost: the connection breaks, or nothing comes back at all. What the
// caller is told must be true, and nothing may happen twice that must not.
namespace tikv::testing {
namespace {

using namespace std::chrono_literals;
using cluster::ServerId;
using ::testing::IsEmpty;
using enum FaultKind;

class LostReply : public ::testing::TestWithParam<FaultKind> {
 protected:
  LostReply() { world.spread_transactional(); }
  FaultId lose(const std::string& method) { return world.add(fault_at(method, GetParam())); }

  Transaction three_writes() {
    Transaction txn = world.run(client.begin()).result.value();
    for (const char* key : {"a", "k", "z"}) EXPECT_TRUE(txn.put(key, "new"));
    return txn;
  }
  std::optional<std::string> read(const std::string& key) {
    const std::uint64_t now = world.run(reader.timestamp()).result.value();
    return world.run(reader.snapshot(now).get(key)).result.value();
  }
  /// The writes of `three_writes` as of `timestamp`.
  std::size_t visible_at(std::uint64_t timestamp) {
    const Snapshot snapshot = reader.snapshot(timestamp);
    const auto values = world.run(snapshot.batch_get({"a", "k", "z"})).result.value();
    return static_cast<std::size_t>(std::count(values.begin(), values.end(), std::optional<std::string>("new")));
  }
  void expect_committed_at(const Committed& done) {
    EXPECT_EQ(visible_at(done.commit_ts), 3U);
    EXPECT_EQ(visible_at(done.commit_ts - 1), 0U) << "committed once, at this very timestamp";
    world.heal();
    EXPECT_THAT(world.locked_keys(), IsEmpty());
  }

  World world;
  Client& client = world.add_client();
  Client& reader = world.add_client();
};

INSTANTIATE_TEST_SUITE_P(Ways, LostReply, ::testing::Values(kDropReply, kBreakAfter),
                         [](const auto& way) { return way.param == kDropReply ? "NoAnswer" : "ConnectionLost"; });

TEST_P(LostReply, ToAPrewriteIsAskedForAgain) {
  Transaction txn = three_writes();
  const FaultId lost = lose("KvPrewrite");
  const Result<Committed> done = world.run(txn.commit()).result;
  ASSERT_TRUE(done) << describe(done);
  EXPECT_EQ(world.hits(lost), 1U);
  expect_committed_at(*done);
}

TEST_P(LostReply, ToThePrimarysCommitEndsInItsCommitTimestamp) {
  Transaction txn = three_writes();
  const FaultId lost = lose("KvCommit");
  const Result<Committed> done = world.run(txn.commit()).result;
  ASSERT_TRUE(done) << describe(done);
  EXPECT_EQ(world.hits(lost), 1U);
  expect_committed_at(*done);
}

TEST_P(LostReply, ToThePrimarysCommitIsSettledBeyondTheDeadline) {
  Transaction txn = three_writes();
  const FaultId lost = lose("KvCommit");
  const auto [done, took] = world.run(txn.commit().with_timeout(1s));
  ASSERT_TRUE(done) << describe(done);
  EXPECT_EQ(world.hits(lost), 1U);
  EXPECT_LE(took, 4s) << "the deadline and the time to settle";
  expect_committed_at(*done);
}

TEST_P(LostReply, ToThePrimarysCommitIsSettledAfterACancel) {
  Transaction txn = three_writes();
  const FaultId lost = lose("KvCommit");
  std::stop_source stop;
  Started<Result<Committed>> committing(txn.commit().with_stop(stop.get_token()));
  ASSERT_TRUE(world.loop.run_until([&] { return world.hits(lost) == 1; }));
  const auto began = world.now();
  stop.request_stop();
  ASSERT_TRUE(world.loop.run_until([&] { return committing.done(); }, began + 10s));
  EXPECT_LE(world.now() - began, 3s);
  ASSERT_TRUE(committing.value()) << describe(committing.value());
  expect_committed_at(*committing.value());
}

TEST_P(LostReply, ToThePrimarysCommitIsSettledWithANewLeader) {
  Transaction txn = three_writes();
  lose("KvCommit");
  Started<Result<Committed>> committing(txn.commit().with_timeout(10s));
  ASSERT_TRUE(world.loop.run_until([&] { return world.requests("KvCommit") == 1; }));
  world.kill(ServerId::store(1));
  ASSERT_TRUE(world.loop.run_until([&] { return committing.done(); }));
  ASSERT_TRUE(committing.value()) << describe(committing.value());
  expect_committed_at(*committing.value());
}

TEST_P(LostReply, ToThePrimarysCommitWhileAnotherClientResolvesIt) {
  Transaction txn = three_writes();
  lose("KvCommit");
  Started<Result<Committed>> committing(txn.commit().with_timeout(10s));
  ASSERT_TRUE(world.loop.run_until([&] { return world.requests("KvCommit") == 1; }));
  EXPECT_EQ(read("z"), "new") << "the primary is committed, so the secondaries are";
  ASSERT_TRUE(world.loop.run_until([&] { return committing.done(); }));
  ASSERT_TRUE(committing.value()) << describe(committing.value());
  expect_committed_at(*committing.value());
}

TEST_P(LostReply, ToASecondarysCommitIsNobodysConcern) {
  Transaction txn = three_writes();
  const FaultId lost = world.add(fault_at("KvCommit", GetParam(), 1));
  const auto [done, took] = world.run(txn.commit());
  ASSERT_TRUE(done) << describe(done);
  EXPECT_LT(took, 1s);
  world.settle();
  EXPECT_EQ(world.hits(lost), 1U);
  EXPECT_THAT(world.locked_keys(), IsEmpty());
  expect_committed_at(*done);
}

TEST_P(LostReply, ToAQuestionForATimestampIsAskedAgain) {
  (void)world.run(client.timestamp());
  const std::uint64_t before = world.run(reader.timestamp()).result.value();
  lose("Tso");
  const auto [now, took] = world.run(client.timestamp());
  ASSERT_TRUE(now) << describe(now);
  EXPECT_GT(*now, before);
  EXPECT_LE(took, 5s);
}

TEST_P(LostReply, ToTheCommitTimestampIsAskedAgain) {
  Transaction txn = three_writes();
  const FaultId lost = lose("Tso");
  const Result<Committed> done = world.run(txn.commit()).result;
  ASSERT_TRUE(done) << describe(done);
  EXPECT_EQ(world.hits(lost), 1U);
  expect_committed_at(*done);
}

TEST_P(LostReply, ToACompareAndSwapIsUndeterminedAndNotRepeated) {
  const RawClient raw = client.raw().atomic();
  ASSERT_TRUE(world.run(raw.put("a", "old")).result);
  lose("RawCompareAndSwap");
  const Result<RawSwap> swap = world.run(raw.compare_and_swap("a", "old", "new")).result;
  ASSERT_FALSE(swap);
  EXPECT_EQ(swap.error().kind(), ErrorKind::kUndetermined) << describe(swap);
  EXPECT_EQ(swap.error().applied(), Applied::kUnknown);
  EXPECT_EQ(swap.error().advice(), Advice::kOutcomeUnknown);
  ASSERT_EQ(swap.error().attempts().size(), 1U);
  EXPECT_EQ(swap.error().attempts()[0].address, "store1:20160");
  world.loop.run_for(60s);
  EXPECT_EQ(world.requests("RawCompareAndSwap"), 1U);
  EXPECT_EQ(world.run(raw.get("a")).result, "new");
}

TEST_P(LostReply, ToACompareAndSwapWithADeadlineSaysSoInApplied) {
  const RawClient raw = client.raw().atomic();
  world.add(fault_at("RawCompareAndSwap", kDropReply));
  const auto [swap, took] = world.run(raw.compare_and_swap("a", std::nullopt, "new").with_timeout(2s));
  ASSERT_FALSE(swap);
  EXPECT_EQ(took, 2s);
  EXPECT_EQ(swap.error().kind(), ErrorKind::kDeadline) << describe(swap);
  EXPECT_EQ(swap.error().applied(), Applied::kUnknown);
  EXPECT_EQ(swap.error().attempts().size(), 1U);
}

TEST_P(LostReply, ToAnAtomicPutIsUndeterminedAndNotRepeated) {
  const RawClient raw = client.raw().atomic();
  lose("RawPut");
  const Result<void> put = world.run(raw.put("a", "v")).result;
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind(), ErrorKind::kUndetermined) << describe(put);
  EXPECT_EQ(put.error().applied(), Applied::kUnknown);
  world.loop.run_for(60s);
  EXPECT_EQ(world.requests("RawPut"), 1U);
  lose("RawDelete");
  const Result<void> removed = world.run(raw.remove("a")).result;
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().kind(), ErrorKind::kUndetermined) << describe(removed);
  EXPECT_EQ(world.requests("RawDelete"), 1U);
}

TEST_P(LostReply, ToAnAtomicBatchIsUndeterminedAndNotRepeated) {
  const RawClient raw = client.raw().atomic();
  lose("RawBatchPut");
  const std::vector<KvPair> pairs{{"a", "1"}, {"b", "2"}};
  const Result<void> put = world.run(raw.batch_put(pairs)).result;
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind(), ErrorKind::kUndetermined) << describe(put);
  EXPECT_EQ(put.error().applied(), Applied::kUnknown);
  EXPECT_EQ(world.requests("RawBatchPut"), 1U);
}

TEST_P(LostReply, ToAPlainPutIsRepeated) {
  const RawClient raw = client.raw();
  const FaultId lost = lose("RawPut");
  const Result<void> put = world.run(raw.put("a", "v")).result;
  ASSERT_TRUE(put) << describe(put);
  EXPECT_EQ(world.hits(lost), 1U);
  EXPECT_EQ(world.requests("RawPut"), 2U);
  EXPECT_EQ(world.run(raw.get("a")).result, "v");
}

// ---- a request arrives after its sender has given it up

class LateRequest : public LostReply {};
INSTANTIATE_TEST_SUITE_P(Ways, LateRequest, ::testing::Values(kDelayRequest));

TEST_P(LateRequest, ALatePrewriteFindsItsTransactionRolledBack) {
  Transaction txn = three_writes();
  Fault late = delayed("KvPrewrite", kDelayRequest, 10s);
  late.server = 3;  // of "z"
  world.add(late);
  const auto [done, took] = world.run(txn.commit().with_timeout(1s));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::kDeadline) << describe(done);
  EXPECT_EQ(done.error().applied(), Applied::kNo);
  EXPECT_EQ(took, 1s);
  world.loop.run_for(20s);
  EXPECT_THAT(world.locked_keys(), IsEmpty()) << "nobody had to meet the lock to remove it";
  for (const char* key : {"a", "k", "z"}) EXPECT_EQ(read(key), std::nullopt);
}

TEST_P(LateRequest, ALateCommitDoesNoHarm) {
  Transaction txn = three_writes();
  world.add(delayed("KvCommit", kDelayRequest, 10s));
  const auto [done, took] = world.run(txn.commit().with_timeout(1s));
  ASSERT_TRUE(done) << describe(done);
  EXPECT_LE(took, 4s);
  expect_committed_at(*done);
  Transaction next = world.run(client.begin()).result.value();
  ASSERT_TRUE(next.put("a", "newer"));
  ASSERT_TRUE(world.run(next.commit()).result);
  world.loop.run_for(20s);
  EXPECT_EQ(read("a"), "newer");
  EXPECT_EQ(visible_at(done->commit_ts), 3U);
}

TEST_P(LateRequest, ALateCompareAndSwapMayStillHappen) {
  const RawClient raw = client.raw().atomic();
  world.add(delayed("RawCompareAndSwap", kDelayRequest, 10s));
  const Result<RawSwap> swap = world.run(raw.compare_and_swap("a", std::nullopt, "late").with_timeout(1s)).result;
  ASSERT_FALSE(swap);
  EXPECT_EQ(swap.error().applied(), Applied::kUnknown);
  EXPECT_EQ(world.run(raw.get("a")).result, std::nullopt);
  world.loop.run_for(20s);
  EXPECT_EQ(world.run(raw.get("a")).result, "late") << "which is why it is unknown";
}

// ---- the store is gone as well

class Unreachable : public ::testing::Test {
 protected:
  Unreachable() { world.spread_transactional(); }

  /// Commits, loses the answer to the primary's commit, and kills the only store that knows.
  Result<Committed> commit(std::chrono::nanoseconds timeout) {
    Transaction txn = world.run(client.begin()).result.value();
    for (const char* key : {"a", "k", "z"}) EXPECT_TRUE(txn.put(key, "new"));
    world.add(fault_at("KvCommit", kDropReply));
    began = world.now();
    Started<Result<Committed>> committing(txn.commit().with_timeout(timeout));
    EXPECT_TRUE(world.loop.run_until([&] { return world.requests("KvCommit") == 1; }));
    world.kill(ServerId::store(1));
    EXPECT_TRUE(world.loop.run_until([&] { return committing.done(); }, began + std::chrono::minutes(5)));
    took = world.now() - began;
    return committing.value();
  }

  World world{WorldOptions{.replicas = 1}};
  Client& client = world.add_client();
  runtime::TimePoint began;
  std::chrono::nanoseconds took{0};
};

TEST_F(Unreachable, ThePrimarysStoreMakesTheOutcomeUndetermined) {
  const Result<Committed> done = commit(5s);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::kUndetermined) << describe(done);
  EXPECT_EQ(done.error().applied(), Applied::kUnknown);
  EXPECT_EQ(done.error().advice(), Advice::kOutcomeUnknown);
  EXPECT_GT(done.error().attempt_count(), 0U);
  EXPECT_LE(took, 8s + 100ms) << "the deadline and the time to settle";
  world.heal();
  for (const char* key : {"a", "k", "z"}) {
    const std::uint64_t now = world.run(client.timestamp()).result.value();
    EXPECT_EQ(world.run(client.snapshot(now).get(key)).result.value(), "new");
  }
  world.settle();
  EXPECT_THAT(world.locked_keys(), IsEmpty());
}

TEST_F(Unreachable, WithoutADeadlineOfItsOwnTheCallStillEnds) {
  const Result<Committed> done = commit(std::chrono::minutes(4));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::kUndetermined) << describe(done);
  EXPECT_LE(took, std::chrono::minutes(2)) << "the commit's retry budget";
}

// ---- the store says that it does not know

class UndeterminedResult : public Unreachable {};

TEST_F(UndeterminedResult, OfThePrimarysCommitIsSettled) {
  Transaction txn = world.run(client.begin()).result.value();
  ASSERT_TRUE(txn.put("a", "new"));
  const FaultId fault = world.add(region_error_at("KvCommit", RegionErrorKind::kUndeterminedResult));
  const Result<Committed> done = world.run(txn.commit()).result;
  ASSERT_TRUE(done) << describe(done);
  EXPECT_EQ(world.hits(fault), 1U);
  EXPECT_EQ(world.run(client.snapshot(done->commit_ts).get("a")).result.value(), "new");
}

TEST_F(UndeterminedResult, ForEverIsUndetermined) {
  Transaction txn = world.run(client.begin()).result.value();
  ASSERT_TRUE(txn.put("a", "new"));
  world.add(region_error_at("KvCommit", RegionErrorKind::kUndeterminedResult, 0, 0));
  const auto [done, time] = world.run(txn.commit().with_timeout(5s));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::kUndetermined) << describe(done);
  EXPECT_LE(time, 8s + 100ms);
  world.heal();
  // Nobody commits it any more: once its lock has expired, it is rolled back.
  world.loop.run_for(25s);
  const std::uint64_t now = world.run(client.timestamp()).result.value();
  EXPECT_EQ(world.run(client.snapshot(now).get("a")).result.value(), std::nullopt);
  world.settle();
  EXPECT_THAT(world.locked_keys(), IsEmpty());
}

TEST_F(UndeterminedResult, OfACompareAndSwapIsNotRepeated) {
  world.add(region_error_at("RawCompareAndSwap", RegionErrorKind::kUndeterminedResult));
  const RawClient raw = client.raw().atomic();
  const Result<RawSwap> swap = world.run(raw.compare_and_swap("a", std::nullopt, "v")).result;
  ASSERT_FALSE(swap);
  EXPECT_EQ(swap.error().kind(), ErrorKind::kUndetermined) << describe(swap);
  EXPECT_EQ(world.requests("RawCompareAndSwap"), 1U);
}

}  // namespace
}  // namespace tikv::testing
