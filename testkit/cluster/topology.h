#pragma once

#include <tikv/error.h>
#include <tikv/proto/errorpb.pb.h>
#include <tikv/proto/metapb.pb.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "testkit/store/region_view.h"

namespace tikv::testing::cluster {

/// A region as its replicas agree on it.
struct RegionState {
  proto::metapb::Region meta;
  /// The leading peer's id; 0 while there is none.
  std::uint64_t leader = 0;
  std::uint64_t term = 1;

  const proto::metapb::Peer* peer_on(std::uint64_t store_id) const;
  const proto::metapb::Peer* leader_peer() const;
};

/// Stores, regions and who leads them: the facts that PD and the stores answer from, and the rules by which they
/// change.
///
/// A simplification of Raft: the replicas of a region share one state, so a write is on all of them at once; a region
/// serves while a majority of its replicas' stores can talk to each other. Elections happen when `elect` is called.
/// Region borders are bytes as TiKV keeps keys: memory-comparable for transactional data, plain for raw data (API V1).
class Topology {
 public:
  /// One region with `replicas` peers on the first stores, led by the first.
  Topology(const std::vector<std::uint64_t>& stores, std::size_t replicas);

  using Regions = std::map<std::string, RegionState, std::less<>>;
  /// By start key.
  const Regions& regions() const { return regions_; }
  const RegionState* find(std::uint64_t region_id) const;
  const RegionState& at(std::string_view key) const;
  /// The region before the one that holds `key`; null for the first.
  const RegionState* before(std::string_view key) const;
  /// Regions that meet [start, end), at most `limit`; an empty `end` and a zero `limit` are no bounds.
  std::vector<const RegionState*> scan(std::string_view start, std::string_view end, std::size_t limit) const;

  std::uint64_t allocate_id() { return next_id_++; }

  /// Called after each change.
  void on_change(std::function<void()> changed) { changed_ = std::move(changed); }

  // Changes. Errors are `kInvalidArgument` with the reason.

  /// Cuts the region of each key there. As in TiKV (right-derive-when-split) the last part keeps id and peers' ids, and
  /// the parts before it are new; all of them have the old region's leader's store as leader and its version plus the
  /// number of cuts. A key where a region already starts is no error and changes nothing. The region's parts, in order.
  Result<std::vector<std::uint64_t>> split(std::uint64_t region_id, std::vector<std::string> keys);
  Result<void> transfer_leader(std::uint64_t region_id, std::uint64_t store_id);
  Result<void> add_peer(std::uint64_t region_id, std::uint64_t store_id);
  /// A leader hands over first.
  Result<void> remove_peer(std::uint64_t region_id, std::uint64_t store_id);
  /// The region takes in its right neighbour, whose peers must be on the same stores.
  Result<void> merge_right(std::uint64_t region_id);

  /// Whether the store runs and reaches the others.
  void set_connected(std::uint64_t store_id, bool connected);
  bool connected(std::uint64_t store_id) const;
  const std::map<std::uint64_t, bool>& stores() const { return connected_; }

  bool has_quorum(const RegionState& region) const;
  /// Whether the region's leader can serve: its store is connected, and so is a majority.
  bool led(const RegionState& region) const;
  /// Chooses a leader for a region that is not `led`, if there is a majority to do so. True if the leader changed.
  bool elect(std::uint64_t region_id);

  /// What a store knows of its replica of a region; nothing if it has none. `asked_version` decides about neighbours.
  std::optional<store::RegionView> view(std::uint64_t store_id, std::uint64_t region_id,
                                        std::uint64_t asked_version) const;

 private:
  RegionState* find_mutable(std::uint64_t region_id);
  void tell() const {
    if (changed_) changed_();
  }
  void set_leader(RegionState& region, std::uint64_t peer_id);

  Regions regions_;
  std::map<std::uint64_t, std::string> start_of_;
  std::map<std::uint64_t, bool> connected_;
  std::uint64_t next_id_ = 1;
  std::function<void()> changed_;
};

}  // namespace tikv::testing::cluster
