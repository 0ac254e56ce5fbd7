#include <tikv/testing/cluster.h>

#include <map>
#include <utility>

#include "base/codec.h"
#include "testkit/cluster/model.h"
#include "testkit/front/held_port.h"
#include "testkit/front/rpc_server.h"
#include "testkit/front/server_credentials.h"
#include "testkit/front/thread_host.h"

namespace tikv::testing {

using cluster::Model;
using cluster::ServerId;

namespace {

constexpr std::size_t kMaxServers = 100;

store::StorageApi storage_api(ApiVersion api) {
  switch (api) {
    case ApiVersion::kV1Ttl:
      return store::StorageApi::kV1Ttl;
    case ApiVersion::kV2:
      return store::StorageApi::kV2;
    case ApiVersion::kV1:
      break;
  }
  return store::StorageApi::kV1;
}

std::string kept(std::string_view key, KeyForm form) {
  return form == KeyForm::kRaw || key.empty() ? std::string(key) : base::encode_bytes(key);
}

std::optional<Error> check(const ClusterOptions& options) {
  const auto between = [](std::size_t count) { return count >= 1 && count <= kMaxServers; };
  if (!between(options.stores)) return Error(ErrorKind::kInvalidArgument, "a cluster has 1 to 100 stores");
  if (!between(options.pds)) return Error(ErrorKind::kInvalidArgument, "a cluster has 1 to 100 PD members");
  if (options.replicas < 1) return Error(ErrorKind::kInvalidArgument, "a region has at least 1 replica");
  if (auto good = front::check(options.tls); !good) return std::move(good).error();
  return std::nullopt;
}

struct Ports {
  std::vector<front::HeldPort> held;
  std::vector<std::string> pds;
  std::vector<std::string> stores;
};

Result<Ports> take_ports(const ClusterOptions& options) {
  Ports ports;
  for (std::size_t i = 0; i < options.pds + options.stores; ++i) {
    auto port = front::HeldPort::take(i == 0 ? options.pd_port : 0);
    if (!port) return std::unexpected(std::move(port.error()));
    (i < options.pds ? ports.pds : ports.stores).push_back(port->address());
    ports.held.push_back(*std::move(port));
  }
  return ports;
}

}  // namespace

struct Cluster::Parts {
  Parts(const ClusterOptions& options, Ports taken)
      : ports(std::move(taken)),
        model({.cluster_id = options.cluster_id,
               .store_addresses = ports.stores,
               .pd_addresses = ports.pds,
               .scheme = options.tls.cert_path.empty() ? "http" : "https",
               .replicas = options.replicas,
               .api = storage_api(options.api),
               .election_delay = options.election_delay,
               .heartbeat_delay = options.heartbeat_delay},
              host) {
    for (const ServerId& id : model.servers()) servers.try_emplace(id, host, model, id, options.tls);
  }
  ~Parts() { stop(); }

  Result<void> start() {
    for (auto& server : servers) {
      if (auto started = server.second.start(); !started) return started;
    }
    return {};
  }
  void stop() {
    for (auto& server : servers) server.second.stop();
    host.stop();
  }
  Result<void> kill(const ServerId& id) {
    const std::lock_guard lock(lives);
    auto killed = host.run([&] { return model.kill(id); });
    if (killed) servers.at(id).stop();
    return killed;
  }
  Result<void> restart(const ServerId& id) {
    const std::lock_guard lock(lives);
    auto restarted = host.run([&] { return model.restart(id); });
    return restarted ? servers.at(id).start() : restarted;
  }

