#include "route/replica.h"

#include <algorithm>

#include "region/store.h"

namespace tikv::route {
namespace {

bool answers(const region::Region& region, std::size_t peer) {
  const region::Store& store = *region.state.stores[peer].store;
  return !store.tombstone() && store.liveness() == region::Liveness::kReachable;
}

}  // namespace

std::optional<std::size_t> choose_leader(const region::Region& region, const RegionTries& tries,
                                         std::mt19937_64& random) noexcept {
  const std::size_t peers = std::min(region.peers.size(), tries.size());
  const std::size_t leader = region.state.leader;
  if (leader < peers) {
    const PeerTries& past = tries[leader];
    const bool usable = !past.not_leader && !past.given_up && past.sends < kMaxLeaderSends;
    if (usable && answers(region, leader)) return leader;
  }
  std::array<std::size_t, kMaxPeersTried> candidates;
  std::size_t count = 0;
  for (std::size_t i = 0; i < peers; ++i) {
    const bool fresh = tries[i].sends == 0 && !tries[i].not_leader;
    if (i != leader && fresh && region::electable(region.peers[i]) && answers(region, i)) candidates[count++] = i;
  }
  if (count == 0) return std::nullopt;
  return candidates[random() % count];
}

}  // namespace tikv::route
