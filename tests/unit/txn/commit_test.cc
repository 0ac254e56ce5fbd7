#include <gtest/gtest.h>

#include "sim_fixture.h"

// Whole transactions against a simulated cluster: reads, writes, commits, and what refuses them.
namespace tikv::testing {
namespace {

using CommitTest = SimTest;

TEST_F(CommitTest, WritesBecomeVisibleAllAtOnce) {
  Transaction txn = client.begin();
  ASSERT_TRUE(txn.put("a", "1").has_value());
  ASSERT_TRUE(txn.put("k", "").has_value());
  ASSERT_TRUE(txn.put("z", "3").has_value());
  EXPECT_EQ(txn.get("a").get().value(), "1") << "own writes are seen";
  EXPECT_EQ(other.read("a"), std::nullopt);
  const Result<Committed> done = txn.commit().get();
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  EXPECT_EQ(done->start_ts, txn.start_ts());
  EXPECT_GT(done->commit_ts, done->start_ts);
  EXPECT_EQ(other.read("a"), "1");
  EXPECT_EQ(other.read("k"), "") << "an empty value is a value";
  EXPECT_EQ(other.read("z"), "3");
  EXPECT_EQ(other.read("b"), std::nullopt);
  EXPECT_EQ(other.snapshot_at(done->commit_ts).get("z").get().value(), "3");
  EXPECT_EQ(other.snapshot_at(done->commit_ts - 1).get("z").get().value(), std::nullopt);
  EXPECT_EQ(requests("KvPrewrite"), 3u);
}

TEST_F(CommitTest, OneRegionIsOnePrewriteAndOneCommit) {
  Transaction txn = client.begin();
  (void)txn.put("a", "1");
  (void)txn.put("b", "2");
  ASSERT_TRUE(txn.commit().get().has_value());
  client.settle();
  EXPECT_EQ(requests("KvPrewrite"), 1u);
  EXPECT_EQ(requests("KvCommit"), 1u);
}

TEST_F(CommitTest, RemovesAndOverwrites) {
  client.write("a", "old");
  client.write("b", "old");
  Transaction txn = client.begin();
  (void)txn.remove("a");
  (void)txn.remove("nothing there");
  (void)txn.put("b", "new");
  EXPECT_EQ(txn.get("a").get().value(), std::nullopt);
  ASSERT_TRUE(txn.commit().get().has_value());
  EXPECT_EQ(other.read("a"), std::nullopt);
  EXPECT_EQ(other.read("b"), "new");
}

TEST_F(CommitTest, WithoutWritesThereIsNoNetwork) {
  client.write("a", "1");
  const std::uint64_t before = requests("KvPrewrite");
  Transaction txn = client.begin();
  EXPECT_EQ(txn.get("a").get().value(), "1");
  const Committed done = txn.commit().get().value();
  EXPECT_EQ(done.commit_ts, txn.start_ts());
  EXPECT_EQ(requests("KvPrewrite"), before);
}

TEST_F(CommitTest, TheSecondOfTwoConflictingCommitsFails) {
  client.write("a", "0");
  Transaction first = client.begin();
  Transaction second = other.begin();
  (void)first.put("a", "1");
  (void)second.put("a", "2");
  const Committed done = first.commit().get().value();
  const std::uint64_t rollbacks = requests("KvBatchRollback");
  const Result<Committed> lost = second.commit().get();
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(lost.error().kind(), ErrorKind::kConflict);
  EXPECT_EQ(lost.error().advice(), Advice::kRetryTransaction);
  EXPECT_EQ(lost.error().applied(), Applied::kNo);
  const auto* conflict = lost.error().detail<WriteConflict>();
  ASSERT_NE(conflict, nullptr);
  EXPECT_EQ(conflict->key, "a");
  EXPECT_EQ(conflict->conflict_start_ts, done.start_ts);
  EXPECT_EQ(conflict->conflict_commit_ts, done.commit_ts);
  EXPECT_EQ(client.read("a"), "1");
  other.settle();
  EXPECT_EQ(requests("KvBatchRollback"), rollbacks) << "the only prewrite was refused: nothing to roll back";
}

TEST_F(CommitTest, AConflictInOneRegionRollsTheOthersBack) {
  Transaction txn = client.begin();
  (void)txn.put("a", "1");
  (void)txn.put("k", "1");
  (void)txn.put("z", "1");
  other.write("k", "theirs");
  const Result<Committed> lost = txn.commit().get();
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(lost.error().kind(), ErrorKind::kConflict);
  client.settle();
  const auto before = loop.now();
  EXPECT_EQ(other.read("a"), std::nullopt);
  EXPECT_EQ(other.read("k"), "theirs");
  EXPECT_EQ(other.read("z"), std::nullopt);
  EXPECT_LT(loop.now() - before, std::chrono::milliseconds(100)) << "no lock was left to wait for";
}

TEST_F(CommitTest, InsertsWantTheKeyAbsent) {
  client.write("a", "there");
  Transaction txn = client.begin();
  ASSERT_TRUE(txn.insert("a", "mine").has_value());
  const Result<Committed> refused = txn.commit().get();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kKeyExists);
  EXPECT_EQ(refused.error().detail<KeyExists>()->key, "a");
  EXPECT_EQ(refused.error().applied(), Applied::kNo);

