#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>

#include "region/region.h"

namespace tikv::route {

/// What one operation's sends to a region's peers led to.
struct PeerTries {
  std::uint8_t sends = 0;
  bool not_leader = false;  ///< It said so, and nobody named it leader since.
  bool given_up = false;    ///< Another peer is to be tried.
};

/// The same for all peers of a region. Regions have three to seven; what is beyond is not tried.
inline constexpr std::size_t kMaxPeersTried = 16;
using RegionTries = std::array<PeerTries, kMaxPeersTried>;

/// How often the leader is tried before the region is looked up anew (client-go's maxReplicaAttempt).
inline constexpr std::uint8_t kMaxLeaderSends = 10;

/// The peer to send to, as an index into the region's: the leader, as long as its store answers and nothing speaks
/// against it; then, once each, the others, one of which may lead by now or knows who does. `nullopt`: none is left,
/// the region has to be looked up anew.
std::optional<std::size_t> choose_leader(const region::Region& region, const RegionTries& tries,
                                         std::mt19937_64& random) noexcept;

}  // namespace tikv::route
