#include "testkit/store/pessimistic_lock.h"

#include <utility>

#include "testkit/store/key_prewrite.h"

namespace tikv::testing::store {

using proto::kvrpcpb::PessimisticLockRequest;
using proto::kvrpcpb::WriteConflict;

namespace {

class AcquireLock {
 public:
  AcquireLock(const PessimisticLockTerms& terms, const PessimisticLockKey& wanted, const MvccReader& reader,
              TxnState& state, MvccTxn& txn)
      : terms_(terms),
        wanted_(wanted),
        key_(wanted.key),
        reader_(reader),
        state_(state),
        txn_(txn),
        for_update_ts_(terms.for_update_ts) {}

  Outcome<LockedKeyResult> run() {
    if (terms_.lock_only_if_exists && !terms_.return_values) return aborted("lock_only_if_exists needs return_values");
    if (wanted_.should_not_exist || terms_.return_values || terms_.check_existence) {
      state_.saw_read_at(for_update_ts_);
    }
    Outcome<LockSlot> slot = reader_.load_lock(key_);
    if (!slot) return failed(slot);
    if (auto* lock = std::get_if<Lock>(&*slot)) {
      if (wanted_.shared) return key_is_locked(lock_info(*lock, key_.raw()));
      return locked_exclusively(*lock);
    }
    if (auto* shared = std::get_if<SharedLocks>(&*slot)) {
      if (!wanted_.shared) return locked_by_sharers(*shared);
      const auto own = shared->by_start_ts.find(terms_.start_ts);
      if (own != shared->by_start_ts.end()) return sharing_already(std::move(*shared), own->second);
      if (shared->shrink_only) return key_is_locked(lock_info(*shared, key_.raw()));
      sharers_ = std::move(*shared);
    }
    return lock_free_key();
  }

 private:
  bool may_conflict() const { return terms_.allow_lock_with_conflict; }

  std::unexpected<Failure> retry_conflict(const FoundWrite& found) const {
    return write_conflict({.start_ts = terms_.start_ts,
                           .conflict_start_ts = found.write.start_ts,
                           .conflict_commit_ts = found.commit_ts,
                           .key = key_.raw(),
                           .primary = terms_.primary,
                           .reason = WriteConflict::PessimisticRetry});
  }

  Lock new_lock(LastChange last_change, bool with_conflict) const {
    Lock lock;
    lock.kind = LockKind::kPessimistic;
    lock.primary = terms_.primary;
    lock.start_ts = terms_.start_ts;
    lock.ttl_ms = terms_.lock_ttl_ms;
    lock.for_update_ts = for_update_ts_;
    lock.min_commit_ts = terms_.min_commit_ts;
    lock.last_change = last_change;
    lock.locked_with_conflict = with_conflict;
    return lock;
  }

  LockedKeyResult result(std::optional<std::string> value, std::optional<std::uint64_t> conflict_ts) const {
    LockedKeyResult out;
    out.value = std::move(value);
    if (conflict_ts) {
      out.kind = LockedKeyResult::Kind::kLockedWithConflict;
      out.conflict_ts = *conflict_ts;
    } else if (terms_.return_values) {
      out.kind = LockedKeyResult::Kind::kValue;
    } else if (terms_.check_existence) {
      out.kind = LockedKeyResult::Kind::kExistence;
    }
    return out;
  }

  Outcome<LockedKeyResult> locked_by_sharers(const SharedLocks& shared) const {
    if (shared.shrink_only) return key_is_locked(lock_info(shared, key_.raw()));
    return abort_of_kind(FailureKind::kNotInShrinkMode, "the shared locks may still grow in number");
  }

  Outcome<LockedKeyResult> sharing_already(SharedLocks shared, const Lock& own) {
    if (for_update_ts_ > own.for_update_ts) {
      Lock renewed = new_lock(own.last_change, own.locked_with_conflict);
      shared.by_start_ts[terms_.start_ts] = std::move(renewed);
      txn_.put_shared_locks(key_, std::move(shared), false);
    }
    return result(std::nullopt, std::nullopt);
  }

  /// The request is repeated, or the statement is retried at a later for_update_ts.
  Outcome<LockedKeyResult> locked_exclusively(const Lock& lock) {
    if (lock.start_ts != terms_.start_ts) return key_is_locked(lock_info(lock, key_.raw()));
    if (!lock.pessimistic()) return aborted("the key is prewritten already");
    std::optional<std::uint64_t> conflict_ts;
    if (may_conflict() && for_update_ts_ < lock.for_update_ts) {
      for_update_ts_ = lock.for_update_ts;
      conflict_ts = lock.for_update_ts;
    }
    std::optional<std::string> value;
    const bool needs_value = terms_.return_values || conflict_ts.has_value();
    if (needs_value || terms_.check_existence || wanted_.should_not_exist) {
      if (const std::optional<FoundWrite> found = reader_.seek_put(key_, for_update_ts_, terms_.start_ts)) {
        if (auto failure = check_existing(*found)) return *std::move(failure);
        Outcome<std::optional<std::string>> loaded = load(*found, needs_value);
        if (!loaded) return failed(loaded);
        value = *std::move(loaded);
      }
    }
    if (for_update_ts_ > lock.for_update_ts) {
      txn_.put_lock(key_, new_lock(lock.last_change, lock.locked_with_conflict), false);
    }
    return result(std::move(value), conflict_ts);
  }

