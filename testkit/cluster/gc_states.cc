#include "testkit/cluster/gc_states.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tikv::testing::cluster {

namespace {

constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

std::unexpected<Error> refused(std::string why) { return std::unexpected(Error(ErrorKind::kServer, std::move(why))); }

}  // namespace

std::int64_t GcStates::Barrier::ttl_seconds(std::int64_t now_ms) const {
  return expires_ms ? std::max<std::int64_t>(0, (*expires_ms - now_ms) / 1000) : kForever;
}

Result<GcStates::Advance> GcStates::advance_txn_safe_point(std::uint64_t target, std::int64_t now_ms) {
  if (target < txn_safe_point_) {
    return refused("trying to update txn safe point to a smaller value, current value: " +
                   std::to_string(txn_safe_point_) + ", given: " + std::to_string(target));
  }
  Advance advance{.from = txn_safe_point_, .to = target};
  for (Barriers* barriers : {&barriers_, &global_barriers_}) {
    std::erase_if(*barriers, [now_ms](const auto& entry) {
      return entry.second.expires_ms && *entry.second.expires_ms <= now_ms;
    });
    for (const auto& [id, barrier] : *barriers) {
      if (barrier.ts >= advance.to) continue;
      advance.to = barrier.ts;
      advance.blocker = "barrier " + id + " at " + std::to_string(barrier.ts);
      advance.blocker_id = id;
    }
  }
  advance.to = std::max(advance.from, advance.to);
  txn_safe_point_ = advance.to;
  return advance;
}

Result<GcStates::Advance> GcStates::advance_gc_safe_point(std::uint64_t target) {
  if (target < gc_safe_point_) {
    return refused("trying to update GC safe point to a smaller value, current value: " +
                   std::to_string(gc_safe_point_) + ", given: " + std::to_string(target));
  }
  if (target > txn_safe_point_) {
    return refused("trying to update GC safe point to a too large value that exceeds the txn safe point, given: " +
                   std::to_string(target) + ", current txn safe point: " + std::to_string(txn_safe_point_));
  }
  return Advance{.from = std::exchange(gc_safe_point_, target), .to = target};
}

Result<GcStates::Barrier> GcStates::set_barrier(bool global, const std::string& id, std::uint64_t ts,
                                                std::int64_t ttl_seconds, std::int64_t now_ms) {
  if (id.empty() || ttl_seconds <= 0) return refused("a barrier needs an id and a positive time to live");
  if (ts < txn_safe_point_) {
    return refused("trying to set a GC barrier on ts " + std::to_string(ts) +
                   " which is already behind the txn safe point " + std::to_string(txn_safe_point_));
  }
  Barrier barrier{.ts = ts, .expires_ms = std::nullopt};
  if (ttl_seconds < (kForever - now_ms) / 1000) barrier.expires_ms = now_ms + ttl_seconds * 1000;
  (global ? global_barriers_ : barriers_)[id] = barrier;
  return barrier;
}

std::optional<GcStates::Barrier> GcStates::delete_barrier(bool global, const std::string& id) {
  Barriers& barriers = global ? global_barriers_ : barriers_;
  const auto found = barriers.find(id);
  if (found == barriers.end()) return std::nullopt;
  const Barrier barrier = found->second;
  barriers.erase(found);
  return barrier;
}

}  // namespace tikv::testing::cluster
