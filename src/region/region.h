#pragma once

#include <tikv/key.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pd/region_info.h"
#include "runtime/timer.h"

namespace tikv::region {

class Store;

using Peer = pd::Peer;

/// May become leader.
inline bool electable(const Peer& peer) noexcept { return !peer.learner && !peer.witness; }

/// A peer's store as the region found it. `epoch` is the store's at that time: a store that failed since then has
/// another, and the region is looked up again.
struct PeerStore {
  Store* store = nullptr;
  std::uint32_t epoch = 0;
};

/// What is learnt about a region while requests go there. Only `RegionCache` writes it; loop thread only.
struct RegionState {
  std::vector<PeerStore> stores;  ///< Parallel to `Region::peers`.
  std::size_t leader = 0;         ///< Index into `Region::peers`; the first electable peer while nobody knows better.
  bool usable = true;             ///< False: out of date, requests that come now load the region again.
  runtime::TimePoint expires = runtime::TimePoint::max();  ///< Looked up again when not used until then.
};

/// One region as the cache knew it: shared, and apart from `state` immutable.
struct Region {
  std::uint64_t id = 0;
  std::uint64_t epoch_version = 0;       ///< Counts splits and merges.
  std::uint64_t epoch_conf_version = 0;  ///< Counts changes of peers.
  std::string start_key;                 ///< Included. As callers see keys: plain, in transactional clients too.
  std::string end_key;                   ///< Left out; empty for no upper border.
  std::vector<Peer> peers;
  mutable RegionState state;

  bool contains(std::string_view key) const noexcept { return key >= start_key && (end_key.empty() || key < end_key); }
  /// Whether a reverse scan from `key`, which is left out, starts here: start < key <= end. An empty `key` is above
  /// every key.
  bool contains_by_end(std::string_view key) const noexcept {
    if (key.empty()) return end_key.empty();
    return key > start_key && (end_key.empty() || key <= end_key);
  }
  bool overlaps(const Region& other) const noexcept {
    return (end_key.empty() || other.start_key < end_key) && (other.end_key.empty() || start_key < other.end_key);
  }
  /// Where the peer is in `peers`; `peers.size()` if it is not one of this region's.
  std::size_t peer_index(std::uint64_t peer_id) const noexcept {
    std::size_t i = 0;
    while (i < peers.size() && peers[i].id != peer_id) ++i;
    return i;
  }
  std::size_t index_on_store(std::uint64_t store_id) const noexcept {
    std::size_t i = 0;
    while (i < peers.size() && peers[i].store_id != store_id) ++i;
    return i;
  }
  /// Whether this is surely an older picture of the same region than `other`.
  bool older_than(const Region& other) const noexcept {
    return epoch_version < other.epoch_version || epoch_conf_version < other.epoch_conf_version;
  }
};

using RegionRef = std::shared_ptr<const Region>;

}  // namespace tikv::region
