// Rules of TiKV that the recordings do not reach; its source is the authority.

#include <gtest/gtest.h>

#include <string>

#include "one_region.h"

namespace tikv::testing {
namespace {

using namespace proto::kvrpcpb;

class TxnRules : public ::testing::Test {
 protected:
  PrewriteResponse prewrite(std::uint64_t start_ts, const std::vector<std::string>& keys, Op op = Op::Put) {
    PrewriteRequest request;
    request.set_start_version(start_ts);
    request.set_primary_lock(keys.front());
    request.set_lock_ttl(1000);
    for (const std::string& key : keys) {
      Mutation& mutation = *request.add_mutations();
      mutation.set_op(op);
      mutation.set_key(key);
      mutation.set_value("v" + std::to_string(start_ts));
    }
    return store_.kv.handle(store_.region, request);
  }

  CommitResponse commit(std::uint64_t start_ts, std::uint64_t commit_ts, const std::vector<std::string>& keys) {
    CommitRequest request;
    request.set_start_version(start_ts);
    request.set_commit_version(commit_ts);
    for (const std::string& key : keys) request.add_keys(key);
    return store_.kv.handle(store_.region, request);
  }

  PessimisticLockResponse lock(std::uint64_t start_ts, std::uint64_t for_update_ts, const std::string& key,
                               Op op = Op::PessimisticLock, bool force = false) {
    PessimisticLockRequest request;
    request.set_start_version(start_ts);
    request.set_for_update_ts(for_update_ts);
    request.set_primary_lock("primary");
    request.set_lock_ttl(1000);
    request.set_wait_timeout(-1);
    if (force) request.set_wake_up_mode(WakeUpModeForceLock);
    Mutation& mutation = *request.add_mutations();
    mutation.set_op(op);
    mutation.set_key(key);
    PessimisticLockResponse answer;
    store_.kv.handle(store_.region, request, [&](PessimisticLockResponse response) { answer = std::move(response); });
    return answer;
  }

  std::vector<LockInfo> locks() {
    ScanLockRequest request;
    request.set_max_version(1000);
    const ScanLockResponse response = store_.kv.handle(store_.region, request);
    return {response.locks().begin(), response.locks().end()};
  }

  std::string get(const std::string& key, std::uint64_t version) {
    GetRequest request;
    request.set_key(key);
    request.set_version(version);
    return store_.kv.handle(store_.region, request).value();
  }

