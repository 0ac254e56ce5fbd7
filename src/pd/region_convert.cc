#include "pd/region_convert.h"

#include <algorithm>

namespace tikv::pd {
namespace {

namespace pdpb = proto::pdpb;
namespace metapb = proto::metapb;

Peer peer_of(const metapb::Peer& peer) {
  Peer result;
  result.id = peer.id();
  result.store_id = peer.store_id();
  result.learner = peer.role() == metapb::Learner || peer.role() == metapb::IncomingVoter;
  result.witness = peer.is_witness();
  return result;
}

RegionInfo region_of_meta(const metapb::Region& region, const metapb::Peer& leader) {
  RegionInfo info;
  info.id = region.id();
  info.epoch_version = region.region_epoch().version();
  info.epoch_conf_version = region.region_epoch().conf_ver();
  info.start_key = region.start_key();
  info.end_key = region.end_key();
  for (const metapb::Peer& peer : region.peers()) info.peers.push_back(peer_of(peer));
  info.leader_peer_id = leader.id();
  return info;
}

/// `pdpb.Region` and `GetRegionResponse` have the same fields.
template <class Message>
RegionInfo region_of_fields(const Message& message) {
  RegionInfo info = region_of_meta(message.region(), message.leader());
  for (const pdpb::PeerStats& stats : message.down_peers()) info.down_peers.push_back(peer_of(stats.peer()));
  for (const metapb::Peer& peer : message.pending_peers()) info.pending_peers.push_back(peer_of(peer));
  return info;
}

StoreState state_of(const metapb::Store& store) {
  if (store.state() == metapb::Tombstone || store.node_state() == metapb::Removed) return StoreState::kTombstone;
  if (store.state() == metapb::Offline || store.node_state() == metapb::Removing) return StoreState::kOffline;
  return StoreState::kUp;
}

}  // namespace

std::string_view StoreInfo::label(std::string_view name) const noexcept {
  const auto it = std::ranges::find(labels, name, [](const auto& entry) { return std::string_view(entry.first); });
  return it == labels.end() ? std::string_view() : std::string_view(it->second);
}

std::optional<RegionInfo> region_of(const pdpb::GetRegionResponse& response) {
  if (!response.has_region() || response.region().id() == 0) return std::nullopt;
  return region_of_fields(response);
}

std::vector<RegionInfo> regions_of(const pdpb::ScanRegionsResponse& response) {
  std::vector<RegionInfo> regions;
  for (const pdpb::Region& region : response.regions()) regions.push_back(region_of_fields(region));
  if (!regions.empty()) return regions;
  for (int i = 0; i < response.region_metas_size(); ++i) {
    const bool told = i < response.leaders_size();
    regions.push_back(region_of_meta(response.region_metas(i), told ? response.leaders(i) : metapb::Peer()));
  }
  return regions;
}

std::vector<RegionInfo> regions_of(const pdpb::BatchScanRegionsResponse& response) {
  std::vector<RegionInfo> regions;
  for (const pdpb::Region& region : response.regions()) regions.push_back(region_of_fields(region));
  return regions;
}

StoreInfo store_of(const metapb::Store& store) {
  StoreInfo info;
  info.id = store.id();
  info.address = store.address();
  info.peer_address = store.peer_address();
  info.status_address = store.status_address();
  info.version = store.version();
  info.state = state_of(store);
  info.start_seconds = store.start_timestamp();
  for (const metapb::StoreLabel& label : store.labels()) info.labels.emplace_back(label.key(), label.value());
  return info;
}

std::vector<MemberInfo> members_of(const pdpb::GetMembersResponse& response) {
  std::vector<MemberInfo> members;
  for (const pdpb::Member& member : response.members()) {
    MemberInfo& info = members.emplace_back();
    info.id = member.member_id();
    info.name = member.name();
    info.client_urls.assign(member.client_urls().begin(), member.client_urls().end());
    info.peer_urls.assign(member.peer_urls().begin(), member.peer_urls().end());
    info.leader = response.has_leader() && response.leader().member_id() == info.id;
    info.leader_priority = member.leader_priority();
    info.version = member.binary_version();
  }
  return members;
}

}  // namespace tikv::pd