  Ports ports;
  front::ThreadHost host;
  Model model;  // inside host.run
  std::map<ServerId, front::RpcServer> servers;
  std::mutex lives;  // one server ends or starts at a time
};

Result<Cluster> Cluster::start(ClusterOptions options) {
  if (auto error = check(options)) return std::unexpected(*std::move(error));
  auto ports = take_ports(options);
  if (!ports) return std::unexpected(std::move(ports.error()));
  Cluster cluster(std::make_unique<Parts>(options, *std::move(ports)));
  for (const std::string& key : options.split_keys) {
    if (auto split = cluster.split(key); !split) return std::unexpected(std::move(split.error()));
  }
  if (auto started = cluster.parts_->start(); !started) return std::unexpected(std::move(started.error()));
  return cluster;
}

Cluster::Cluster(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Cluster::Cluster(Cluster&&) noexcept = default;
Cluster& Cluster::operator=(Cluster&&) noexcept = default;
Cluster::~Cluster() = default;

void Cluster::stop() { parts_->stop(); }

std::vector<std::string> Cluster::pd_endpoints() const { return parts_->ports.pds; }

std::vector<StoreStatus> Cluster::stores() const {
  return parts_->host.run([this] {
    std::vector<StoreStatus> all;
    for (const auto& [id, facts] : parts_->model.pd().stores) {
      all.push_back({id, facts.address, parts_->model.alive(ServerId::store(id))});
    }
    return all;
  });
}

std::vector<RegionStatus> Cluster::regions() const {
  return parts_->host.run([this] {
    std::vector<RegionStatus> all;
    for (const auto& [start, region] : parts_->model.topology().regions()) {
      RegionStatus status{.id = region.meta.id(),
                          .version = region.meta.region_epoch().version(),
                          .conf_version = region.meta.region_epoch().conf_ver(),
                          .start_key = start,
                          .end_key = region.meta.end_key()};
      if (const auto* leader = region.leader_peer()) status.leader_store = leader->store_id();
      for (const auto& peer : region.meta.peers()) status.stores.push_back(peer.store_id());
      all.push_back(std::move(status));
    }
    return all;
  });
}

Result<void> Cluster::split(std::string_view key, KeyForm form) {
  return parts_->host.run([&] { return parts_->model.split(kept(key, form)); });
}

Result<void> Cluster::merge(std::string_view key, KeyForm form) {
  return parts_->host.run([&] { return parts_->model.merge(kept(key, form)); });
}

Result<void> Cluster::move_leader(std::string_view key, std::uint64_t store, KeyForm form) {
  return parts_->host.run([&] { return parts_->model.move_leader(kept(key, form), store); });
}

Result<void> Cluster::add_peer(std::string_view key, std::uint64_t store, KeyForm form) {
  return parts_->host.run([&] { return parts_->model.add_peer(kept(key, form), store); });
}

Result<void> Cluster::remove_peer(std::string_view key, std::uint64_t store, KeyForm form) {
  return parts_->host.run([&] { return parts_->model.remove_peer(kept(key, form), store); });
}

Result<void> Cluster::kill(std::uint64_t store) { return parts_->kill(ServerId::store(store)); }
Result<void> Cluster::restart(std::uint64_t store) { return parts_->restart(ServerId::store(store)); }
Result<void> Cluster::kill_pd(std::uint64_t member) { return parts_->kill(ServerId::pd(member)); }
Result<void> Cluster::restart_pd(std::uint64_t member) { return parts_->restart(ServerId::pd(member)); }

Result<void> Cluster::isolate(std::uint64_t store) {
  return parts_->host.run([&] { return parts_->model.isolate(store); });
}

Result<void> Cluster::heal(std::uint64_t store) {
  return parts_->host.run([&] { return parts_->model.heal(store); });
}

Result<void> Cluster::freeze(std::uint64_t store) {
  return parts_->host.run([&] { return parts_->model.freeze(ServerId::store(store)); });
}

Result<void> Cluster::thaw(std::uint64_t store) {
  return parts_->host.run([&] { return parts_->model.thaw(ServerId::store(store)); });
}

Result<void> Cluster::freeze_pd(std::uint64_t member) {
  return parts_->host.run([&] { return parts_->model.freeze(ServerId::pd(member)); });
}

Result<void> Cluster::thaw_pd(std::uint64_t member) {
  return parts_->host.run([&] { return parts_->model.thaw(ServerId::pd(member)); });
}

Result<void> Cluster::move_pd_leader(std::uint64_t member) {
  return parts_->host.run([&] { return parts_->model.move_pd_leader(member); });
}

void Cluster::skew_clock(std::chrono::milliseconds skew) {
  parts_->host.run([&] { parts_->model.skew_clock(skew); });
}

FaultId Cluster::inject(Fault fault) {
  return parts_->host.run([&] { return parts_->model.faults().add(std::move(fault)); });
}

FaultId Cluster::drop_next_reply(std::string_view method) {
  return inject({.method = std::string(method), .kind = FaultKind::kDropReply});
}

void Cluster::remove_fault(FaultId id) {
  parts_->host.run([&] { parts_->model.faults().remove(id); });
}

void Cluster::clear_faults() {
  parts_->host.run([&] { parts_->model.faults().clear(); });
}

std::uint64_t Cluster::hits(FaultId id) const {
  return parts_->host.run([&] { return parts_->model.faults().hits(id); });
}

std::uint64_t Cluster::requests(std::string_view method) const {
  return parts_->host.run([&] { return parts_->model.requests(method); });
}

}  // namespace tikv::testing
