#include "testkit/cluster/topology.h"

#include <algorithm>
#include <utility>

namespace tikv::testing::cluster {

using proto::metapb::Peer;
using proto::metapb::Region;

namespace {

/// As many neighbours come with an EpochNotMatch at most (TiKV's MAX_REGIONS_IN_ERROR).
constexpr std::size_t kMaxNeighbours = 10;

std::unexpected<Error> refused(std::string why) {
  return std::unexpected(Error(ErrorKind::kInvalidArgument, std::move(why)));
}

std::unexpected<Error> no_region(std::uint64_t id) { return refused("there is no region " + std::to_string(id)); }

bool inside(const Region& region, std::string_view key) {
  return key > region.start_key() && (region.end_key().empty() || key < region.end_key());
}

std::vector<std::uint64_t> stores_of(const Region& region) {
  std::vector<std::uint64_t> stores;
  for (const Peer& peer : region.peers()) stores.push_back(peer.store_id());
  std::sort(stores.begin(), stores.end());
  return stores;
}

}  // namespace

const Peer* RegionState::peer_on(std::uint64_t store_id) const {
  const auto found = std::find_if(meta.peers().begin(), meta.peers().end(),
                                  [store_id](const Peer& peer) { return peer.store_id() == store_id; });
  return found == meta.peers().end() ? nullptr : &*found;
}

const Peer* RegionState::leader_peer() const {
  const auto found =
      std::find_if(meta.peers().begin(), meta.peers().end(), [this](const Peer& peer) { return peer.id() == leader; });
  return found == meta.peers().end() ? nullptr : &*found;
}

Topology::Topology(const std::vector<std::uint64_t>& stores, std::size_t replicas) {
  for (const std::uint64_t store : stores) {
    connected_[store] = true;
    next_id_ = std::max(next_id_, store + 1);
  }
  RegionState first;
  first.meta.set_id(allocate_id());
  first.meta.mutable_region_epoch()->set_conf_ver(1);
  first.meta.mutable_region_epoch()->set_version(1);
  for (std::size_t i = 0; i < std::min(replicas, stores.size()); ++i) {
    Peer& peer = *first.meta.add_peers();
    peer.set_id(allocate_id());
    peer.set_store_id(stores[i]);
  }
  first.leader = first.meta.peers(0).id();
  start_of_[first.meta.id()] = "";
  regions_.emplace("", std::move(first));
}

const RegionState* Topology::find(std::uint64_t region_id) const {
  const auto start = start_of_.find(region_id);
  return start == start_of_.end() ? nullptr : &regions_.at(start->second);
}

RegionState* Topology::find_mutable(std::uint64_t region_id) {
  const auto start = start_of_.find(region_id);
  return start == start_of_.end() ? nullptr : &regions_.at(start->second);
}

const RegionState& Topology::at(std::string_view key) const { return std::prev(regions_.upper_bound(key))->second; }

const RegionState* Topology::before(std::string_view key) const {
  const auto holder = std::prev(regions_.upper_bound(key));
  return holder == regions_.begin() ? nullptr : &std::prev(holder)->second;
}

std::vector<const RegionState*> Topology::scan(std::string_view start, std::string_view end, std::size_t limit) const {
  std::vector<const RegionState*> found;
  for (auto at = std::prev(regions_.upper_bound(start)); at != regions_.end(); ++at) {
    if (!end.empty() && at->first >= end && !(at->first == start && found.empty())) break;
    if (limit != 0 && found.size() == limit) break;
    found.push_back(&at->second);
  }
  return found;
}

Result<std::vector<std::uint64_t>> Topology::split(std::uint64_t region_id, std::vector<std::string> keys) {
  RegionState* region = find_mutable(region_id);
  if (region == nullptr) return no_region(region_id);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::erase_if(keys, [region](const std::string& key) { return key == region->meta.start_key(); });
  for (const std::string& key : keys) {
    if (!inside(region->meta, key)) return refused("the split key is not inside region " + std::to_string(region_id));
  }
  std::vector<std::uint64_t> parts;
  auto& epoch = *region->meta.mutable_region_epoch();
  epoch.set_version(epoch.version() + keys.size());
  RegionState last = *region;
  const Peer* leader = region->leader_peer();
  const std::uint64_t leader_store = leader == nullptr ? 0 : leader->store_id();
  regions_.erase(last.meta.start_key());
  for (std::string& key : keys) {
    RegionState part = last;
    part.meta.set_id(allocate_id());
    part.meta.set_end_key(key);
    for (Peer& peer : *part.meta.mutable_peers()) peer.set_id(allocate_id());
    part.leader = leader_store == 0 ? 0 : part.peer_on(leader_store)->id();
    parts.push_back(part.meta.id());
    start_of_[part.meta.id()] = part.meta.start_key();
    last.meta.set_start_key(key);
    std::string start = part.meta.start_key();
    regions_.emplace(std::move(start), std::move(part));
  }
  parts.push_back(region_id);
  start_of_[region_id] = last.meta.start_key();
  std::string start = last.meta.start_key();
  regions_.emplace(std::move(start), std::move(last));
  tell();
  return parts;
}

void Topology::set_leader(RegionState& region, std::uint64_t peer_id) {
  if (region.leader == peer_id) return;
  region.leader = peer_id;
  ++region.term;
  tell();
}

Result<void> Topology::transfer_leader(std::uint64_t region_id, std::uint64_t store_id) {
  RegionState* region = find_mutable(region_id);
  if (region == nullptr) return no_region(region_id);
  const Peer* peer = region->peer_on(store_id);
  if (peer == nullptr) return refused("store " + std::to_string(store_id) + " has no peer of the region");
  if (!connected(store_id)) return refused("store " + std::to_string(store_id) + " is down");
  set_leader(*region, peer->id());
  return {};
}

Result<void> Topology::add_peer(std::uint64_t region_id, std::uint64_t store_id) {
  RegionState* region = find_mutable(region_id);
  if (region == nullptr) return no_region(region_id);
  if (!connected_.contains(store_id)) return refused("there is no store " + std::to_string(store_id));
  if (region->peer_on(store_id) != nullptr) return refused("the store has a peer of the region already");
  Peer& peer = *region->meta.add_peers();
  peer.set_id(allocate_id());
  peer.set_store_id(store_id);
  auto& epoch = *region->meta.mutable_region_epoch();
  epoch.set_conf_ver(epoch.conf_ver() + 1);
  tell();
  return {};
}

Result<void> Topology::remove_peer(std::uint64_t region_id, std::uint64_t store_id) {
  RegionState* region = find_mutable(region_id);
  if (region == nullptr) return no_region(region_id);
  const Peer* peer = region->peer_on(store_id);
  if (peer == nullptr) return refused("the store has no peer of the region");
  if (region->meta.peers_size() == 1) return refused("the region has no other peer");
  const bool led_here = region->leader == peer->id();
  auto& peers = *region->meta.mutable_peers();
  const auto at =
      std::find_if(peers.begin(), peers.end(), [store_id](const Peer& one) { return one.store_id() == store_id; });
  peers.erase(at);
  auto& epoch = *region->meta.mutable_region_epoch();
  epoch.set_conf_ver(epoch.conf_ver() + 1);
  tell();
  if (led_here) {
    set_leader(*region, 0);
    elect(region_id);
  }
  return {};
}

Result<void> Topology::merge_right(std::uint64_t region_id) {
  RegionState* left = find_mutable(region_id);
  if (left == nullptr) return no_region(region_id);
  if (left->meta.end_key().empty()) return refused("the region has no right neighbour");
  const auto right = regions_.find(left->meta.end_key());
  if (stores_of(left->meta) != stores_of(right->second.meta)) return refused("the peers are on different stores");
  const std::uint64_t version =
      std::max(left->meta.region_epoch().version(), right->second.meta.region_epoch().version());
  left->meta.set_end_key(right->second.meta.end_key());
  left->meta.mutable_region_epoch()->set_version(version + 1);
  start_of_.erase(right->second.meta.id());
  regions_.erase(right);
  tell();
  return {};
}

void Topology::set_connected(std::uint64_t store_id, bool connected) { connected_.at(store_id) = connected; }

bool Topology::connected(std::uint64_t store_id) const {
  const auto found = connected_.find(store_id);
  return found != connected_.end() && found->second;
}

bool Topology::has_quorum(const RegionState& region) const {
  const auto up = std::count_if(region.meta.peers().begin(), region.meta.peers().end(),
                                [this](const Peer& peer) { return connected(peer.store_id()); });
  return 2 * up > region.meta.peers_size();
}

bool Topology::led(const RegionState& region) const {
  const Peer* leader = region.leader_peer();
  return leader != nullptr && connected(leader->store_id()) && has_quorum(region);
}

bool Topology::elect(std::uint64_t region_id) {
  RegionState* region = find_mutable(region_id);
  if (region == nullptr || led(*region)) return false;
  std::uint64_t winner = 0;
  if (has_quorum(*region)) {
    // Regions that lose the same leader get different new ones.
    const int peers = region->meta.peers_size();
    for (int i = 0; i < peers && winner == 0; ++i) {
      const Peer& peer = region->meta.peers((static_cast<int>(region_id % 1024) + i) % peers);
      if (connected(peer.store_id())) winner = peer.id();
    }
  }
  if (region->leader == winner) return false;
  set_leader(*region, winner);
  return true;
}

std::optional<store::RegionView> Topology::view(std::uint64_t store_id, std::uint64_t region_id,
                                                std::uint64_t asked_version) const {
  const RegionState* region = find(region_id);
  const Peer* peer = region == nullptr ? nullptr : region->peer_on(store_id);
  if (peer == nullptr) return std::nullopt;
  store::RegionView view;
  view.region = region->meta;
  view.peer = *peer;
  view.term = region->term;
  // A store that is cut off knows of no leader, and without a majority nobody leads.
  const Peer* leader = region->leader_peer();
  if (leader != nullptr && connected(store_id) && has_quorum(*region)) view.leader = *leader;
  const std::uint64_t version = region->meta.region_epoch().version();
  if (asked_version >= version) return view;
  std::size_t wanted = std::min<std::size_t>(version - asked_version, kMaxNeighbours);
  for (auto at = regions_.find(region->meta.start_key()); wanted > 0 && at != regions_.begin(); --wanted) {
    --at;
    if (at->second.peer_on(store_id) != nullptr) view.neighbours.push_back(at->second.meta);
  }
  return view;
}

}  // namespace tikv::testing::cluster
