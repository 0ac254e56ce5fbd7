#pragma once

#include <tikv/proto/kvrpcpb.pb.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "testkit/store/deadlock_detector.h"
#include "testkit/store/environment.h"
#include "testkit/store/mvcc_txn.h"
#include "testkit/store/pessimistic_lock.h"
#include "testkit/store/region_view.h"

namespace tikv::testing::store {

/// A request for a pessimistic lock that waits for another's lock.
struct LockWaiter {
  PessimisticLockTerms terms;
  PessimisticLockKey wanted;
  RegionView region;
  /// Its transaction holds no other lock, so it cannot be in a circle.
  bool is_first_lock = false;
  std::string resource_group_tag;
  std::chrono::milliseconds timeout{};
  /// Called once, with the lock or with why there is none.
  std::move_only_function<void(Outcome<LockedKeyResult>)> done;
};

/// The queues of those who wait for locks, one for each key, the oldest transaction first, with TiKV's rules:
/// a waiter that may lock in spite of a conflict is resumed when the lock is released; another is sent back to try
/// again
/// (`PessimisticRetry`), and after a moment so are all who waited with it.
class LockWaits {
 public:
  /// `resume` tries again for a waiter that was woken: it calls `done`, or puts it back by `wait_again`.
  using Resume = std::function<void(LockWaiter, std::uint64_t token)>;

  LockWaits(Environment& environment, Resume resume) : environment_(environment), resume_(std::move(resume)) {}
  LockWaits(const LockWaits&) = delete;
  LockWaits& operator=(const LockWaits&) = delete;
  ~LockWaits();

  /// The waiter waits for `lock`, at most as long as it said, and never longer than TiKV's wait-for-lock-timeout.
  void wait(LockWaiter waiter, proto::kvrpcpb::LockInfo lock);
  /// The resumed one met another lock. Its time goes on.
  void wait_again(LockWaiter waiter, std::uint64_t token, proto::kvrpcpb::LockInfo lock);
  /// The resumed one is done: its timer is stopped.
  void finish(std::uint64_t token, LockWaiter& waiter, Outcome<LockedKeyResult> result);

  /// Tells the queues what a command changed: locks released, and locks taken by somebody new.
  void after(const MvccTxn& txn);

  /// Ends every wait on keys of `region` (its leader went away): they time out now.
  void abandon(std::uint64_t region_id);

  std::size_t size() const { return timers_.size(); }

 private:
  struct Entry {
    LockWaiter waiter;
    proto::kvrpcpb::LockInfo lock;
    /// How many had been sent back when this one came.
    std::size_t wake_up_index = 0;
  };
  /// Start_ts and token.
  using Position = std::pair<std::uint64_t, std::uint64_t>;
  struct Queue {
    std::map<Position, Entry> entries;
    std::size_t wake_up_index = 0;
    std::uint64_t conflict_start_ts = 0;
    std::uint64_t conflict_commit_ts = 0;
    Environment::TimerId notify_all = 0;
  };
  using Queues = std::map<Key, Queue>;

  void released(const ReleasedLock& lock);
  void taken(const Key& key, const LockSlot& lock);
  void send_back(Entry entry, const Queue& queue, std::uint64_t token);
  void end(Entry& entry, std::uint64_t token, Outcome<LockedKeyResult> result);
  void notify_all(const Key& key);
  void schedule_notify_all(const Key& key, Queue& queue);
  void timed_out(const Key& key, Position position);
  std::optional<std::pair<std::uint64_t, Entry>> pop(Queues::iterator queue);
  void drop_if_empty(Queues::iterator queue);
  void detect(const Key& key, Position position);

  Environment& environment_;
  Resume resume_;
  DeadlockDetector detector_;
  std::uint64_t last_token_ = 0;
  Queues queues_;
  /// The end of each wait, by token.
  std::map<std::uint64_t, Environment::TimerId> timers_;
  /// What a resumed waiter waited for, for the detector.
  std::map<std::uint64_t, proto::kvrpcpb::LockInfo> resumed_;
};

}  // namespace tikv::testing::store
