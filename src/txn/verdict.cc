#include "txn/verdict.h"

#include <tikv/key.h>
#include <tikv/proto/kvrpcpb.pb.h>
#include <tikv/timestamp.h>

#include <chrono>
#include <utility>

#include "lock/key_error.h"

namespace tikv::txn {
namespace {

namespace kvrpcpb = proto::kvrpcpb;

/// A lock of a transaction that began later: by the time it is gone, there is a commit after this one's start.
Error newer_lock(const lock::Lock& lock, std::uint64_t start_ts, Redaction redaction) {
  WriteConflict detail;
  detail.start_ts = start_ts;
  detail.conflict_start_ts = lock.start_ts;
  detail.key = lock.key;
  detail.primary = lock.primary;
  detail.reason = WriteConflict::Reason::kOptimistic;
  Error error(ErrorKind::kConflict, "key " + key_text(lock.key, redaction) +
                                        " is being written by the newer transaction of " +
                                        std::to_string(lock.start_ts));
  error.with_detail(std::move(detail));
  return error;
}

}  // namespace

PrewriteVerdict judge_prewrite(const kvrpcpb::PrewriteResponse& response, std::uint64_t start_ts, Redaction redaction) {
  PrewriteVerdict verdict;
  for (const kvrpcpb::KeyError& key_error : response.errors()) {
    if (!key_error.has_locked()) {
      verdict.error = lock::error_of(key_error, redaction);
      return verdict;
    }
    lock::append_locks(key_error.locked(), verdict.locks);
  }
  for (const lock::Lock& lock : verdict.locks) {
    if (lock.start_ts <= start_ts) continue;
    verdict.error = newer_lock(lock, start_ts, redaction);
    return verdict;
  }
  return verdict;
}

CommitVerdict judge_commit(const kvrpcpb::CommitResponse& response, std::string_view primary, Redaction redaction) {
  CommitVerdict verdict;
  if (!response.has_error()) return verdict;
  const kvrpcpb::KeyError& key_error = response.error();
  verdict.error = lock::error_of(key_error, redaction);
  verdict.kind = CommitVerdict::Kind::kFailed;
  if (key_error.has_txn_lock_not_found()) verdict.kind = CommitVerdict::Kind::kRolledBack;
  if (key_error.has_commit_ts_expired()) {
    const kvrpcpb::CommitTsExpired& expired = key_error.commit_ts_expired();
    const bool sane = expired.min_commit_ts() - expired.attempted_commit_ts() <= kMaxCommitTsPush;
    if (sane && expired.key() == primary) verdict.kind = CommitVerdict::Kind::kNewTimestamp;
  }
  return verdict;
}

Settled judge_status(const lock::StatusAnswer& answer) noexcept {
  if (answer.kind != lock::StatusAnswer::Kind::kStatus) return Settled::kOpen;
  if (answer.status.committed()) return Settled::kCommitted;
  return answer.status.rolled_back() ? Settled::kRolledBack : Settled::kOpen;
}

Result<void> check_age(std::uint64_t start_ts, std::uint64_t commit_ts) {
  const std::chrono::milliseconds age(timestamp_physical_ms(commit_ts) - timestamp_physical_ms(start_ts));
  if (age <= std::chrono::hours(24)) return {};
  return std::unexpected(
      Error(ErrorKind::kAborted,
            "the transaction began " + std::to_string(age / std::chrono::hours(1)) + " hours ago; 24 are possible"));
}

}  // namespace tikv::txn
