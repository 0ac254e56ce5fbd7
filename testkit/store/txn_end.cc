#include "testkit/store/txn_end.h"

#include <algorithm>
#include <utility>

namespace tikv::testing::store {

namespace {

/// The lock as this command leaves it so far: a command may end several transactions that share one lock.
Outcome<LockSlot> current_lock(const MvccReader& reader, const MvccTxn& txn, const Key& key) {
  if (const LockSlot* pending = txn.pending_lock(key)) return *pending;
  return reader.load_lock(key);
}

/// Puts back what is left of shared locks, or unlocks the key when nothing is.
void put_rest_or_unlock(MvccTxn& txn, const Key& key, SharedLocks rest, std::uint64_t commit_ts) {
  if (rest.by_start_ts.empty()) {
    txn.unlock(key, commit_ts);
  } else {
    txn.put_shared_locks(key, std::move(rest), false);
  }
}

/// The transaction's lock, taken out of those it shares the key with (`rest`).
struct OwnLock {
  Lock lock;
  std::optional<SharedLocks> rest;
};

std::optional<OwnLock> own_lock(LockSlot slot, std::uint64_t start_ts) {
  if (auto* lock = std::get_if<Lock>(&slot)) {
    if (lock->start_ts != start_ts) return std::nullopt;
    return OwnLock{.lock = std::move(*lock), .rest = std::nullopt};
  }
  if (auto* shared = std::get_if<SharedLocks>(&slot)) {
    auto own = shared->by_start_ts.extract(start_ts);
    if (own.empty()) return std::nullopt;
    return OwnLock{.lock = std::move(own.mapped()), .rest = std::move(*shared)};
  }
  return std::nullopt;
}

void release(MvccTxn& txn, const Key& key, std::optional<SharedLocks> rest, std::uint64_t commit_ts) {
  if (rest) {
    put_rest_or_unlock(txn, key, *std::move(rest), commit_ts);
  } else {
    txn.unlock(key, commit_ts);
  }
}

/// Folds the newest unprotected rollback at or below ours away.
void collapse_previous_rollback(const MvccReader& reader, MvccTxn& txn, const Key& key) {
  const std::optional<FoundWrite> found = reader.seek_write(key, txn.start_ts());
  if (!found || found->write.kind != WriteKind::kRollback || found->write.is_protected_rollback()) return;
  txn.delete_write(key, found->commit_ts);
}

/// Writes the rollback record. Where another transaction's commit stands in its place, a protected rollback marks that
/// one, and an unprotected one leaves no trace. False: no trace.
bool put_rollback(MvccTxn& txn, const Key& key, const CommitRecord& record, bool is_protected) {
  if (!record.found) {
    txn.put_write(key, txn.start_ts(), Write::rollback(txn.start_ts(), is_protected));
    return true;
  }
  if (!is_protected) return false;
  Write marked = record.found->write;
  marked.overlapped_rollback = true;
  marked.gc_fence = record.gc_fence;
  txn.put_write(key, txn.start_ts(), std::move(marked));
  return true;
}

/// Rolls back the lock that the transaction holds.
Outcome<void> rollback_lock(const MvccReader& reader, MvccTxn& txn, const Key& key, OwnLock own, bool collapse) {
  const CommitRecord record = reader.commit_record(key, txn.start_ts());
  if (record.committed()) return aborted("a lock and a commit of the same transaction");
  if (record.kind == CommitRecord::Kind::kNone) {
    if (!own.lock.short_value && own.lock.kind == LockKind::kPut) txn.delete_value(key, own.lock.start_ts);
    // A primary says how its transaction ended, and a pipelined key may be flushed again.
    const bool is_protected = key.raw() == own.lock.primary || own.lock.generation > 0;
    put_rollback(txn, key, record, is_protected);
    if (collapse) collapse_previous_rollback(reader, txn, key);
  }
  release(txn, key, std::move(own.rest), 0);
  return {};
}

enum class IfMissing { kRollback, kProtectedRollback, kFail };

IfMissing if_missing(bool rollback_if_not_exist) {
  return rollback_if_not_exist ? IfMissing::kProtectedRollback : IfMissing::kFail;
}

std::optional<TxnStatus> determined_status(const CommitRecord& record) {
  if (record.kind == CommitRecord::Kind::kNone) return std::nullopt;
  if (record.committed()) {
    return TxnStatus{.kind = TxnStatus::Kind::kCommitted, .commit_ts = record.found->commit_ts, .lock = {}};
  }
  return TxnStatus{.kind = TxnStatus::Kind::kRolledBack, .lock = {}};
}

/// The transaction holds no lock here: its records tell, or it is rolled back so that nothing late can revive it.
Outcome<TxnStatus> status_without_lock(const MvccReader& reader, MvccTxn& txn, const Key& key,
                                       const std::optional<Lock>& others, IfMissing action,
                                       bool resolving_pessimistic_lock) {
  const CommitRecord record = reader.commit_record(key, txn.start_ts());
  if (std::optional<TxnStatus> status = determined_status(record)) return *std::move(status);
  if (action == IfMissing::kFail) return txn_not_found(txn.start_ts(), key.raw());
  if (resolving_pessimistic_lock) return TxnStatus{.kind = TxnStatus::Kind::kLockNotExistDoNothing, .lock = {}};
  const bool is_protected = action == IfMissing::kProtectedRollback;
  if (!is_protected) collapse_previous_rollback(reader, txn, key);
  if (others && !record.found) txn.mark_rollback_on(key, *others, is_protected);
  put_rollback(txn, key, record, is_protected);
  return TxnStatus{.kind = TxnStatus::Kind::kLockNotExist, .lock = {}};
}

std::optional<Lock> exclusive_lock(const LockSlot& slot) {
  const auto* lock = std::get_if<Lock>(&slot);
  return lock == nullptr ? std::nullopt : std::optional(*lock);
}

Outcome<void> commit_without_lock(const MvccReader& reader, const MvccTxn& txn, const Key& key) {
  if (reader.commit_record(key, txn.start_ts()).committed()) return {};
  return txn_lock_not_found(key.raw());
}

}  // namespace

Outcome<void> commit_key(const MvccReader& reader, MvccTxn& txn, const Key& key, std::uint64_t commit_ts) {
  Outcome<LockSlot> slot = current_lock(reader, txn, key);
  if (!slot) return failed(slot);
  std::optional<OwnLock> own = own_lock(*std::move(slot), txn.start_ts());
  if (!own) return commit_without_lock(reader, txn, key);
  Lock& lock = own->lock;
  if (commit_ts < lock.min_commit_ts) {
    return commit_ts_expired(txn.start_ts(), commit_ts, key.raw(), lock.min_commit_ts);
  }
  // A pessimistic lock left behind by a committed transaction protects nothing.
  if (lock.pessimistic()) {
    release(txn, key, std::move(own->rest), 0);
    return {};
  }
  Write write;
  write.kind = write_kind_of(lock.kind);
  write.start_ts = txn.start_ts();
  write.short_value = std::move(lock.short_value);
  write.last_change = lock.last_change;
  write.overlapped_rollback = std::ranges::find(lock.rollback_ts, commit_ts) != lock.rollback_ts.end();
  txn.put_write(key, commit_ts, std::move(write));
  release(txn, key, std::move(own->rest), commit_ts);
  return {};
}

Outcome<void> rollback_key(const MvccReader& reader, MvccTxn& txn, const Key& key, std::uint64_t current_ts,
                           bool protect) {
  Outcome<LockSlot> slot = current_lock(reader, txn, key);
  if (!slot) return failed(slot);
  if (std::optional<OwnLock> own = own_lock(*slot, txn.start_ts())) {
    if (current_ts != 0 && !own->lock.expired_at(current_ts)) {
      return key_is_locked(own->rest ? lock_info(std::get<SharedLocks>(*slot), key.raw())
                                     : lock_info(own->lock, key.raw()));
    }
    return rollback_lock(reader, txn, key, *std::move(own), !protect);
  }
  Outcome<TxnStatus> status = status_without_lock(
      reader, txn, key, exclusive_lock(*slot), protect ? IfMissing::kProtectedRollback : IfMissing::kRollback, false);
  if (!status) return failed(status);
  if (status->kind == TxnStatus::Kind::kCommitted) return committed(status->commit_ts);
  return {};
}

namespace {

/// The status of a transaction whose lock stands on the key that was asked.
class LockedStatus {
 public:
  LockedStatus(const proto::kvrpcpb::CheckTxnStatusRequest& request, const MvccReader& reader, MvccTxn& txn,
               const Key& key, Lock lock)
      : request_(request), reader_(reader), txn_(txn), key_(key), lock_(std::move(lock)) {}