  std::optional<std::unexpected<Failure>> check_existing(const FoundWrite& found) const {
    if (!wanted_.should_not_exist) return std::nullopt;
    auto failure = check_should_not_exist(reader_, key_, found, terms_.start_ts);
    // What the client did not yet see is for it to look at again.
    if (failure && found.commit_ts > terms_.for_update_ts) return retry_conflict(found);
    return failure;
  }

  Outcome<std::optional<std::string>> load(const FoundWrite& found, bool needs_value) const {
    if (!needs_value) {
      return terms_.check_existence ? std::optional<std::string>(std::string()) : std::nullopt;
    }
    Outcome<std::string> value = reader_.value_of(key_, found.write);
    if (!value) return failed(value);
    return std::optional<std::string>(*std::move(value));
  }

  bool rolled_back(const FoundWrite& found) const {
    return found.commit_ts == terms_.start_ts &&
           (found.write.kind == WriteKind::kRollback || found.write.overlapped_rollback);
  }

  bool rolled_back_below(const FoundWrite& newest) const {
    if (newest.commit_ts <= terms_.start_ts) return false;
    const std::optional<FoundWrite> older = reader_.seek_write(key_, terms_.start_ts);
    return older && rolled_back(*older);
  }

  Outcome<LockedKeyResult> lock_free_key() {
    const std::optional<FoundWrite> newest = reader_.seek_write(key_, kMaxTs);
    if (!newest) return put_lock(LastChange::not_exist(), std::nullopt, nullptr);
    const bool conflicts = newest->commit_ts > for_update_ts_;
    if (conflicts) {
      if (!may_conflict()) return retry_conflict(*newest);
      for_update_ts_ = newest->commit_ts;
    }
    if (rolled_back(*newest) || rolled_back_below(*newest)) return aborted("the transaction was rolled back");
    if (wanted_.should_not_exist) {
      if (auto failure = check_should_not_exist(reader_, key_, *newest, terms_.start_ts)) {
        if (conflicts) return retry_conflict(*newest);
        return *std::move(failure);
      }
    }
    const LastChange last_change = reader_.last_change_above(key_, *newest, terms_.start_ts);
    std::optional<std::string> value;
    if (terms_.return_values || terms_.check_existence || conflicts) {
      Outcome<std::optional<std::string>> loaded = newest_value(*newest, terms_.return_values || conflicts);
      if (!loaded) return failed(loaded);
      value = *std::move(loaded);
    }
    return put_lock(last_change, std::move(value), conflicts ? &*newest : nullptr);
  }

  Outcome<std::optional<std::string>> newest_value(const FoundWrite& newest, bool needs_value) const {
    // Starting at the record itself, unlike TiKV, finds the same: a Lock or a Rollback is passed over.
    const std::optional<FoundWrite> put = reader_.seek_put(key_, newest.commit_ts, terms_.start_ts);
    if (!put) return std::optional<std::string>();
    return load(*put, needs_value);
  }

  Outcome<LockedKeyResult> put_lock(LastChange last_change, std::optional<std::string> value,
                                    const FoundWrite* conflicting) {
    Lock lock = new_lock(last_change, conflicting != nullptr);
    if (wanted_.shared) {
      const bool is_new = !sharers_.has_value();
      SharedLocks shared = std::move(sharers_).value_or(SharedLocks());
      shared.by_start_ts[terms_.start_ts] = std::move(lock);
      txn_.put_shared_locks(key_, std::move(shared), is_new);
    } else if (!terms_.lock_only_if_exists || value) {
      txn_.put_lock(key_, std::move(lock), true);
    } else if (conflicting != nullptr) {
      return retry_conflict(*conflicting);
    }
    return result(std::move(value), conflicting == nullptr ? std::nullopt : std::optional(conflicting->commit_ts));
  }

  const PessimisticLockTerms& terms_;
  const PessimisticLockKey& wanted_;
  const Key& key_;
  const MvccReader& reader_;
  TxnState& state_;
  MvccTxn& txn_;
  /// Raised to the version a force lock was taken on.
  std::uint64_t for_update_ts_;
  /// Others this lock joins.
  std::optional<SharedLocks> sharers_;
};

}  // namespace

PessimisticLockTerms PessimisticLockTerms::of(const PessimisticLockRequest& request) {
  return {.primary = request.primary_lock(),
          .start_ts = request.start_version(),
          .lock_ttl_ms = request.lock_ttl(),
          .for_update_ts = request.for_update_ts(),
          .min_commit_ts = request.min_commit_ts(),
          .return_values = request.return_values(),
          .check_existence = request.check_existence(),
          .lock_only_if_exists = request.lock_only_if_exists(),
          .allow_lock_with_conflict = request.wake_up_mode() == proto::kvrpcpb::WakeUpModeForceLock};
}

Outcome<LockedKeyResult> acquire_pessimistic_lock(const PessimisticLockTerms& terms, const PessimisticLockKey& wanted,
                                                  const MvccReader& reader, TxnState& state, MvccTxn& txn) {
  return AcquireLock(terms, wanted, reader, state, txn).run();
}

}  // namespace tikv::testing::store
