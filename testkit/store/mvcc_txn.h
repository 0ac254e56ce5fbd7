#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "testkit/store/key.h"
#include "testkit/store/records.h"

namespace tikv::testing::store {

/// A lock that a command takes away, for those who wait for it. `commit_ts` is zero after a rollback.
struct ReleasedLock {
  std::uint64_t start_ts = 0;
  std::uint64_t commit_ts = 0;
  Key key;
};

/// One change to the records of a key.
struct PutLock {
  LockSlot lock;
  /// The key was not locked by this transaction before.
  bool is_new = false;
};
struct DeleteLock {};
struct PutWrite {
  std::uint64_t commit_ts = 0;
  Write write;
};
struct DeleteWrite {
  std::uint64_t commit_ts = 0;
};
struct PutValue {
  std::uint64_t start_ts = 0;
  std::string value;
};
struct DeleteValue {
  std::uint64_t start_ts = 0;
};
struct Change {
  Key key;
  std::variant<PutLock, DeleteLock, PutWrite, DeleteWrite, PutValue, DeleteValue> what;
};

/// The changes of one command, collected while it runs and applied as a whole if it succeeds. A command reads the
/// records as they were before it (`commit` and `cleanup` also look at the locks changed so far).
class MvccTxn {
 public:
  explicit MvccTxn(std::uint64_t start_ts) : start_ts_(start_ts) {}

  std::uint64_t start_ts() const { return start_ts_; }
  /// A command that resolves several transactions goes from one to the next.
  void set_start_ts(std::uint64_t start_ts) { start_ts_ = start_ts; }

  void put_lock(const Key& key, Lock lock, bool is_new);
  void put_shared_locks(const Key& key, SharedLocks locks, bool is_new);
  void unlock(const Key& key, std::uint64_t commit_ts);
  void put_write(const Key& key, std::uint64_t commit_ts, Write write);
  void delete_write(const Key& key, std::uint64_t commit_ts);
  void put_value(const Key& key, std::uint64_t start_ts, std::string value);
  void delete_value(const Key& key, std::uint64_t start_ts);

  /// Locks of a transaction that commits in one phase are held back until it is known that all keys can.
  void hold_for_one_pc(const Key& key, Lock lock, bool over_pessimistic_lock);
  void commit_one_pc(std::uint64_t commit_ts);
  /// Turns the held back locks into ordinary ones.
  void abandon_one_pc();

  /// The lock on `key` as this command leaves it, or null if it has not touched it.
  const LockSlot* pending_lock(const Key& key) const;

  /// A rollback of this transaction is written on a key that another transaction holds: if that one may choose a
  /// commit_ts equal to our start_ts, its lock is told, so that its commit keeps the rollback.
  void mark_rollback_on(const Key& key, Lock other, bool is_protected);

  void clear();

  const std::vector<Change>& changes() const { return changes_; }
  const std::vector<ReleasedLock>& released() const { return released_; }

 private:
  struct HeldLock {
    Key key;
    Lock lock;
    bool over_pessimistic_lock;
  };

  std::uint64_t start_ts_;
  std::vector<Change> changes_;
  std::vector<ReleasedLock> released_;
  std::vector<HeldLock> held_;
};

/// Applies the changes of a command. Keys with nothing left are dropped.
void apply_changes(const MvccTxn& txn, MvccData& data);

}  // namespace tikv::testing::store
