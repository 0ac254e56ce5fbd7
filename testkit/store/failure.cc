#include "testkit/store/failure.h"

#include <utility>

namespace tikv::testing::store {

namespace {

std::unexpected<Failure> with_kind(FailureKind kind, proto::kvrpcpb::KeyError error, std::uint64_t commit_ts = 0) {
  Failure failure;
  failure.kind = kind;
  failure.key_error = std::move(error);
  failure.commit_ts = commit_ts;
  return std::unexpected<Failure>(std::move(failure));
}

}  // namespace

std::unexpected<Failure> aborted(std::string_view why) { return abort_of_kind(FailureKind::kOther, why); }

std::unexpected<Failure> abort_of_kind(FailureKind kind, std::string_view why) {
  proto::kvrpcpb::KeyError error;
  error.set_abort(std::string(why));
  return with_kind(kind, std::move(error));
}

std::unexpected<Failure> region_failure(proto::errorpb::Error error) {
  Failure failure;
  failure.kind = FailureKind::kRegion;
  failure.region_error = std::move(error);
  return std::unexpected<Failure>(std::move(failure));
}

std::unexpected<Failure> key_is_locked(proto::kvrpcpb::LockInfo lock) {
  proto::kvrpcpb::KeyError error;
  *error.mutable_locked() = std::move(lock);
  return with_kind(FailureKind::kKeyIsLocked, std::move(error));
}

std::unexpected<Failure> write_conflict(const Conflict& conflict) {
  proto::kvrpcpb::KeyError error;
  auto& detail = *error.mutable_conflict();
  detail.set_start_ts(conflict.start_ts);
  detail.set_conflict_ts(conflict.conflict_start_ts);
  detail.set_conflict_commit_ts(conflict.conflict_commit_ts);
  detail.set_key(conflict.key);
  detail.set_primary(conflict.primary);
  detail.set_reason(conflict.reason);
  error.set_retryable("write conflict at " + std::to_string(conflict.conflict_commit_ts));
  return with_kind(FailureKind::kWriteConflict, std::move(error), conflict.conflict_commit_ts);
}

std::unexpected<Failure> already_exist(std::string_view key) {
  proto::kvrpcpb::KeyError error;
  error.mutable_already_exist()->set_key(std::string(key));
  return with_kind(FailureKind::kAlreadyExist, std::move(error));
}

std::unexpected<Failure> txn_lock_not_found(std::string_view key) {
  proto::kvrpcpb::KeyError error;
  error.set_retryable("the transaction's lock is not there");
  error.mutable_txn_lock_not_found()->set_key(std::string(key));
  return with_kind(FailureKind::kTxnLockNotFound, std::move(error));
}

std::unexpected<Failure> txn_not_found(std::uint64_t start_ts, std::string_view key) {
  proto::kvrpcpb::KeyError error;
  error.mutable_txn_not_found()->set_start_ts(start_ts);
  error.mutable_txn_not_found()->set_primary_key(std::string(key));
  return with_kind(FailureKind::kTxnNotFound, std::move(error));
}

std::unexpected<Failure> committed(std::uint64_t commit_ts) {
  proto::kvrpcpb::KeyError error;
  error.set_abort("the transaction is already committed at " + std::to_string(commit_ts));
  return with_kind(FailureKind::kCommitted, std::move(error), commit_ts);
}

std::unexpected<Failure> commit_ts_expired(std::uint64_t start_ts, std::uint64_t commit_ts, std::string_view key,
                                           std::uint64_t min_commit_ts) {
  proto::kvrpcpb::KeyError error;
  auto& detail = *error.mutable_commit_ts_expired();
  detail.set_start_ts(start_ts);
  detail.set_attempted_commit_ts(commit_ts);
  detail.set_key(std::string(key));
  detail.set_min_commit_ts(min_commit_ts);
  return with_kind(FailureKind::kCommitTsExpired, std::move(error));
}

std::unexpected<Failure> commit_ts_too_large(std::uint64_t min_commit_ts) {
  proto::kvrpcpb::KeyError error;
  error.mutable_commit_ts_too_large()->set_commit_ts(min_commit_ts);
  return with_kind(FailureKind::kCommitTsTooLarge, std::move(error));
}

std::unexpected<Failure> assertion_failed(std::uint64_t start_ts, std::string_view key,
                                          proto::kvrpcpb::Assertion assertion, std::uint64_t existing_start_ts,
                                          std::uint64_t existing_commit_ts) {
  proto::kvrpcpb::KeyError error;
  auto& detail = *error.mutable_assertion_failed();
  detail.set_start_ts(start_ts);
  detail.set_key(std::string(key));
  detail.set_assertion(assertion);
  detail.set_existing_start_ts(existing_start_ts);
  detail.set_existing_commit_ts(existing_commit_ts);
  return with_kind(FailureKind::kAssertionFailed, std::move(error));
}

std::unexpected<Failure> primary_mismatch(proto::kvrpcpb::LockInfo lock) {
  proto::kvrpcpb::KeyError error;
  *error.mutable_primary_mismatch()->mutable_lock_info() = std::move(lock);
  return with_kind(FailureKind::kPrimaryMismatch, std::move(error));
}

}  // namespace tikv::testing::store
