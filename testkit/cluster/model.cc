#include "testkit/cluster/model.h"

#include <algorithm>
#include <utility>

namespace tikv::testing::cluster {

namespace {

std::vector<std::uint64_t> ids_up_to(std::size_t count) {
  std::vector<std::uint64_t> ids;
  for (std::uint64_t id = 1; id <= count; ++id) ids.push_back(id);
  return ids;
}

std::unexpected<Error> refused(std::string why) {
  return std::unexpected(Error(ErrorKind::kInvalidArgument, std::move(why)));
}

std::string name_of(const ServerId& server) {
  return (server.kind == ServerKind::kPd ? "PD member " : "store ") + std::to_string(server.id);
}

}  // namespace

Model::Model(const ModelOptions& options, Host& host)
    : host_(host),
      election_delay_(options.election_delay),
      topology_(ids_up_to(options.store_addresses.size()), options.replicas),
      keys_({.api = options.api}, host),
      gate_(host),
      stores_({options.cluster_id, topology_, keys_, gate_}),
      pd_({pd_state_, topology_, keys_, host, gate_}) {
  pd_state_.cluster_id = options.cluster_id;
  pd_state_.scheme = options.scheme;
  for (const std::string& address : options.store_addresses) {
    const std::uint64_t id = pd_state_.stores.size() + 1;
    pd_state_.stores[id] = {address, host.unix_ms() / 1000};
    store_life_[id] = {};
  }
  for (const std::string& address : options.pd_addresses) {
    pd_state_.members[pd_state_.members.size() + 1] = {address, true};
  }
  pd_state_.leader = 1;
  if (options.heartbeat_delay.count() > 0) {
    pd_state_.late_view = topology_;
    topology_.on_change([this, delay = options.heartbeat_delay] { tell_pd_later(delay); });
  }
}

Model::~Model() {
  if (election_ != 0) host_.cancel(election_);
}

void Model::unary(const ServerId& server, std::string_view path, const CallInfo& info, std::string request,
                  ReplyFn reply) {
  if (server.kind == ServerKind::kPd) return pd_.unary(server.id, path, info, std::move(request), std::move(reply));
  stores_.unary(server.id, path, request, std::move(reply));
}

std::unique_ptr<ServerStream> Model::open(const ServerId& server, std::string_view path,
                                          std::shared_ptr<StreamSink> sink) {
  if (server.kind == ServerKind::kStore) {
    if (path != "/tikvpb.Tikv/BatchCommands") return nullptr;
    return std::make_unique<BatchStream>(stores_, server.id, std::move(sink));
  }
  if (path == "/pdpb.PD/Tso") return std::make_unique<PdStream>(pd_, &PdService::tso, server.id, std::move(sink));
  if (path != "/pdpb.PD/QueryRegion") return nullptr;
  return std::make_unique<PdStream>(pd_, &PdService::query_region, server.id, std::move(sink));
}

std::vector<ServerId> Model::servers() const {
  std::vector<ServerId> all;
  for (const auto& member : pd_state_.members) all.push_back(ServerId::pd(member.first));
  for (const auto& store : pd_state_.stores) all.push_back(ServerId::store(store.first));
  return all;
}

std::optional<ServerId> Model::find_server(std::string_view address_wanted) const {
  for (const auto& [id, facts] : pd_state_.stores) {
    if (facts.address == address_wanted) return ServerId::store(id);
  }
  for (const auto& [id, facts] : pd_state_.members) {
    if (facts.address == address_wanted) return ServerId::pd(id);
  }
  return std::nullopt;
}

const std::string& Model::address(const ServerId& server) const {
  if (server.kind == ServerKind::kPd) return pd_state_.members.at(server.id).address;
  return pd_state_.stores.at(server.id).address;
}

bool Model::alive(const ServerId& server) const {
  if (server.kind == ServerKind::kPd) return pd_state_.members.at(server.id).alive;
  return store_life_.at(server.id).alive;
}

Result<void> Model::check(const ServerId& server) const {
  const bool known =
      server.kind == ServerKind::kPd ? pd_state_.members.contains(server.id) : pd_state_.stores.contains(server.id);
  if (!known) return refused("there is no " + name_of(server));
  return {};
}

Result<void> Model::split(const std::string& key) {
  if (key.empty()) return refused("a split needs a key");
  const auto parts = topology_.split(topology_.at(key).meta.id(), {key});
  if (!parts) return std::unexpected(parts.error());
  return {};
}

Result<void> Model::merge(std::string_view key) { return topology_.merge_right(topology_.at(key).meta.id()); }

Result<void> Model::at_leader_change(std::uint64_t region_id, std::uint64_t leader_before) {
  if (topology_.find(region_id)->leader != leader_before) leader_changed(region_id);
  return {};
}

Result<void> Model::move_leader(std::string_view key, std::uint64_t store_id) {
  const RegionState& region = topology_.at(key);
  const std::uint64_t before = region.leader;
  if (auto moved = topology_.transfer_leader(region.meta.id(), store_id); !moved) return moved;
  return at_leader_change(region.meta.id(), before);
}

Result<void> Model::add_peer(std::string_view key, std::uint64_t store_id) {
  return topology_.add_peer(topology_.at(key).meta.id(), store_id);
}

Result<void> Model::remove_peer(std::string_view key, std::uint64_t store_id) {
  const RegionState& region = topology_.at(key);
  const std::uint64_t before = region.leader;
  if (auto removed = topology_.remove_peer(region.meta.id(), store_id); !removed) return removed;
  return at_leader_change(region.meta.id(), before);
}

Result<void> Model::kill(const ServerId& server) {
  if (auto known = check(server); !known) return known;
  if (!alive(server)) return refused(name_of(server) + " is down already");
  if (server.kind == ServerKind::kStore) {
    store_life_[server.id].alive = false;
    connection_changed(server.id);
  } else {
    pd_state_.members[server.id].alive = false;
    if (pd_state_.leader == server.id) pd_state_.leader = 0;
    schedule_elections();
  }
  gate_.went_down(server);
  for (Observer* observer : std::vector(observers_)) observer->server_down(server);
  return {};
}

Result<void> Model::restart(const ServerId& server) {
  if (auto known = check(server); !known) return known;
  if (alive(server)) return refused(name_of(server) + " runs already");
  if (server.kind == ServerKind::kStore) {
    store_life_[server.id].alive = true;
    pd_state_.stores[server.id].started_seconds = host_.unix_ms() / 1000;
    connection_changed(server.id);
  } else {
    pd_state_.members[server.id].alive = true;
    schedule_elections();
  }
  for (Observer* observer : std::vector(observers_)) observer->server_up(server);
  return {};
}

Result<void> Model::isolate(std::uint64_t store_id) {
  if (auto known = check(ServerId::store(store_id)); !known) return known;
  store_life_[store_id].isolated = true;
  connection_changed(store_id);
  return {};
}

Result<void> Model::heal(std::uint64_t store_id) {
  if (auto known = check(ServerId::store(store_id)); !known) return known;
  store_life_[store_id].isolated = false;
  connection_changed(store_id);
  return {};
}

Result<void> Model::freeze(const ServerId& server) {
  if (auto known = check(server); !known) return known;
  gate_.freeze(server);
  return {};
}

Result<void> Model::thaw(const ServerId& server) {
  if (auto known = check(server); !known) return known;
  gate_.thaw(server);
  return {};
}

Result<void> Model::move_pd_leader(std::uint64_t member_id) {
  if (auto known = check(ServerId::pd(member_id)); !known) return known;
  if (!alive(ServerId::pd(member_id))) return refused(name_of(ServerId::pd(member_id)) + " is down");
  pd_state_.leader = member_id;
  return {};
}

void Model::connection_changed(std::uint64_t store_id) {
  const StoreLife& life = store_life_.at(store_id);
  const bool connected = life.alive && !life.isolated;
  if (topology_.connected(store_id) == connected) return;
  topology_.set_connected(store_id, connected);
  schedule_elections();
}

void Model::schedule_elections() {
  if (election_ != 0) host_.cancel(election_);
  election_ = host_.call_after(election_delay_, [this] {
    election_ = 0;
    elect_pd();
    elect();
  });
}

void Model::elect() {
  std::vector<std::uint64_t> ids;
  for (const auto& region : topology_.regions()) ids.push_back(region.second.meta.id());
  for (const std::uint64_t id : ids) {
    if (topology_.elect(id)) leader_changed(id);
  }
}

void Model::elect_pd() {
  if (pd_state_.leader != 0) return;
  const auto& members = pd_state_.members;
  const auto up = std::count_if(members.begin(), members.end(), [](const auto& member) { return member.second.alive; });
  if (2 * static_cast<std::size_t>(up) <= members.size()) return;
  const auto first =
      std::find_if(members.begin(), members.end(), [](const auto& member) { return member.second.alive; });
  pd_state_.leader = first->first;
}

void Model::tell_pd_later(std::chrono::milliseconds delay) {
  if (std::exchange(heartbeat_due_, true)) return;
  host_.call_after(delay, [this] {
    heartbeat_due_ = false;
    pd_state_.late_view = topology_;
  });
}

void Model::leader_changed(std::uint64_t region_id) {
  keys_.abandon_waits(region_id);
  keys_.saw_timestamp(pd_state_.tso.last());
}

}  // namespace tikv::testing::cluster
