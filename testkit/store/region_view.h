#pragma once

#include <tikv/proto/errorpb.pb.h>
#include <tikv/proto/kvrpcpb.pb.h>
#include <tikv/proto/metapb.pb.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tikv::testing::store {

/// What a store knows of one of its regions at the moment a request arrives. Borders are in the form TiKV keeps them:
/// memory-comparable for transactional data, plain for raw data (API V1); an empty border is unbounded.
struct RegionView {
  proto::metapb::Region region;
  /// The replica on the store that was asked.
  proto::metapb::Peer peer;
  /// The replica that leads, if one is known.
  std::optional<proto::metapb::Peer> leader;
  std::uint64_t term = 1;
  /// Regions added after the right one when a request carries an older version (TiKV adds those it split from).
  std::vector<proto::metapb::Region> neighbours;

  bool leads() const { return leader.has_value() && leader->id() == peer.id(); }
};

/// [start, end) and [start, end]: a cursor may stand on the end of its region, a key may not.
bool contains(const proto::metapb::Region& region, std::string_view kept_key);
bool contains_or_ends_at(const proto::metapb::Region& region, std::string_view kept_key);

/// The region error TiKV gives for a request's context, if any. `region` is null when the store has no such region.
/// Checked in TiKV's order: store, region, peer, leader (a replica or stale read may go elsewhere), term, epoch
/// version. The configuration version is not checked: ordinary commands do not depend on it.
std::optional<proto::errorpb::Error> check_context(const proto::kvrpcpb::Context& context, const RegionView* region,
                                                   std::uint64_t store_id);

/// The error for a key that is not in the region.
proto::errorpb::Error key_not_in_region(const proto::metapb::Region& region, std::string_view kept_key);

}  // namespace tikv::testing::store
