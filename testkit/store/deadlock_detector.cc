#include "testkit/store/deadlock_detector.h"

#include <algorithm>
#include <utility>

#include "testkit/store/farm_hash.h"

namespace tikv::testing::store {

using proto::deadlock::WaitForEntry;
using proto::kvrpcpb::LockInfo;

namespace {

std::vector<std::uint64_t> holders_of(const LockInfo& lock) {
  if (lock.lock_type() != proto::kvrpcpb::SharedLock) return {lock.lock_version()};
  std::vector<std::uint64_t> holders;
  for (const LockInfo& one : lock.shared_lock_infos()) holders.push_back(one.lock_version());
  return holders;
}

std::unexpected<Failure> deadlock(std::uint64_t holder, const std::string& key, std::vector<WaitForEntry> chain) {
  Failure failure;
  failure.kind = FailureKind::kDeadlock;
  auto& detail = *failure.key_error.mutable_deadlock();
  detail.set_lock_ts(holder);
  detail.set_lock_key(key);
  // The key on which the circle's other end waits for us.
  detail.set_deadlock_key_hash(std::prev(chain.end(), 2)->key_hash());
  for (WaitForEntry& entry : chain) *detail.add_wait_chain() = std::move(entry);
  return std::unexpected<Failure>(std::move(failure));
}

}  // namespace

WaitForEntry DeadlockDetector::entry(std::uint64_t waiter, std::uint64_t holder, const std::string& key,
                                     const std::string& tag) {
  WaitForEntry entry;
  entry.set_txn(waiter);
  entry.set_wait_for_txn(holder);
  entry.set_key_hash(farm_fingerprint64(key));
  entry.set_key(key);
  entry.set_resource_group_tag(tag);
  return entry;
}

std::optional<DeadlockDetector::Chain> DeadlockDetector::path(std::uint64_t from, std::uint64_t to) const {
  std::vector<std::uint64_t> pending{from};
  std::map<std::uint64_t, std::uint64_t> came_from{{from, 0}};
  while (!pending.empty()) {
    const std::uint64_t waiter = pending.back();
    pending.pop_back();
    const auto waits = edges_.find(waiter);
    if (waits == edges_.end()) continue;
    for (const auto& [holder, edge] : waits->second) {
      if (!came_from.contains(holder)) {
        came_from[holder] = waiter;
        pending.push_back(holder);
      }
      if (holder != to) continue;
      Chain chain{entry(waiter, holder, edge.keys.front(), edge.tag)};
      for (std::uint64_t at = waiter; at != from; at = came_from[at]) {
        const Edge& back = edges_.at(came_from[at]).at(at);
        chain.push_back(entry(came_from[at], at, back.keys.front(), back.tag));
      }
      std::ranges::reverse(chain);
      return chain;
    }
  }
  return std::nullopt;
}

std::optional<std::unexpected<Failure>> DeadlockDetector::add(std::uint64_t waiter, const Key& key,
                                                              const LockInfo& lock, const std::string& tag) {
  for (const std::uint64_t holder : holders_of(lock)) {
    auto& edges = edges_[waiter];
    const auto known = edges.find(holder);
    if (known == edges.end()) {
      if (std::optional<Chain> chain = path(holder, waiter)) {
        chain->push_back(entry(waiter, holder, key.raw(), tag));
        remove(waiter, key, lock);
        return deadlock(holder, key.raw(), *std::move(chain));
      }
    }
    Edge& edge = edges[holder];
    edge.tag = tag;
    if (std::ranges::find(edge.keys, key.raw()) == edge.keys.end()) edge.keys.push_back(key.raw());
  }
  return std::nullopt;
}

void DeadlockDetector::remove(std::uint64_t waiter, const Key& key, const LockInfo& lock) {
  const auto waits = edges_.find(waiter);
  if (waits == edges_.end()) return;
  for (const std::uint64_t holder : holders_of(lock)) {
    const auto edge = waits->second.find(holder);
    if (edge == waits->second.end()) continue;
    std::erase(edge->second.keys, key.raw());
    if (edge->second.keys.empty()) waits->second.erase(edge);
  }
  if (waits->second.empty()) edges_.erase(waits);
}

}  // namespace tikv::testing::store