  OneRegion store_;
};

TEST_F(TxnRules, AnExclusiveRequestKeepsOthersFromSharing) {
  ASSERT_EQ(lock(10, 10, "k", Op::SharedPessimisticLock).errors_size(), 0);
  ASSERT_EQ(lock(20, 20, "k", Op::SharedPessimisticLock).errors_size(), 0);
  const PessimisticLockResponse exclusive = lock(30, 30, "k");
  ASSERT_EQ(exclusive.errors_size(), 1);
  EXPECT_EQ(exclusive.errors(0).locked().lock_type(), Op::SharedLock);
  EXPECT_EQ(exclusive.errors(0).locked().shared_lock_infos_size(), 2);
  EXPECT_TRUE(lock(40, 40, "k", Op::SharedPessimisticLock).errors(0).has_locked());
  // Who shares already may raise its for_update_ts.
  ASSERT_EQ(lock(10, 15, "k", Op::SharedPessimisticLock).errors_size(), 0);
  ASSERT_EQ(locks().size(), 1U);
  EXPECT_EQ(locks()[0].shared_lock_infos(0).lock_for_update_ts(), 15U);
}

TEST_F(TxnRules, SharedLocksBlockAnotherPrewrite) {
  ASSERT_EQ(lock(10, 10, "k", Op::SharedPessimisticLock).errors_size(), 0);
  const PrewriteResponse blocked = prewrite(20, {"k"});
  ASSERT_EQ(blocked.errors_size(), 1);
  EXPECT_EQ(blocked.errors(0).locked().lock_type(), Op::SharedLock);
}

TEST_F(TxnRules, ResolvingEndsEachSharersLock) {
  ASSERT_EQ(lock(10, 10, "k", Op::SharedPessimisticLock).errors_size(), 0);
  ASSERT_EQ(lock(20, 20, "k", Op::SharedPessimisticLock).errors_size(), 0);
  ResolveLockRequest request;
  for (const std::uint64_t start_ts : {10, 20}) request.add_txn_infos()->set_txn(start_ts);
  EXPECT_FALSE(store_.kv.handle(store_.region, request).has_error());
  EXPECT_TRUE(locks().empty());
}

TEST_F(TxnRules, AScanResolvesMoreLocksThanOneBatch) {
  std::vector<std::string> keys;
  for (int i = 1000; i < 1700; ++i) keys.push_back("k" + std::to_string(i));
  ASSERT_EQ(prewrite(10, keys).errors_size(), 0);
  ASSERT_EQ(locks().size(), 700U);
  ResolveLockRequest request;
  request.set_start_version(10);
  request.set_commit_version(11);
  EXPECT_FALSE(store_.kv.handle(store_.region, request).has_error());
  EXPECT_TRUE(locks().empty());
  EXPECT_EQ(get("k1000", 20), "v10");
  EXPECT_EQ(get("k1699", 20), "v10");
}

TEST_F(TxnRules, APessimisticRollbackWithoutKeysFindsThem) {
  for (const std::string key : {"a", "b", "c"}) ASSERT_EQ(lock(10, 10, key).errors_size(), 0);
  ASSERT_EQ(lock(20, 20, "d").errors_size(), 0);
  PessimisticRollbackRequest request;
  request.set_start_version(10);
  request.set_for_update_ts(10);
  EXPECT_EQ(store_.kv.handle(store_.region, request).errors_size(), 0);
  ASSERT_EQ(locks().size(), 1U);
  EXPECT_EQ(locks()[0].key(), "d");
}

TEST_F(TxnRules, AForceLockLeftByACommittedTransactionIsDropped) {
  ASSERT_EQ(prewrite(10, {"primary"}).errors_size(), 0);
  ASSERT_FALSE(commit(10, 20, {"primary"}).has_error());
  // A late duplicate of the request locks in spite of the newer version.
  ASSERT_EQ(lock(10, 10, "primary", Op::PessimisticLock, true).errors_size(), 0);
  ASSERT_EQ(locks().size(), 1U);
  CheckTxnStatusRequest check;
  check.set_primary_key("primary");
  check.set_lock_ts(10);
  check.set_current_ts(30);
  EXPECT_EQ(store_.kv.handle(store_.region, check).commit_version(), 20U);
  EXPECT_TRUE(locks().empty());
}

TEST_F(TxnRules, ManyKeysInAnEmptyRangeAreNotCheckedForConflicts) {
  std::vector<std::string> keys;
  for (int i = 0; i < 13; ++i) keys.push_back("m" + std::to_string(100 + i));
  EXPECT_EQ(prewrite(10, keys).errors_size(), 0);
  ASSERT_FALSE(commit(10, 50, keys).has_error());
  // Now there are records, so that an older transaction conflicts.
  const PrewriteResponse late = prewrite(20, keys);
  ASSERT_EQ(late.errors_size(), 1);
  EXPECT_EQ(late.errors(0).conflict().conflict_commit_ts(), 50U);
}

TEST_F(TxnRules, ManyKeysOutsideTheRegionAreARegionError) {
  store_.region.region.set_start_key(store::Key("n").encoded());
  std::vector<std::string> keys;
  for (int i = 0; i < 13; ++i) keys.push_back("m" + std::to_string(100 + i));
  EXPECT_TRUE(prewrite(10, keys).region_error().has_key_not_in_region());
  EXPECT_EQ(prewrite(10, {"m"}).errors_size(), 1);
}

TEST_F(TxnRules, AReadCommittedGetOutsideTheRegionIsARegionError) {
  store_.region.region.set_end_key(store::Key("n").encoded());
  GetRequest request;
  request.set_key("z");
  request.set_version(5);
  EXPECT_TRUE(store_.kv.handle(store_.region, request).error().abort().size() > 0);
  request.mutable_context()->set_isolation_level(RC);
  EXPECT_TRUE(store_.kv.handle(store_.region, request).region_error().has_key_not_in_region());
  BatchGetRequest batch;
  batch.mutable_context()->set_isolation_level(RC);
  batch.add_keys("z");
  EXPECT_FALSE(store_.kv.handle(store_.region, batch).pairs(0).error().abort().empty());
}

TEST_F(TxnRules, AScanThatChecksTimestampsBackwardsNamesTheOldestNewerVersion) {
  for (const std::uint64_t ts : {10, 20, 30}) {
    ASSERT_EQ(prewrite(ts, {"k"}).errors_size(), 0);
    ASSERT_FALSE(commit(ts, ts + 1, {"k"}).has_error());
  }
  ScanRequest request;
  request.mutable_context()->set_isolation_level(RCCheckTS);
  request.set_start_key("a");
  request.set_end_key("z");
  request.set_version(15);
  request.set_limit(5);
  EXPECT_EQ(store_.kv.handle(store_.region, request).error().conflict().conflict_commit_ts(), 31U);
  request.set_start_key("z");
  request.set_end_key("a");
  request.set_reverse(true);
  EXPECT_EQ(store_.kv.handle(store_.region, request).error().conflict().conflict_commit_ts(), 21U);
}

TEST_F(TxnRules, ABroadcastCommitMakesALatePessimisticPrewriteARepeatedOne) {
  ASSERT_EQ(prewrite(10, {"k"}).errors_size(), 0);
  ASSERT_FALSE(commit(10, 20, {"k"}).has_error());
  BroadcastTxnStatusRequest broadcast;
  broadcast.add_txn_status()->set_start_ts(5);
  broadcast.mutable_txn_status(0)->set_commit_ts(6);
  store_.kv.handle(broadcast);
  PrewriteRequest request;
  request.set_start_version(5);
  request.set_for_update_ts(5);
  request.set_primary_lock("k");
  request.add_mutations()->set_key("k");
  request.add_pessimistic_actions(PrewriteRequest::SKIP_PESSIMISTIC_CHECK);
  // Checked as a retry, it meets the newer commit; otherwise it would have locked the key.
  EXPECT_EQ(store_.kv.handle(store_.region, request).errors_size(), 1);
  EXPECT_TRUE(locks().empty());
}

}  // namespace
}  // namespace tikv::testing
