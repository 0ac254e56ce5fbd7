#include "lock/key_error.h"

#include <gtest/gtest.h>
#include <tikv/proto/kvrpcpb.pb.h>

#include <functional>

namespace tikv::lock {
namespace {

using proto::kvrpcpb::KeyError;

TEST(KeyError, ConflictHasItsFacts) {
  KeyError from;
  from.set_retryable("for older clients");
  from.mutable_conflict()->set_start_ts(1);
  from.mutable_conflict()->set_conflict_ts(2);
  from.mutable_conflict()->set_conflict_commit_ts(3);
  from.mutable_conflict()->set_key("k");
  from.mutable_conflict()->set_primary("p");
  from.mutable_conflict()->set_reason(proto::kvrpcpb::WriteConflict::SelfRolledBack);
  const Error error = error_of(from, Redaction::kOff);
  EXPECT_EQ(error.kind(), ErrorKind::kConflict);
  EXPECT_EQ(error.advice(), Advice::kRetryTransaction);
  EXPECT_EQ(error.applied(), Applied::kNo);
  const auto* conflict = error.detail<WriteConflict>();
  ASSERT_NE(conflict, nullptr);
  EXPECT_EQ(conflict->start_ts, 1u);
  EXPECT_EQ(conflict->conflict_start_ts, 2u);
  EXPECT_EQ(conflict->conflict_commit_ts, 3u);
  EXPECT_EQ(conflict->key, "k");
  EXPECT_EQ(conflict->primary, "p");
  EXPECT_EQ(conflict->reason, WriteConflict::Reason::kSelfRolledBack);
}

TEST(KeyError, KeyExistsHasItsKey) {
  KeyError from;
  from.mutable_already_exist()->set_key("k");
  const Error error = error_of(from, Redaction::kOff);
  EXPECT_EQ(error.kind(), ErrorKind::kKeyExists);
  ASSERT_NE(error.detail<KeyExists>(), nullptr);
  EXPECT_EQ(error.detail<KeyExists>()->key, "k");
}

TEST(KeyError, DeadlockHasItsFacts) {
  KeyError from;
  from.mutable_deadlock()->set_lock_ts(8);
  from.mutable_deadlock()->set_lock_key("k");
  from.mutable_deadlock()->set_deadlock_key_hash(9);
  const Error error = error_of(from, Redaction::kOff);
  EXPECT_EQ(error.kind(), ErrorKind::kDeadlock);
  ASSERT_NE(error.detail<Deadlock>(), nullptr);
  EXPECT_EQ(error.detail<Deadlock>()->lock_ts, 8u);
  EXPECT_EQ(error.detail<Deadlock>()->deadlock_key_hash, 9u);
}

TEST(KeyError, TheRest) {
  struct Row {
    const char* what;
    std::function<void(KeyError&)> set;
    ErrorKind kind;
    Advice advice;
  };
  const Row rows[] = {
      {"assertion", [](KeyError& e) { e.mutable_assertion_failed()->set_key("k"); }, ErrorKind::kAssertionFailed,
       Advice::kGiveUp},
      {"lock gone",
       [](KeyError& e) {
         e.mutable_txn_lock_not_found()->set_key("k");
         e.set_retryable("for older clients");
       },
       ErrorKind::kAborted, Advice::kRetryTransaction},
      {"commit ts expired", [](KeyError& e) { e.mutable_commit_ts_expired()->set_key("k"); }, ErrorKind::kAborted,
       Advice::kRetryTransaction},
      {"commit ts too large", [](KeyError& e) { e.mutable_commit_ts_too_large()->set_commit_ts(3); },
       ErrorKind::kAborted, Advice::kRetryTransaction},
      {"not found", [](KeyError& e) { e.mutable_txn_not_found()->set_start_ts(3); }, ErrorKind::kAborted,
       Advice::kRetryTransaction},
      {"primary mismatch", [](KeyError& e) { e.mutable_primary_mismatch(); }, ErrorKind::kServer, Advice::kGiveUp},
      {"locked", [](KeyError& e) { e.mutable_locked()->set_key("k"); }, ErrorKind::kUnavailable, Advice::kRetryCall},
      {"retryable", [](KeyError& e) { e.set_retryable("again"); }, ErrorKind::kAborted, Advice::kRetryTransaction},
      {"abort", [](KeyError& e) { e.set_abort("no"); }, ErrorKind::kServer, Advice::kGiveUp},
      {"nothing known", [](KeyError&) {}, ErrorKind::kServer, Advice::kGiveUp},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    KeyError from;
    row.set(from);
    EXPECT_EQ(error_of(from, Redaction::kOff).kind(), row.kind);
    EXPECT_EQ(error_of(from, Redaction::kOff).advice(), row.advice);
  }
}

TEST(NotApplied, TakesTheDoubtAndItsAdviceAway) {
  Error error(ErrorKind::kDeadline, "late");
  error.with_applied(Applied::kUnknown);
  ASSERT_EQ(error.advice(), Advice::kOutcomeUnknown);
  const Error clean = not_applied(error);
  EXPECT_EQ(clean.applied(), Applied::kNo);
  EXPECT_EQ(clean.advice(), Advice::kRetryCall);
  EXPECT_EQ(error.applied(), Applied::kUnknown) << "copies share nothing that changes";
}

}  // namespace
}  // namespace tikv::lock
