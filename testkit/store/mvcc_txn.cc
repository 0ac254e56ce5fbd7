#include "testkit/store/mvcc_txn.h"

#include <ranges>

namespace tikv::testing::store {

void MvccTxn::put_lock(const Key& key, Lock lock, bool is_new) {
  changes_.push_back({.key = key, .what = PutLock{.lock = std::move(lock), .is_new = is_new}});
}

void MvccTxn::put_shared_locks(const Key& key, SharedLocks locks, bool is_new) {
  changes_.push_back({.key = key, .what = PutLock{.lock = std::move(locks), .is_new = is_new}});
}

void MvccTxn::unlock(const Key& key, std::uint64_t commit_ts) {
  changes_.push_back({.key = key, .what = DeleteLock{}});
  released_.push_back({.start_ts = start_ts_, .commit_ts = commit_ts, .key = key});
}

void MvccTxn::put_write(const Key& key, std::uint64_t commit_ts, Write write) {
  changes_.push_back({.key = key, .what = PutWrite{.commit_ts = commit_ts, .write = std::move(write)}});
}

void MvccTxn::delete_write(const Key& key, std::uint64_t commit_ts) {
  changes_.push_back({.key = key, .what = DeleteWrite{.commit_ts = commit_ts}});
}

void MvccTxn::put_value(const Key& key, std::uint64_t start_ts, std::string value) {
  changes_.push_back({.key = key, .what = PutValue{.start_ts = start_ts, .value = std::move(value)}});
}

void MvccTxn::delete_value(const Key& key, std::uint64_t start_ts) {
  changes_.push_back({.key = key, .what = DeleteValue{.start_ts = start_ts}});
}

void MvccTxn::hold_for_one_pc(const Key& key, Lock lock, bool over_pessimistic_lock) {
  held_.push_back({.key = key, .lock = std::move(lock), .over_pessimistic_lock = over_pessimistic_lock});
}

void MvccTxn::commit_one_pc(std::uint64_t commit_ts) {
  for (HeldLock& held : std::exchange(held_, {})) {
    Write write;
    write.kind = write_kind_of(held.lock.kind);
    write.start_ts = start_ts_;
    write.short_value = std::move(held.lock.short_value);
    write.last_change = held.lock.last_change;
    put_write(held.key, commit_ts, std::move(write));
    if (held.over_pessimistic_lock) unlock(held.key, commit_ts);
  }
}

void MvccTxn::abandon_one_pc() {
  for (HeldLock& held : std::exchange(held_, {})) {
    put_lock(held.key, std::move(held.lock), !held.over_pessimistic_lock);
  }
}

const LockSlot* MvccTxn::pending_lock(const Key& key) const {
  static const LockSlot unlocked;
  for (const Change& change : changes_ | std::views::reverse) {
    if (change.key != key) continue;
    if (const auto* put = std::get_if<PutLock>(&change.what)) return &put->lock;
    if (std::holds_alternative<DeleteLock>(change.what)) return &unlocked;
  }
  return nullptr;
}

void MvccTxn::mark_rollback_on(const Key& key, Lock other, bool is_protected) {
  // Only an async commit computes its commit_ts, and never one below min_commit_ts.
  if (!is_protected || start_ts_ < other.min_commit_ts || !other.use_async_commit) return;
  other.rollback_ts.push_back(start_ts_);
  put_lock(key, std::move(other), false);
}

void MvccTxn::clear() {
  changes_.clear();
  released_.clear();
  held_.clear();
}

namespace {

struct Applier {
  KeyRecords& records;

  void operator()(const PutLock& put) const { records.lock = put.lock; }
  void operator()(const DeleteLock&) const { records.lock = std::monostate{}; }
  void operator()(const PutWrite& put) const { records.writes[put.commit_ts] = put.write; }
  void operator()(const DeleteWrite& gone) const { records.writes.erase(gone.commit_ts); }
  void operator()(const PutValue& put) const { records.values[put.start_ts] = put.value; }
  void operator()(const DeleteValue& gone) const { records.values.erase(gone.start_ts); }
};

}  // namespace

void apply_changes(const MvccTxn& txn, MvccData& data) {
  for (const Change& change : txn.changes()) {
    const auto [entry, inserted] = data.try_emplace(change.key.encoded());
    std::visit(Applier{.records = entry->second}, change.what);
    if (entry->second.empty()) data.erase(entry);
  }
}

}  // namespace tikv::testing::store