  Outcome<TxnStatus> run() {
    if (request_.verify_is_primary() && key_.raw() != lock_.primary) return not_the_primary();
    // Whether an async commit ended is for its secondaries to say.
    if (lock_.use_async_commit && !request_.force_sync_commit()) return alive(false);
    if (lock_.pessimistic()) {
      if (std::optional<Outcome<TxnStatus>> ended = ended_pessimistic()) return *std::move(ended);
    } else if (lock_.expired_at(request_.current_ts())) {
      return roll_back();
    }
    push_min_commit_ts();
    const std::uint64_t caller = request_.caller_start_ts();
    return alive(caller == kMaxTs || (caller != 0 && lock_.min_commit_ts > caller));
  }

 private:
  Outcome<TxnStatus> not_the_primary() {
    // The primary of a pessimistic transaction may have changed: then a lock on the old one says nothing.
    if (request_.resolving_pessimistic_lock() || !lock_.pessimistic()) {
      return primary_mismatch(lock_info(lock_, key_.raw()));
    }
    Outcome<TxnStatus> status =
        status_without_lock(reader_, txn_, key_, std::nullopt, if_missing(request_.rollback_if_not_exist()), false);
    if (status) txn_.unlock(key_, 0);
    return status;
  }

  std::optional<Outcome<TxnStatus>> ended_pessimistic() {
    if (lock_.locked_with_conflict) {
      // Such a lock may be a late one, of a transaction that has ended.
      if (auto status = determined_status(reader_.commit_record(key_, txn_.start_ts()))) {
        txn_.unlock(key_, 0);
        return *std::move(status);
      }
    }
    if (!lock_.expired_at(request_.current_ts())) return std::nullopt;
    if (!request_.resolving_pessimistic_lock()) return roll_back();
    // The transaction may go on with another primary: no rollback record.
    txn_.unlock(key_, 0);
    return TxnStatus{.kind = TxnStatus::Kind::kPessimisticTtlExpired, .lock = {}};
  }