  Transaction again = client.begin();
  (void)again.remove("a");
  ASSERT_TRUE(again.insert("a", "mine").has_value());
  ASSERT_TRUE(again.commit().get().has_value());
  EXPECT_EQ(other.read("a"), "mine");
}

TEST_F(CommitTest, InsertAndRemoveOnlyChecks) {
  Transaction txn = client.begin();
  (void)txn.insert("a", "v");
  (void)txn.remove("a");
  EXPECT_EQ(txn.commit().get().value().commit_ts, txn.start_ts());
  client.write("a", "there");
  Transaction again = client.begin();
  (void)again.insert("a", "v");
  (void)again.remove("a");
  EXPECT_EQ(again.commit().get().error().kind(), ErrorKind::kKeyExists);
}

TEST_F(CommitTest, ARefusedWriteRefusesTheCommit) {
  Transaction txn = client.begin();
  (void)txn.put("a", "fine");
  EXPECT_EQ(txn.put("", "v").error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(txn.put("k", std::string(7 << 20, 'v')).error().kind(), ErrorKind::kTooLarge);
  EXPECT_EQ(txn.commit().get().error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(requests("KvPrewrite"), 0u);
  EXPECT_EQ(other.read("a"), std::nullopt);
}

TEST_F(CommitTest, AfterTheEndEverythingIsClosed) {
  Transaction committed = client.begin();
  (void)committed.put("a", "1");
  ASSERT_TRUE(committed.commit().get().has_value());
  EXPECT_EQ(committed.commit().get().error().kind(), ErrorKind::kClosed);
  EXPECT_EQ(committed.put("a", "2").error().kind(), ErrorKind::kClosed);
  EXPECT_EQ(committed.get("a").get().error().kind(), ErrorKind::kClosed);

  Transaction rolled_back = client.begin();
  (void)rolled_back.put("a", "2");
  ASSERT_TRUE(rolled_back.rollback().get().has_value());
  EXPECT_EQ(rolled_back.commit().get().error().kind(), ErrorKind::kClosed);
  EXPECT_EQ(rolled_back.rollback().get().error().kind(), ErrorKind::kClosed);
  EXPECT_EQ(other.read("a"), "1");
}

TEST_F(CommitTest, AClosedClientRefuses) {
  Transaction txn = client.begin();
  const Snapshot snapshot = client.snapshot();
  client.close();
  (void)txn.put("a", "1");
  EXPECT_EQ(txn.commit().get().error().kind(), ErrorKind::kClosed);
  EXPECT_EQ(snapshot.get("a").get().error().kind(), ErrorKind::kClosed);
  EXPECT_EQ(txn::begin(nullptr, client.environment, {}).get().error().kind(), ErrorKind::kClosed);
}

TEST_F(CommitTest, ManyKeysGoInManyBatches) {
  Transaction txn = client.begin();
  const std::string value(1000, 'v');
  for (int i = 0; i < 300; ++i) (void)txn.put("a" + std::to_string(i), value);
  for (int i = 0; i < 300; ++i) (void)txn.put("z" + std::to_string(i), value);
  EXPECT_EQ(txn.write_count(), 600u);
  const Result<Committed> done = txn.commit().get();
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  client.settle();
  EXPECT_GE(requests("KvPrewrite"), 36u);
  const std::vector<KvPair> all = other.snapshot().scan(KeyRange::all()).collect().get().value();
  EXPECT_EQ(all.size(), 600u);
}

TEST_F(CommitTest, RegionsMayMoveInTheMiddle) {
  client.write("a", "0");
  Transaction txn = client.begin();
  for (char c = 'a'; c <= 'g'; ++c) (void)txn.put(std::string(1, c), "1");
  split("d");
  split("f");
  ASSERT_TRUE(cluster.model().move_leader(base::encode_bytes("a"), 2).has_value());
  const Result<Committed> done = txn.commit().get();
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  EXPECT_EQ(other.snapshot().scan(KeyRange::all()).collect().get().value().size(), 7u);
}

TEST_F(CommitTest, ALateCommitOfThePrimaryFindsItsRegionSplit) {
  Transaction txn = client.begin();
  for (char c = 'a'; c <= 'g'; ++c) (void)txn.put(std::string(1, c), "1");
  Fault split_then = fault("KvCommit", FaultKind::kRegionError);
  split_then.region_error = RegionErrorKind::kEpochNotMatch;
  add(split_then);
  Started<Result<Committed>> committing(txn.commit());
  loop.run_until([&] { return requests("KvCommit") == 1; });
  split("d");
  const Result<Committed> done = committing.wait(loop);
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  client.settle();
  EXPECT_EQ(other.snapshot().scan(KeyRange::all()).collect().get().value().size(), 7u);
}

// The prewrite of the second region takes longer than the locks of the first one live.
TEST_F(CommitTest, HeartbeatsKeepASlowCommitAlive) {
  ASSERT_TRUE(cluster.model().move_leader(base::encode_bytes("z"), 2).has_value());
  Transaction txn = client.begin();
  (void)txn.put("a", "slow");
  (void)txn.put("z", "slow");
  Fault late = delay("KvPrewrite", FaultKind::kDelayRequest, std::chrono::seconds(12));
  late.server = 2;
  add(late);
  Started<Result<Committed>> committing(txn.commit());
  loop.run_for(std::chrono::seconds(8));
  ASSERT_FALSE(committing.done());
  EXPECT_GE(requests("KvTxnHeartBeat"), 1u);
  Transaction rival = other.begin();
  (void)rival.put("a", "rival");
  Started<Result<Committed>> competing(rival.commit());
  const Result<Committed> done = committing.wait(loop);
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  const Result<Committed> lost = competing.wait(loop);
  if (!lost) {
    EXPECT_EQ(lost.error().kind(), ErrorKind::kConflict);
  }
  const std::uint64_t beats = requests("KvTxnHeartBeat");
  loop.run_for(std::chrono::seconds(60));
  EXPECT_EQ(requests("KvTxnHeartBeat"), beats) << "they end with the commit";
}

}  // namespace
}  // namespace tikv::testing
