#include "testkit/store/key_prewrite.h"

#include <algorithm>

namespace tikv::testing::store {

using proto::kvrpcpb::Assertion;
using proto::kvrpcpb::AssertionLevel;
using proto::kvrpcpb::LockInfo;
using proto::kvrpcpb::Mutation;
using proto::kvrpcpb::Op;
using proto::kvrpcpb::PrewriteRequest;
using proto::kvrpcpb::WriteConflict;

namespace {

/// The lock a mutation leaves, or nothing if it only checks.
std::optional<LockKind> lock_kind_of(Op op) {
  switch (op) {
    case Op::Put:
    case Op::Insert:
      return LockKind::kPut;
    case Op::Del:
      return LockKind::kDelete;
    case Op::Lock:
    case Op::SharedLock:
      return LockKind::kLock;
    default:
      return std::nullopt;
  }
}

bool is_known(Op op) { return lock_kind_of(op).has_value() || op == Op::CheckNotExists; }

std::unexpected<Failure> pessimistic_lock_not_found() {
  return abort_of_kind(FailureKind::kPessimisticLockNotFound, "the pessimistic lock is not there");
}

/// How the key is locked by this transaction.
struct Held {
  enum class By { kNobody, kPessimistic, kPrewrite };
  By by = By::kNobody;
  /// `kPessimistic`.
  std::uint64_t for_update_ts = 0;
  /// `kPrewrite` with async commit.
  std::uint64_t min_commit_ts = 0;
};

class KeyPrewrite {
 public:
  KeyPrewrite(const PrewriteTxn& props, const PrewriteKey& item, const MvccReader& reader, TxnState& state,
              MvccTxn& txn)
      : props_(props),
        item_(item),
        reader_(reader),
        state_(state),
        txn_(txn),
        key_(item.mutation.key()),
        lock_ttl_ms_(props.lock_ttl_ms),
        min_commit_ts_(props.min_commit_ts) {}

  Outcome<std::uint64_t> run() {
    if (!is_known(op())) return aborted("this operation cannot be prewritten");
    if (pessimistic() && op() == Op::CheckNotExists) return aborted("cannot check not-exists pessimistically");
    if (should_not_exist()) state_.saw_read_at(props_.start_ts);

    Outcome<Held> held = examine_lock();
    if (!held) return failed(held);
    if (item_.generation == 0 && held->by == Held::By::kPrewrite) return held->min_commit_ts;

    bool newest_known = false;
    std::optional<FoundWrite> newest;
    if (!skips_constraint_check()) {
      Outcome<std::optional<FoundWrite>> checked = check_newer_version();
      if (!checked) return failed(checked);
      newest = *std::move(checked);
      newest_known = true;
    }
    const bool flushed_before = item_.generation > 0 && held->by == Held::By::kPrewrite;
    if (!amended_ && !flushed_before) {
      if (auto failure = check_assertion(newest, newest_known)) return *std::move(failure);
    }
    if (op() == Op::CheckNotExists) return min_commit_ts_of_check();
    return write_lock(*held);
  }

 private:
  Op op() const { return item_.mutation.op(); }
  bool pessimistic() const { return props_.for_update_ts.has_value(); }
  bool shared() const { return op() == Op::SharedLock; }
  bool should_not_exist() const { return op() == Op::Insert || op() == Op::CheckNotExists; }
  bool expects_pessimistic_lock() const { return item_.action == PrewriteRequest::DO_PESSIMISTIC_CHECK; }

  bool skips_constraint_check() const {
    if (!pessimistic()) return props_.skip_constraint_check;
    if (expects_pessimistic_lock()) return true;
    // A retry must find out that the first attempt has already committed.
    return item_.action == PrewriteRequest::SKIP_PESSIMISTIC_CHECK && !props_.is_retry;
  }

  std::uint64_t min_commit_ts_of_check() {
    state_.saw_read_at(props_.start_ts);
    if (props_.commit_kind == CommitKind::kTwoPhases) return 0;
    return std::max(props_.min_commit_ts, props_.start_ts + 1);
  }

  Outcome<Held> examine_lock() {
    Outcome<LockSlot> slot = reader_.load_lock(key_);
    if (!slot) return failed(slot);
    if (const auto* lock = std::get_if<Lock>(&*slot)) {
      if (shared()) return key_is_locked(lock_info(*lock, key_.raw()));
      return examine_own_or_others(*lock);
    }
    if (auto* locks = std::get_if<SharedLocks>(&*slot)) return examine_shared(std::move(*locks));
    if (!expects_pessimistic_lock()) return Held();
    if (shared()) return pessimistic_lock_not_found();
    return amend_lost_lock();
  }

  Outcome<Held> examine_shared(SharedLocks locks) {
    const auto own = locks.by_start_ts.find(props_.start_ts);
    if (own == locks.by_start_ts.end()) {
      if (shared()) return pessimistic_lock_not_found();
      return key_is_locked(lock_info(locks, key_.raw()));
    }
    if (!shared()) return aborted("a shared lock is prewritten with SharedLock");
    Outcome<Held> held = examine_own_or_others(own->second);
    if (held) shared_locks_ = std::move(locks);
    return held;
  }