  Outcome<TxnStatus> roll_back() {
    Outcome<void> done = rollback_lock(reader_, txn_, key_, {.lock = lock_, .rest = std::nullopt}, true);
    if (!done) return failed(done);
    return TxnStatus{.kind = TxnStatus::Kind::kTtlExpired, .lock = {}};
  }

  void push_min_commit_ts() {
    const std::uint64_t caller = request_.caller_start_ts();
    if (lock_.min_commit_ts == 0 || caller == kMaxTs || caller < lock_.min_commit_ts) return;
    lock_.min_commit_ts = std::max(caller + 1, request_.current_ts());
    txn_.put_lock(key_, lock_, false);
  }

  TxnStatus alive(bool min_commit_ts_pushed) const {
    return {.kind = TxnStatus::Kind::kLocked, .lock = lock_, .min_commit_ts_pushed = min_commit_ts_pushed};
  }

  const proto::kvrpcpb::CheckTxnStatusRequest& request_;
  const MvccReader& reader_;
  MvccTxn& txn_;
  const Key& key_;
  Lock lock_;
};

}  // namespace

Outcome<TxnStatus> check_txn_status(const proto::kvrpcpb::CheckTxnStatusRequest& request, const MvccReader& reader,
                                    TxnState& state, MvccTxn& txn) {
  state.saw_read_at(request.lock_ts());
  state.saw_read_at(request.current_ts());
  state.saw_read_at(request.caller_start_ts());
  const Key key(request.primary_key());
  Outcome<LockSlot> slot = reader.load_lock(key);
  if (!slot) return failed(slot);
  if (const auto* shared = std::get_if<SharedLocks>(&*slot)) {
    return primary_mismatch(lock_info(*shared, key.raw()));
  }
  const std::optional<Lock> lock = exclusive_lock(*slot);
  Outcome<TxnStatus> status =
      lock && lock->start_ts == txn.start_ts()
          ? LockedStatus(request, reader, txn, key, *lock).run()
          : status_without_lock(reader, txn, key, lock, if_missing(request.rollback_if_not_exist()),
                                request.resolving_pessimistic_lock());
  if (status && status->kind == TxnStatus::Kind::kCommitted) state.saw_commit(txn.start_ts(), status->commit_ts);
  return status;
}

Outcome<std::uint64_t> txn_heart_beat(const proto::kvrpcpb::TxnHeartBeatRequest& request, const MvccReader& reader,
                                      MvccTxn& txn) {
  const Key key(request.primary_lock());
  Outcome<LockSlot> slot = reader.load_lock(key);
  if (!slot) return failed(slot);
  if (const auto* shared = std::get_if<SharedLocks>(&*slot);
      shared != nullptr && shared->by_start_ts.contains(txn.start_ts())) {
    return primary_mismatch(lock_info(*shared, key.raw()));
  }
  std::optional<Lock> lock = exclusive_lock(*slot);
  if (!lock || lock->start_ts != txn.start_ts()) return txn_not_found(txn.start_ts(), key.raw());
  const bool longer = lock->ttl_ms < request.advise_lock_ttl();
  if (longer) lock->ttl_ms = request.advise_lock_ttl();
  // Only a pipelined transaction tells how far it is.
  const bool higher = !lock->use_async_commit && lock->generation > 0 && lock->min_commit_ts < request.min_commit_ts();
  if (higher) lock->min_commit_ts = request.min_commit_ts();
  if (longer || higher) txn.put_lock(key, *lock, false);
  return lock->ttl_ms;
}

namespace {

/// One key of a check of secondary locks.
struct SecondaryStatus {
  std::optional<Lock> lock;
  std::uint64_t commit_ts = 0;
  bool write_rollback = false;
  CommitRecord record;
};

SecondaryStatus from_records(const MvccReader& reader, const Key& key, std::uint64_t start_ts) {
  SecondaryStatus status;
  status.record = reader.commit_record(key, start_ts);
  if (status.record.committed()) status.commit_ts = status.record.found->commit_ts;
  status.write_rollback = status.record.kind == CommitRecord::Kind::kNone;
  return status;
}

Outcome<SecondaryStatus> secondary_status(const MvccReader& reader, MvccTxn& txn, const Key& key,
                                          const std::optional<Lock>& lock) {
  if (!lock || lock->start_ts != txn.start_ts()) return from_records(reader, key, txn.start_ts());
  if (!lock->pessimistic()) return SecondaryStatus{.lock = lock, .record = {}};
  txn.unlock(key, 0);
  SecondaryStatus status = from_records(reader, key, txn.start_ts());
  if (!lock->locked_with_conflict && !status.write_rollback) {
    return aborted("a pessimistic lock beside a record of the same transaction");
  }
  return status;
}

}  // namespace

Outcome<SecondaryLocks> check_secondary_locks(const proto::kvrpcpb::CheckSecondaryLocksRequest& request,
                                              const MvccReader& reader, TxnState& state, MvccTxn& txn) {
  // A commit must not land on the protected rollback that may be written here.
  state.saw_read_at(request.start_version());
  SecondaryLocks result;
  for (const std::string& raw : request.keys()) {
    const Key key(raw);
    Outcome<LockSlot> slot = reader.load_lock(key);
    if (!slot) return failed(slot);
    const std::optional<Lock> lock = exclusive_lock(*slot);
    Outcome<SecondaryStatus> status = secondary_status(reader, txn, key, lock);
    if (!status) return failed(status);
    if (status->write_rollback) {
      if (lock && lock->start_ts != txn.start_ts()) txn.mark_rollback_on(key, *lock, true);
      put_rollback(txn, key, status->record, true);
      collapse_previous_rollback(reader, txn, key);
    }
    if (!status->lock) {
      result.locks.clear();
      result.commit_ts = status->commit_ts;
      if (result.commit_ts != 0) state.saw_commit(txn.start_ts(), result.commit_ts);
      return result;
    }
    result.locks.push_back(lock_info(*status->lock, raw));
  }
  return result;
}

Outcome<void> resolve_locks(const std::vector<LockedKey>& locks,
                            const std::map<std::uint64_t, std::uint64_t>& commit_ts_of, const MvccReader& reader,
                            TxnState& state, MvccTxn& txn) {
  std::map<std::uint64_t, std::uint64_t> resolved;
  const auto resolve = [&](const Key& key, const Lock& lock) -> Outcome<void> {
    const std::uint64_t commit_ts = commit_ts_of.at(lock.start_ts);
    txn.set_start_ts(lock.start_ts);
    if (commit_ts == 0) return rollback_key(reader, txn, key, 0, false);
    if (commit_ts <= lock.start_ts) return aborted("a commit_ts must be above the start_ts");
    Outcome<void> done = commit_key(reader, txn, key, commit_ts);
    // Pessimistic locks may be left by a statement that was retried.
    if (!done && done.error().kind == FailureKind::kTxnLockNotFound && lock.pessimistic()) return {};
    if (done) resolved.emplace(lock.start_ts, commit_ts);
    return done;
  };
  for (const LockedKey& locked : locks) {
    if (const auto* lock = std::get_if<Lock>(&locked.lock)) {
      Outcome<void> done = resolve(locked.key, *lock);
      if (!done) return done;
    } else if (const auto* shared = std::get_if<SharedLocks>(&locked.lock)) {
      for (const auto& [start_ts, lock_of_one] : shared->by_start_ts) {
        Outcome<void> done = resolve(locked.key, lock_of_one);
        if (!done) return done;
      }
    }
  }
  for (const auto& [start_ts, commit_ts] : resolved) state.saw_commit(start_ts, commit_ts);
  return {};
}

Outcome<void> pessimistic_rollback_key(const MvccReader& reader, MvccTxn& txn, const Key& key,
                                       std::uint64_t for_update_ts) {
  Outcome<LockSlot> slot = reader.load_lock(key);
  if (!slot) return failed(slot);
  std::optional<OwnLock> own = own_lock(*std::move(slot), txn.start_ts());
  if (own && own->lock.pessimistic() && own->lock.for_update_ts <= for_update_ts) {
    release(txn, key, std::move(own->rest), 0);
  }
  return {};
}

}  // namespace tikv::testing::store
