#include "txn/verdict.h"

#include <gtest/gtest.h>
#include <tikv/proto/kvrpcpb.pb.h>
#include <tikv/timestamp.h>

namespace tikv::txn {
namespace {

namespace kvrpcpb = proto::kvrpcpb;
using Kind = CommitVerdict::Kind;

TEST(JudgePrewrite, NoErrorIsDone) {
  EXPECT_TRUE(judge_prewrite(kvrpcpb::PrewriteResponse(), 10, Redaction::kOff).done());
}

TEST(JudgePrewrite, LocksAreToBeResolved) {
  kvrpcpb::PrewriteResponse response;
  response.add_errors()->mutable_locked()->set_lock_version(8);
  response.add_errors()->mutable_locked()->set_lock_version(9);
  const PrewriteVerdict verdict = judge_prewrite(response, 10, Redaction::kOff);
  EXPECT_FALSE(verdict.done());
  EXPECT_EQ(verdict.locks.size(), 2u);
  EXPECT_FALSE(verdict.error.has_value());
}

TEST(JudgePrewrite, ALockOfANewerTransactionIsAConflictAlready) {
  kvrpcpb::PrewriteResponse response;
  kvrpcpb::LockInfo* lock = response.add_errors()->mutable_locked();
  lock->set_lock_version(11);
  lock->set_key("k");
  const PrewriteVerdict verdict = judge_prewrite(response, 10, Redaction::kOff);
  ASSERT_TRUE(verdict.error.has_value());
  EXPECT_EQ(verdict.error->kind(), ErrorKind::kConflict);
  EXPECT_EQ(verdict.error->detail<WriteConflict>()->conflict_start_ts, 11u);
  EXPECT_EQ(verdict.error->detail<WriteConflict>()->key, "k");
}

TEST(JudgePrewrite, AnErrorGoesBeforeLocks) {
  kvrpcpb::PrewriteResponse response;
  response.add_errors()->mutable_locked()->set_lock_version(8);
  response.add_errors()->mutable_already_exist()->set_key("k");
  const PrewriteVerdict verdict = judge_prewrite(response, 10, Redaction::kOff);
  ASSERT_TRUE(verdict.error.has_value());
  EXPECT_EQ(verdict.error->kind(), ErrorKind::kKeyExists);
}

TEST(JudgeCommit, WhatItMeans) {
  kvrpcpb::CommitResponse response;
  EXPECT_EQ(judge_commit(response, "p", Redaction::kOff).kind, Kind::kCommitted);

  response.mutable_error()->mutable_txn_lock_not_found()->set_key("p");
  EXPECT_EQ(judge_commit(response, "p", Redaction::kOff).kind, Kind::kRolledBack);
  EXPECT_EQ(judge_commit(response, "p", Redaction::kOff).error->kind(), ErrorKind::kAborted);

  response.mutable_error()->Clear();
  response.mutable_error()->set_abort("no");
  EXPECT_EQ(judge_commit(response, "p", Redaction::kOff).kind, Kind::kFailed);
}

TEST(JudgeCommit, AReaderMayAskForALaterTimestamp) {
  kvrpcpb::CommitResponse response;
  kvrpcpb::CommitTsExpired* expired = response.mutable_error()->mutable_commit_ts_expired();
  expired->set_key("p");
  expired->set_attempted_commit_ts(100);
  expired->set_min_commit_ts(200);
  EXPECT_EQ(judge_commit(response, "p", Redaction::kOff).kind, Kind::kNewTimestamp);
  EXPECT_EQ(judge_commit(response, "q", Redaction::kOff).kind, Kind::kFailed) << "only the primary can be pushed";
  expired->set_min_commit_ts(100 + kMaxCommitTsPush + 1);
  EXPECT_EQ(judge_commit(response, "p", Redaction::kOff).kind, Kind::kFailed) << "no reader is an hour ahead";
}

TEST(JudgeStatus, WhatBecameOfALostCommit) {
  lock::StatusAnswer answer;
  EXPECT_EQ(judge_status(answer), Settled::kRolledBack);
  answer.status.ttl_ms = 1;
  EXPECT_EQ(judge_status(answer), Settled::kOpen);
  answer.status.ttl_ms = 0;
  answer.status.commit_ts = 5;
  EXPECT_EQ(judge_status(answer), Settled::kCommitted);
  answer.status.commit_ts = 0;
  answer.status.action = lock::Action::kLockNotExistDoNothing;
  EXPECT_EQ(judge_status(answer), Settled::kOpen);
  answer.kind = lock::StatusAnswer::Kind::kNotFound;
  EXPECT_EQ(judge_status(answer), Settled::kOpen);
}

TEST(CheckAge, ADayIsEnough) {
  const std::uint64_t start = compose_timestamp(1'700'000'000'000, 0);
  constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;
  EXPECT_TRUE(check_age(start, compose_timestamp(1'700'000'000'000 + kDayMs, 0)).has_value());
  EXPECT_EQ(check_age(start, compose_timestamp(1'700'000'000'001 + kDayMs, 0)).error().kind(), ErrorKind::kAborted);
}

}  // namespace
}  // namespace tikv::txn