  Outcome<Held> examine_own_or_others(const Lock& lock) {
    if (lock.start_ts != props_.start_ts) {
      if (expects_pessimistic_lock()) return pessimistic_lock_not_found();
      LockInfo info = lock_info(lock, key_.raw());
      // Who prewrites pessimistically has its rows locked; what is in the way on other keys may be resolved at once.
      if (pessimistic()) info.set_lock_ttl(0);
      return key_is_locked(std::move(info));
    }
    last_change_ = lock.last_change;
    if (lock.pessimistic()) return take_over(lock);
    if (item_.generation > 0 && lock.generation >= item_.generation) {
      return abort_of_kind(FailureKind::kGenerationOutOfOrder, "an earlier flush comes late");
    }
    if (lock.generation > 0 && should_not_exist() && lock.kind == LockKind::kPut) return already_exist(key_.raw());
    return Held{.by = Held::By::kPrewrite, .min_commit_ts = lock.use_async_commit ? lock.min_commit_ts : 0};
  }

  Outcome<Held> take_over(const Lock& lock) {
    if (!pessimistic()) return aborted("the lock is pessimistic, the prewrite is not");
    if (item_.expected_for_update_ts && *item_.expected_for_update_ts != lock.for_update_ts) {
      return pessimistic_lock_not_found();
    }
    // Heartbeats and status checks may have pushed them.
    lock_ttl_ms_ = std::max(lock_ttl_ms_, lock.ttl_ms);
    min_commit_ts_ = std::max(min_commit_ts_, lock.min_commit_ts);
    return Held{.by = Held::By::kPessimistic, .for_update_ts = lock.for_update_ts};
  }

  /// The pessimistic lock was lost. If nothing was written since the transaction started, it is as if it were there.
  Outcome<Held> amend_lost_lock() {
    const std::optional<FoundWrite> newest = reader_.seek_write(key_, kMaxTs);
    if (newest && newest->commit_ts >= props_.start_ts) return pessimistic_lock_not_found();
    last_change_ = newest ? reader_.last_change_above(key_, *newest, props_.start_ts) : LastChange::not_exist();
    if (auto failure = check_assertion(newest, true)) return *std::move(failure);
    amended_ = true;
    return Held();
  }

  std::unexpected<Failure> conflict(const FoundWrite& found, WriteConflict::Reason reason) const {
    return write_conflict({.start_ts = props_.start_ts,
                           .conflict_start_ts = found.write.start_ts,
                           .conflict_commit_ts = found.commit_ts,
                           .key = key_.raw(),
                           .primary = props_.primary,
                           .reason = reason});
  }

  std::optional<std::unexpected<Failure>> judge_version(const FoundWrite& found) const {
    const bool rolled_back = found.write.kind == WriteKind::kRollback || found.write.overlapped_rollback;
    if (found.commit_ts == props_.start_ts && rolled_back) return conflict(found, WriteConflict::SelfRolledBack);
    if (found.commit_ts <= props_.start_ts) return std::nullopt;
    if (!pessimistic()) return conflict(found, WriteConflict::Optimistic);
    if (item_.action == PrewriteRequest::DO_CONSTRAINT_CHECK)
      return conflict(found, WriteConflict::LazyUniquenessCheck);
    return std::nullopt;
  }

  /// The newest record that matters, or what it forbids.
  Outcome<std::optional<FoundWrite>> check_newer_version() {
    std::uint64_t seek_ts = kMaxTs;
    while (std::optional<FoundWrite> found = reader_.seek_write(key_, seek_ts)) {
      if (seek_ts == kMaxTs) last_change_ = reader_.last_change_above(key_, *found, props_.start_ts);
      if (auto failure = judge_version(*found)) return *std::move(failure);
      if (pessimistic() && found->commit_ts > *props_.for_update_ts) {
        // A rollback may be written beside another transaction's pessimistic locks: it is no conflict.
        if (found->write.kind != WriteKind::kRollback) return pessimistic_lock_not_found();
        seek_ts = found->commit_ts - 1;
        continue;
      }
      if (should_not_exist()) {
        if (auto failure = check_should_not_exist(reader_, key_, *found, props_.start_ts)) return *std::move(failure);
      }
      return found;
    }
    if (seek_ts == kMaxTs) last_change_ = LastChange::not_exist();
    return std::optional<FoundWrite>();
  }

