#include "lock/txn_status.h"

#include <gtest/gtest.h>
#include <tikv/proto/kvrpcpb.pb.h>

namespace tikv::lock {
namespace {

namespace kvrpcpb = proto::kvrpcpb;

TEST(TxnStatus, ComesFromTheAnswer) {
  kvrpcpb::CheckTxnStatusResponse alive;
  alive.set_lock_ttl(3000);
  alive.set_action(kvrpcpb::Action::MinCommitTSPushed);
  alive.mutable_lock_info()->set_use_async_commit(true);
  alive.mutable_lock_info()->set_min_commit_ts(55);
  alive.mutable_lock_info()->add_secondaries("s1");
  alive.mutable_lock_info()->add_secondaries("s2");
  const TxnStatus status = status_of(alive);
  EXPECT_EQ(status.ttl_ms, 3000u);
  EXPECT_EQ(status.action, Action::kMinCommitTsPushed);
  EXPECT_FALSE(status.determined());
  ASSERT_NE(status.async_primary, nullptr);
  EXPECT_EQ(status.async_primary->min_commit_ts, 55u);
  EXPECT_EQ(status.async_primary->secondaries, (std::vector<std::string>{"s1", "s2"}));

  kvrpcpb::CheckTxnStatusResponse committed;
  committed.set_commit_version(77);
  EXPECT_TRUE(status_of(committed).committed());
  EXPECT_EQ(status_of(committed).async_primary, nullptr);
}

TEST(TxnStatus, NumbersAreKvprotos) {
  EXPECT_EQ(static_cast<int>(Action::kTtlExpireRollback), kvrpcpb::Action::TTLExpireRollback);
  EXPECT_EQ(static_cast<int>(Action::kLockNotExistRollback), kvrpcpb::Action::LockNotExistRollback);
  EXPECT_EQ(static_cast<int>(Action::kMinCommitTsPushed), kvrpcpb::Action::MinCommitTSPushed);
  EXPECT_EQ(static_cast<int>(Action::kTtlExpirePessimisticRollback), kvrpcpb::Action::TTLExpirePessimisticRollback);
  EXPECT_EQ(static_cast<int>(Action::kLockNotExistDoNothing), kvrpcpb::Action::LockNotExistDoNothing);
}

TEST(TxnStatus, DoingNothingIsNoRollback) {
  TxnStatus status;
  status.action = Action::kLockNotExistDoNothing;
  EXPECT_FALSE(status.rolled_back());
  EXPECT_FALSE(status.determined());
  status.action = Action::kTtlExpirePessimisticRollback;
  EXPECT_FALSE(status.rolled_back());
  status.action = Action::kNone;
  EXPECT_TRUE(status.rolled_back());
}

TEST(StatusCache, KeepsDeterminedStatesAndForgetsTheOldest) {
  StatusCache cache(2);
  TxnStatus open;
  open.ttl_ms = 1;
  cache.put(1, open);
  EXPECT_FALSE(cache.get(1).has_value());

  TxnStatus committed;
  committed.commit_ts = 9;
  cache.put(1, committed);
  cache.put(2, TxnStatus());
  cache.put(1, TxnStatus());  // the first stays
  ASSERT_TRUE(cache.get(1).has_value());
  EXPECT_EQ(cache.get(1)->commit_ts, 9u);
  cache.put(3, committed);
  EXPECT_FALSE(cache.get(1).has_value());
  EXPECT_TRUE(cache.get(2)->rolled_back());
  EXPECT_TRUE(cache.get(3)->committed());
  EXPECT_EQ(cache.size(), 2u);
}

TEST(LockInfo, ASharedLockIsAsManyAsItHasOwners) {
  kvrpcpb::LockInfo info;
  info.set_key("k");
  info.set_primary_lock("p");
  info.set_lock_version(5);
  info.set_lock_ttl(3000);
  info.set_lock_type(kvrpcpb::Op::PessimisticLock);
  info.set_use_async_commit(true);
  std::vector<Lock> locks;
  append_locks(info, locks);
  ASSERT_EQ(locks.size(), 1u);
  EXPECT_TRUE(locks[0].pessimistic);
  EXPECT_TRUE(locks[0].async_commit);
  EXPECT_EQ(locks[0].start_ts, 5u);

  kvrpcpb::LockInfo shared;
  shared.set_key("k");
  shared.set_lock_type(kvrpcpb::Op::SharedLock);
  shared.add_shared_lock_infos()->set_lock_version(6);
  shared.add_shared_lock_infos()->set_lock_version(7);
  locks.clear();
  append_locks(shared, locks);
  ASSERT_EQ(locks.size(), 2u);
  EXPECT_EQ(locks[0].start_ts, 6u);
  EXPECT_EQ(locks[1].start_ts, 7u);
  EXPECT_EQ(locks[1].key, "k");
}

}  // namespace
}  // namespace tikv::lock
