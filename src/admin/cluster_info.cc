#include "admin/cluster_info.h"

#include <algorithm>
#include <utility>

#include "base/codec.h"
#include "region/border.h"

namespace tikv::admin {
namespace {

Peer peer_info(const pd::Peer& peer) { return {peer.id, peer.store_id, peer.learner, peer.witness}; }

std::vector<Peer> peer_infos(const std::vector<pd::Peer>& peers) {
  std::vector<Peer> infos;
  for (const pd::Peer& peer : peers) infos.push_back(peer_info(peer));
  return infos;
}

StoreState state_info(pd::StoreState state) {
  switch (state) {
    case pd::StoreState::kUp:
      return StoreState::kUp;
    case pd::StoreState::kOffline:
      return StoreState::kOffline;
    case pd::StoreState::kTombstone:
      return StoreState::kTombstone;
  }
  std::unreachable();
}

/// The region's borders among transactional keys. An end that falls on no key but the first says that there are none
/// below it, which an empty end would not.
KeyRange plain_range(const pd::RegionInfo& region) {
  KeyRange range(region::first_key_from(region.start_key), region::first_key_from(region.end_key));
  if (range.end.empty() && !region.end_key.empty()) range = KeyRange(next_key(""), next_key(""));
  return range;
}

}  // namespace

KeyRange pd_range(KeyRange range, KeyMode keys) {
  if (keys == KeyMode::kRaw) return range;
  if (!range.start.empty()) range.start = base::encode_bytes(range.start);
  if (!range.end.empty()) range.end = base::encode_bytes(range.end);
  return range;
}

RegionInfo region_info(pd::RegionInfo region, KeyMode keys) {
  RegionInfo info;
  info.id = region.id;
  info.range =
      keys == KeyMode::kRaw ? KeyRange(std::move(region.start_key), std::move(region.end_key)) : plain_range(region);
  info.epoch_version = region.epoch_version;
  info.epoch_conf_version = region.epoch_conf_version;
  info.peers = peer_infos(region.peers);
  info.down_peers = peer_infos(region.down_peers);
  info.pending_peers = peer_infos(region.pending_peers);
  const auto leader = std::ranges::find(info.peers, region.leader_peer_id, &Peer::id);
  if (leader != info.peers.end()) info.leader = *leader;
  return info;
}

StoreInfo store_info(pd::StoreInfo store) {
  StoreInfo info;
  info.id = store.id;
  info.address = std::move(store.address);
  info.peer_address = std::move(store.peer_address);
  info.status_address = std::move(store.status_address);
  info.version = std::move(store.version);
  info.state = state_info(store.state);
  info.labels = std::move(store.labels);
  info.started = std::chrono::sys_seconds(std::chrono::seconds(store.start_seconds));
  return info;
}

}  // namespace tikv::admin