  std::optional<std::unexpected<Failure>> check_assertion(std::optional<FoundWrite> newest, bool newest_known) {
    const Assertion assertion = item_.mutation.assertion();
    if (assertion == Assertion::None || props_.assertion_level == AssertionLevel::Off) return std::nullopt;
    if (props_.assertion_level != AssertionLevel::Strict && !newest_known) return std::nullopt;
    if (newest && newest->write.gc_fence.value_or(0) != 0) newest.reset();
    if (!newest_known || (newest && !newest->write.is_change())) {
      newest = reader_.seek_put(key_, newest ? newest->commit_ts : kMaxTs, props_.start_ts);
    }
    const bool exists = newest && newest->write.kind == WriteKind::kPut;
    const bool deleted = newest && newest->write.kind == WriteKind::kDelete;
    const bool holds = assertion == Assertion::Exist ? newest && !deleted : !exists;
    if (holds) return std::nullopt;
    // A rollback makes assertions fail too, and is the better explanation.
    if (skips_constraint_check()) {
      Outcome<std::optional<FoundWrite>> checked = check_newer_version();
      if (!checked) return failed(checked);
    }
    return assertion_failed(props_.start_ts, key_.raw(), assertion, newest ? newest->write.start_ts : 0,
                            newest ? newest->commit_ts : 0);
  }

  Lock make_lock(const Held& held) {
    Lock lock;
    lock.kind = *lock_kind_of(op());
    lock.primary = props_.primary;
    lock.start_ts = props_.start_ts;
    lock.ttl_ms = lock_ttl_ms_;
    lock.for_update_ts = std::max(props_.for_update_ts.value_or(0), held.for_update_ts);
    lock.txn_size = props_.txn_size;
    lock.min_commit_ts = min_commit_ts_;
    lock.generation = item_.generation;
    if (lock.kind == LockKind::kLock) lock.last_change = last_change_;
    if (op() == Op::Put || op() == Op::Insert) {
      if (item_.mutation.value().size() <= kShortValueMaxBytes) {
        lock.short_value = item_.mutation.value();
      } else {
        txn_.put_value(key_, props_.start_ts, item_.mutation.value());
      }
    }
    if (item_.secondaries != nullptr) {
      lock.use_async_commit = true;
      lock.secondaries = *item_.secondaries;
    }
    return lock;
  }

  /// Chooses the lock's min_commit_ts above everything read so far. False: above the transaction's limit.
  bool choose_min_commit_ts(Lock& lock, std::uint64_t& chosen) const {
    const std::uint64_t above_reads =
        std::max({state_.max_ts(), props_.start_ts, props_.for_update_ts.value_or(0)}) + 1;
    chosen = std::max(lock.min_commit_ts, above_reads);
    if (props_.max_commit_ts != 0 && chosen > props_.max_commit_ts) return false;
    lock.min_commit_ts = chosen;
    return true;
  }

  Outcome<std::uint64_t> write_lock(const Held& held) {
    Lock lock = make_lock(held);
    bool one_phase = props_.commit_kind == CommitKind::kOnePhase;
    bool too_large = false;
    std::uint64_t min_commit_ts = 0;
    if (lock.use_async_commit || one_phase) {
      too_large = !choose_min_commit_ts(lock, min_commit_ts);
      if (too_large) {
        one_phase = false;
        lock.use_async_commit = false;
        lock.secondaries.clear();
      }
    }
    if (shared_locks_) {
      if (item_.generation > 0 || one_phase || lock.use_async_commit) return aborted("not with shared locks");
      shared_locks_->by_start_ts[props_.start_ts] = std::move(lock);
      txn_.put_shared_locks(key_, *std::move(shared_locks_), false);
    } else if (one_phase) {
      txn_.hold_for_one_pc(key_, std::move(lock), held.by == Held::By::kPessimistic);
    } else {
      txn_.put_lock(key_, std::move(lock), !expects_pessimistic_lock() || amended_);
    }
    if (too_large) return commit_ts_too_large(min_commit_ts);
    return min_commit_ts;
  }

  const PrewriteTxn& props_;
  const PrewriteKey& item_;
  const MvccReader& reader_;
  TxnState& state_;
  MvccTxn& txn_;
  Key key_;
  std::uint64_t lock_ttl_ms_;
  std::uint64_t min_commit_ts_;
  LastChange last_change_;
  bool amended_ = false;
  /// The locks this one is written among, if the key is shared.
  std::optional<SharedLocks> shared_locks_;
};

}  // namespace

std::optional<std::unexpected<Failure>> check_should_not_exist(const MvccReader& reader, const Key& key,
                                                               const FoundWrite& found, std::uint64_t start_ts) {
  // The newest record cannot be fenced by a newer one, unless it was collected as garbage.
  if (found.write.kind == WriteKind::kDelete || found.write.gc_fence.value_or(0) != 0) return std::nullopt;
  if (found.write.kind == WriteKind::kPut || reader.seek_put(key, found.commit_ts - 1, start_ts)) {
    return already_exist(key.raw());
  }
  return std::nullopt;
}

Outcome<std::uint64_t> prewrite_key(const PrewriteTxn& props, const PrewriteKey& item, const MvccReader& reader,
                                    TxnState& state, MvccTxn& txn) {
  return KeyPrewrite(props, item, reader, state, txn).run();
}

}  // namespace tikv::testing::store
