#include "lock/key_error.h"

#include <tikv/key.h>
#include <tikv/proto/kvrpcpb.pb.h>

#include <array>
#include <string>
#include <utility>

#include "base/redact.h"

namespace tikv::lock {
namespace {

namespace kvrpcpb = proto::kvrpcpb;
using kvrpcpb::KeyError;

Error conflict(const KeyError& key_error, [[maybe_unused]] Redaction redaction) {
  const kvrpcpb::WriteConflict& from = key_error.conflict();
  WriteConflict detail;
  detail.start_ts = from.start_ts();
  detail.conflict_start_ts = from.conflict_ts();
  detail.conflict_commit_ts = from.conflict_commit_ts();
  detail.key = from.key();
  detail.primary = from.primary();
  const int reason = static_cast<int>(from.reason());
  if (reason >= 0 && reason <= static_cast<int>(WriteConflict::Reason::kLazyUniquenessCheck)) {
    detail.reason = static_cast<WriteConflict::Reason>(reason);
  }
  Error error(ErrorKind::kConflict, "key " + key_text(from.key(), redaction) + " was written by the transaction of " +
                                        std::to_string(from.conflict_ts()) + ", committed at " +
                                        std::to_string(from.conflict_commit_ts()) + ", after this one's start at " +
                                        std::to_string(from.start_ts()));
  error.with_detail(std::move(detail));
  return error;
}

Error exists(const KeyError& key_error, [[maybe_unused]] Redaction redaction) {
  KeyExists detail;
  detail.key = key_error.already_exist().key();
  Error error(ErrorKind::kKeyExists, "key " + key_text(detail.key, redaction) + " exists");
  error.with_detail(std::move(detail));
  return error;
}

Error deadlock(const KeyError& key_error, [[maybe_unused]] Redaction redaction) {
  const kvrpcpb::Deadlock& from = key_error.deadlock();
  Deadlock detail;
  detail.lock_ts = from.lock_ts();
  detail.lock_key = from.lock_key();
  detail.deadlock_key_hash = from.deadlock_key_hash();
  Error error(ErrorKind::kDeadlock, "the transaction of " + std::to_string(detail.lock_ts) + " holds key " +
                                        key_text(detail.lock_key, redaction) + " and waits for this one");
  error.with_detail(std::move(detail));
  return error;
}

Error assertion_failed(const KeyError& key_error, [[maybe_unused]] Redaction redaction) {
  const kvrpcpb::AssertionFailed& from = key_error.assertion_failed();
  const bool must_exist = from.assertion() == kvrpcpb::Assertion::Exist;
  return Error(ErrorKind::kAssertionFailed, "key " + key_text(from.key(), redaction) +
                                                (must_exist ? " was asserted to exist" : " was asserted not to exist") +
                                                "; it was last written by the transaction of " +
                                                std::to_string(from.existing_start_ts()) + ", committed at " +
                                                std::to_string(from.existing_commit_ts()));
}

Error lock_gone(const KeyError& key_error, [[maybe_unused]] Redaction redaction) {
  return Error(ErrorKind::kAborted, "the lock on key " + key_text(key_error.txn_lock_not_found().key(), redaction) +
                                        " is gone: the transaction was rolled back");
}

Error still_locked(const KeyError& key_error, [[maybe_unused]] Redaction redaction) {
  return Error(ErrorKind::kUnavailable, "key " + key_text(key_error.locked().key(), redaction) +
                                            " is locked by the transaction of " +
                                            std::to_string(key_error.locked().lock_version()));
}

Error commit_ts_expired(const KeyError& key_error, [[maybe_unused]] Redaction redaction) {
  const kvrpcpb::CommitTsExpired& from = key_error.commit_ts_expired();
  return Error(ErrorKind::kAborted, "commit timestamp " + std::to_string(from.attempted_commit_ts()) + " is below " +
                                        std::to_string(from.min_commit_ts()) + ", which a reader asked for on key " +
                                        key_text(from.key(), redaction));
}

Error txn_not_found(const KeyError& key_error, [[maybe_unused]] Redaction redaction) {
  return Error(ErrorKind::kAborted,
               "the transaction of " + std::to_string(key_error.txn_not_found().start_ts()) + " was not found");
}

Error commit_ts_too_large(const KeyError& key_error, [[maybe_unused]] Redaction redaction) {
  return Error(ErrorKind::kAborted,
               "commit timestamp " + std::to_string(key_error.commit_ts_too_large().commit_ts()) + " is too large");
}

Error primary_mismatch(const KeyError& key_error, [[maybe_unused]] Redaction redaction) {
  return Error(ErrorKind::kServer, "key " + key_text(key_error.primary_mismatch().lock_info().key(), redaction) +
                                       " is not the primary of its transaction, which is " +
                                       key_text(key_error.primary_mismatch().lock_info().primary_lock(), redaction));
}

Error retryable(const KeyError& key_error, [[maybe_unused]] Redaction redaction) {
  return Error(ErrorKind::kAborted,
               "the store asks for a new transaction: " + base::redacted(key_error.retryable(), redaction));
}

Error refused(const KeyError& key_error, [[maybe_unused]] Redaction redaction) {
  return Error(ErrorKind::kServer, "the store refused: " + base::redacted(key_error.abort(), redaction));
}

struct Row {
  bool (*matches)(const KeyError&);
  Error (*make)(const KeyError&, Redaction);
};

// The first row that matches; a store that sets a typed field also sets `retryable` beside some of them, for clients
// older than the field.
constexpr std::array kRows = {
    Row{[](const KeyError& e) { return e.has_conflict(); }, conflict},
    Row{[](const KeyError& e) { return e.has_already_exist(); }, exists},
    Row{[](const KeyError& e) { return e.has_deadlock(); }, deadlock},
    Row{[](const KeyError& e) { return e.has_assertion_failed(); }, assertion_failed},
    Row{[](const KeyError& e) { return e.has_txn_lock_not_found(); }, lock_gone},
    Row{[](const KeyError& e) { return e.has_commit_ts_expired(); }, commit_ts_expired},
    Row{[](const KeyError& e) { return e.has_commit_ts_too_large(); }, commit_ts_too_large},
    Row{[](const KeyError& e) { return e.has_txn_not_found(); }, txn_not_found},
    Row{[](const KeyError& e) { return e.has_primary_mismatch(); }, primary_mismatch},
    Row{[](const KeyError& e) { return e.has_locked(); }, still_locked},
    Row{[](const KeyError& e) { return !e.retryable().empty(); }, retryable},
    Row{[](const KeyError& e) { return !e.abort().empty(); }, refused},
};

}  // namespace

Error error_of(const KeyError& key_error, Redaction redaction) {
  for (const Row& row : kRows) {
    if (row.matches(key_error)) return row.make(key_error, redaction);
  }
  return Error(ErrorKind::kServer, "the store answered with an error that this client does not know");
}

Error not_applied(Error error) {
  if (error.applied() == Applied::kNo) return error;
  const Advice advice = Error(error.kind(), std::string()).advice();
  error.with_applied(Applied::kNo).with_advice(advice);
  return error;
}

}  // namespace tikv::lock
