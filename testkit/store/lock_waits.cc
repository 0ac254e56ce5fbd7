#include "testkit/store/lock_waits.h"

#include <algorithm>

namespace tikv::testing::store {

using proto::kvrpcpb::LockInfo;
using proto::kvrpcpb::WriteConflict;

namespace {

/// TiKV's pessimistic-txn.wait-for-lock-timeout: the default and the longest wait.
constexpr std::chrono::milliseconds kLongestWait{1000};
/// TiKV's pessimistic-txn.wake-up-delay-duration.
constexpr std::chrono::milliseconds kWakeUpDelay{20};

std::chrono::milliseconds bounded(std::chrono::milliseconds asked) {
  return asked.count() == 0 ? kLongestWait : std::min(asked, kLongestWait);
}

}  // namespace

LockWaits::~LockWaits() {
  for (const auto& [token, timer] : timers_) environment_.cancel(timer);
  for (const auto& [key, queue] : queues_) environment_.cancel(queue.notify_all);
}

void LockWaits::wait(LockWaiter waiter, LockInfo lock) {
  const std::uint64_t token = ++last_token_;
  const Key key = waiter.wanted.key;
  const Position position{waiter.terms.start_ts, token};
  timers_[token] =
      environment_.call_after(bounded(waiter.timeout), [this, key, position] { timed_out(key, position); });
  Queue& queue = queues_[key];
  queue.entries.emplace(
      position, Entry{.waiter = std::move(waiter), .lock = std::move(lock), .wake_up_index = queue.wake_up_index});
  detect(key, position);
}

void LockWaits::wait_again(LockWaiter waiter, std::uint64_t token, LockInfo lock) {
  const Key key = waiter.wanted.key;
  const Position position{waiter.terms.start_ts, token};
  if (auto previous = resumed_.extract(token); !previous.empty()) {
    detector_.remove(waiter.terms.start_ts, key, previous.mapped());
  }
  Queue& queue = queues_[key];
  queue.entries.emplace(
      position, Entry{.waiter = std::move(waiter), .lock = std::move(lock), .wake_up_index = queue.wake_up_index});
  detect(key, position);
}

void LockWaits::detect(const Key& key, Position position) {
  const auto queue = queues_.find(key);
  Entry& entry = queue->second.entries.at(position);
  if (entry.waiter.is_first_lock) return;
  auto deadlock = detector_.add(position.first, key, entry.lock, entry.waiter.resource_group_tag);
  if (!deadlock) return;
  Entry ended = std::move(entry);
  queue->second.entries.erase(position);
  drop_if_empty(queue);
  end(ended, position.second, *std::move(deadlock));
}

void LockWaits::end(Entry& entry, std::uint64_t token, Outcome<LockedKeyResult> result) {
  detector_.remove(entry.waiter.terms.start_ts, entry.waiter.wanted.key, entry.lock);
  if (auto timer = timers_.extract(token); !timer.empty()) environment_.cancel(timer.mapped());
  entry.waiter.done(std::move(result));
}

void LockWaits::finish(std::uint64_t token, LockWaiter& waiter, Outcome<LockedKeyResult> result) {
  if (auto previous = resumed_.extract(token); !previous.empty()) {
    detector_.remove(waiter.terms.start_ts, waiter.wanted.key, previous.mapped());
  }
  if (auto timer = timers_.extract(token); !timer.empty()) environment_.cancel(timer.mapped());
  waiter.done(std::move(result));
}

void LockWaits::drop_if_empty(Queues::iterator queue) {
  if (!queue->second.entries.empty()) return;
  environment_.cancel(queue->second.notify_all);
  queues_.erase(queue);
}

void LockWaits::timed_out(const Key& key, Position position) {
  const auto queue = queues_.find(key);
  if (queue == queues_.end()) return;
  auto entry = queue->second.entries.extract(position);
  if (entry.empty()) return;
  drop_if_empty(queue);
  LockInfo lock = entry.mapped().lock;
  end(entry.mapped(), position.second, key_is_locked(std::move(lock)));
}

void LockWaits::abandon(std::uint64_t region_id) {
  std::vector<std::pair<Key, Position>> waiting;
  for (const auto& [key, queue] : queues_) {
    for (const auto& [position, entry] : queue.entries) {
      if (entry.waiter.region.region.id() == region_id) waiting.emplace_back(key, position);
    }
  }
  for (const auto& [key, position] : waiting) timed_out(key, position);
}

std::optional<std::pair<std::uint64_t, LockWaits::Entry>> LockWaits::pop(Queues::iterator queue) {
  auto& entries = queue->second.entries;
  if (entries.empty()) return std::nullopt;
  auto node = entries.extract(entries.begin());
  return std::pair(node.key().second, std::move(node.mapped()));
}

void LockWaits::send_back(Entry entry, const Queue& queue, std::uint64_t token) {
  end(entry, token,
      write_conflict({.start_ts = entry.waiter.terms.start_ts,
                      .conflict_start_ts = queue.conflict_start_ts,
                      .conflict_commit_ts = queue.conflict_commit_ts,
                      .key = entry.waiter.wanted.key.raw(),
                      .primary = entry.waiter.terms.primary,
                      .reason = WriteConflict::PessimisticRetry}));
}

void LockWaits::schedule_notify_all(const Key& key, Queue& queue) {
  environment_.cancel(queue.notify_all);
  queue.notify_all = environment_.call_after(kWakeUpDelay, [this, key] { notify_all(key); });
}

void LockWaits::after(const MvccTxn& txn) {
  if (queues_.empty()) return;
  for (const Change& change : txn.changes()) {
    const auto* put = std::get_if<PutLock>(&change.what);
    if (put != nullptr && put->is_new) taken(change.key, put->lock);
  }
  for (const ReleasedLock& lock : txn.released()) released(lock);
}

void LockWaits::released(const ReleasedLock& lock) {
  const auto found = queues_.find(lock.key);
  if (found == queues_.end()) return;
  Queue& queue = found->second;
  queue.conflict_start_ts = lock.start_ts;
  queue.conflict_commit_ts = lock.commit_ts;

  // Those who would share the lock go together.
  std::vector<std::pair<std::uint64_t, Entry>> woken;
  bool sends_back = false;
  while (!queue.entries.empty()) {
    if (!woken.empty() &&
        !(woken.front().second.waiter.wanted.shared && queue.entries.begin()->second.waiter.wanted.shared)) {
      break;
    }
    woken.push_back(*pop(found));
    if (!woken.back().second.waiter.terms.allow_lock_with_conflict) {
      ++queue.wake_up_index;
      sends_back = true;
    }
  }
  const Queue conflict{
      .entries = {}, .conflict_start_ts = queue.conflict_start_ts, .conflict_commit_ts = queue.conflict_commit_ts};
  if (sends_back && !queue.entries.empty()) schedule_notify_all(lock.key, queue);
  drop_if_empty(found);
  for (auto& [token, entry] : woken) {
    if (entry.waiter.terms.allow_lock_with_conflict) {
      resumed_[token] = std::move(entry.lock);
      resume_(std::move(entry.waiter), token);
    } else {
      send_back(std::move(entry), conflict, token);
    }
  }
}

void LockWaits::notify_all(const Key& key) {
  const auto found = queues_.find(key);
  if (found == queues_.end()) return;
  Queue& queue = found->second;
  queue.notify_all = 0;
  const Queue conflict{
      .entries = {}, .conflict_start_ts = queue.conflict_start_ts, .conflict_commit_ts = queue.conflict_commit_ts};
  std::vector<std::pair<std::uint64_t, Entry>> woken;
  // Who came after the last one was sent back waits for somebody else.
  while (!queue.entries.empty() && queue.entries.begin()->second.wake_up_index < queue.wake_up_index) {
    woken.push_back(*pop(found));
    if (woken.back().second.waiter.terms.allow_lock_with_conflict) break;
  }
  drop_if_empty(found);
  for (auto& [token, entry] : woken) {
    if (entry.waiter.terms.allow_lock_with_conflict) {
      resumed_[token] = std::move(entry.lock);
      resume_(std::move(entry.waiter), token);
    } else {
      send_back(std::move(entry), conflict, token);
    }
  }
}

void LockWaits::taken(const Key& key, const LockSlot& lock) {
  const auto found = queues_.find(key);
  if (found == queues_.end()) return;
  const auto* one = std::get_if<Lock>(&lock);
  const LockInfo info = one != nullptr ? lock_info(*one, key.raw()) : lock_info(std::get<SharedLocks>(lock), key.raw());
  std::vector<Position> to_detect;
  for (auto& [position, entry] : found->second.entries) {
    if (entry.lock.lock_version() == info.lock_version()) continue;
    const bool detects = !entry.waiter.is_first_lock && entry.waiter.terms.allow_lock_with_conflict;
    if (detects) {
      detector_.remove(position.first, key, entry.lock);
      to_detect.push_back(position);
    }
    entry.lock = info;
  }
  for (const Position& position : to_detect) {
    const auto queue = queues_.find(key);
    if (queue == queues_.end() || !queue->second.entries.contains(position)) continue;
    detect(key, position);
  }
}

}  // namespace tikv::testing::store
