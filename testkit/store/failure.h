#pragma once

#include <tikv/proto/errorpb.pb.h>
#include <tikv/proto/kvrpcpb.pb.h>

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "testkit/store/records.h"

namespace tikv::testing::store {

/// Why a command failed, as far as other commands must tell causes apart. What the client sees is in `key_error`.
enum class FailureKind {
  kOther,
  kRegion,
  kKeyIsLocked,
  kNotInShrinkMode,
  kWriteConflict,
  kAlreadyExist,
  kTxnLockNotFound,
  kTxnNotFound,
  kCommitted,
  kCommitTsExpired,
  kCommitTsTooLarge,
  kAssertionFailed,
  kPrimaryMismatch,
  kPessimisticLockNotFound,
  kGenerationOutOfOrder,
  kDeadlock,
};

struct Failure {
  FailureKind kind = FailureKind::kOther;
  proto::kvrpcpb::KeyError key_error;
  /// Set for `kRegion` alone: it takes the place of the key error in an answer.
  proto::errorpb::Error region_error;
  /// `kCommitted`: the commit. `kWriteConflict`: the conflicting commit.
  std::uint64_t commit_ts = 0;
};

template <class T>
using Outcome = std::expected<T, Failure>;

/// Hands on the failure of `outcome`, which must have one: `if (!x) return failed(x);`.
template <class T>
std::unexpected<Failure> failed(Outcome<T>& outcome) {
  return std::unexpected<Failure>(std::move(outcome.error()));
}

struct Conflict {
  std::uint64_t start_ts = 0;
  std::uint64_t conflict_start_ts = 0;
  std::uint64_t conflict_commit_ts = 0;
  std::string key;
  std::string primary;
  proto::kvrpcpb::WriteConflict::Reason reason = proto::kvrpcpb::WriteConflict::Unknown;
};

std::unexpected<Failure> aborted(std::string_view why);
std::unexpected<Failure> region_failure(proto::errorpb::Error error);
std::unexpected<Failure> key_is_locked(proto::kvrpcpb::LockInfo lock);
std::unexpected<Failure> write_conflict(const Conflict& conflict);
std::unexpected<Failure> already_exist(std::string_view key);
std::unexpected<Failure> txn_lock_not_found(std::string_view key);
std::unexpected<Failure> txn_not_found(std::uint64_t start_ts, std::string_view key);
std::unexpected<Failure> committed(std::uint64_t commit_ts);
std::unexpected<Failure> commit_ts_expired(std::uint64_t start_ts, std::uint64_t commit_ts, std::string_view key,
                                           std::uint64_t min_commit_ts);
std::unexpected<Failure> commit_ts_too_large(std::uint64_t min_commit_ts);
std::unexpected<Failure> assertion_failed(std::uint64_t start_ts, std::string_view key,
                                          proto::kvrpcpb::Assertion assertion, std::uint64_t existing_start_ts,
                                          std::uint64_t existing_commit_ts);
std::unexpected<Failure> primary_mismatch(proto::kvrpcpb::LockInfo lock);
/// Failures whose only mark for the client is `abort`.
std::unexpected<Failure> abort_of_kind(FailureKind kind, std::string_view why);

}  // namespace tikv::testing::store
