#include "world.h"

#include <tikv/proto/kvrpcpb.pb.h>

#include <limits>

#include "base/codec.h"
#include "client/connect.h"

namespace tikv::testing {

using cluster::ServerId;

namespace {

runtime::LoopOptions loop_options(const WorldOptions& options) {
  runtime::LoopOptions loop;
  loop.seed = options.seed;
  loop.default_timeout = std::chrono::milliseconds(ClientOptions().default_timeout);
  return loop;
}

memory::MemoryClusterOptions cluster_options(const WorldOptions& options) {
  memory::MemoryClusterOptions cluster;
  cluster.stores = options.stores;
  cluster.pds = options.pds;
  cluster.replicas = options.replicas;
  cluster.api = options.api;
  return cluster;
}

/// Of a line of the trace: a key may be 8 KiB of 0xFF, the highest there is.
constexpr std::size_t kLineLimit = 1000;

/// Longer than any budget that works in the background.
constexpr std::chrono::minutes kSettleLimit{5};

}  // namespace

World::World(WorldOptions options)
    : loop(loop_options(options)), cluster(loop, cluster_options(options)), trace_(options.trace) {}

World::~World() { finish(); }

void World::spread(const std::string& second, const std::string& third) {
  for (const std::string& border : {second, third}) EXPECT_TRUE(model().split(border));
  // With a single replica the region itself goes to the other store.
  std::uint64_t store = 2;
  for (const std::string& key : {second, third}) {
    if (model().topology().at(key).peer_on(store) == nullptr) {
      EXPECT_TRUE(model().add_peer(key, store));
      EXPECT_TRUE(model().move_leader(key, store));
      EXPECT_TRUE(model().remove_peer(key, 1));
    } else {
      EXPECT_TRUE(model().move_leader(key, store));
    }
    ++store;
  }
}

void World::spread_transactional() { spread(base::encode_bytes("h"), base::encode_bytes("p")); }
void World::spread_raw() { spread("h", "p"); }

Task<Result<Client>> World::connect(ClientOptions options) {
  options.pd_endpoints = cluster.pd_endpoints();
  nodes_.push_back(std::make_unique<Node>(cluster));
  return client::connect_on(loop, nodes_.back()->transport, std::move(options));
}

Client& World::add_client() {
  Result<Client> connected = run(connect()).result;
  EXPECT_TRUE(connected) << describe(connected);
  std::optional<Client>& client = nodes_.back()->client;
  client.emplace(std::move(*connected));
  return *client;
}

void World::settle() {
  const bool settled = loop.run_until([this] { return loop.background() == 0; }, loop.now() + kSettleLimit);
  EXPECT_TRUE(settled) << loop.background() << " tasks stay in the background";
}

void World::heal() {
  model().faults().clear();
  for (const ServerId& server : model().servers()) {
    EXPECT_TRUE(model().thaw(server));
    if (!model().alive(server)) {
      EXPECT_TRUE(model().restart(server));
    }
    if (server.kind == cluster::ServerKind::kStore) {
      EXPECT_TRUE(model().heal(server.id));
    }
  }
  loop.run_for(std::chrono::milliseconds(500));  // elections
  settle();
}

void World::finish() {
  if (std::exchange(finished_, true)) return;
  heal();
  for (const auto& node : nodes_) {
    if (node->client) node->client->close();
  }
  EXPECT_EQ(loop.operations(), 0U);
  EXPECT_EQ(loop.background(), 0U);
  for (const auto& node : nodes_) EXPECT_EQ(node->transport.calls_under_way(), 0U) << "a call is under way";
  // Handles go before the transports that their clients use.
  for (const auto& node : nodes_) node->client.reset();
  for (const auto& node : nodes_) EXPECT_EQ(node->transport.streams(), 0U) << "a stream is still open";
  EXPECT_EQ(loop.timers().size(), cluster.host().timers()) << "a client's timer is still armed";
  EXPECT_EQ(model().keys().waiting(), 0U);
}

void World::write_line(const std::string& text) const {
  const auto at = std::chrono::duration_cast<std::chrono::microseconds>(now().time_since_epoch());
  std::string shown;  // keys may hold any bytes
  for (const char c : text) {
    if (shown.size() > kLineLimit) break;
    const auto byte = static_cast<unsigned char>(c);
    char hex[5] = {c, 0};
    if (byte < 0x20 || byte > 0x7e) std::snprintf(hex, sizeof hex, "\\x%02X", static_cast<unsigned>(byte));
    shown += hex;
  }
  std::fprintf(trace_, "%12.3f ms  %s\n", static_cast<double>(at.count()) / 1000, shown.c_str());
}

std::unique_ptr<net::Stream> World::open_stream(std::size_t client, ServerId server, const proto::Method& method) {
  return nodes_.at(client)->transport.open(model().address(server), method);
}

void World::freeze_connection(std::size_t client, ServerId server, std::chrono::nanoseconds time) {
  nodes_.at(client)->transport.freeze(server, now() + time);
}

void World::double_replies(std::size_t client, ServerId server, std::chrono::nanoseconds time) {
  nodes_.at(client)->transport.double_replies(server, now() + time);
}

std::uint64_t World::leader_of(std::string_view key) {
  return model().topology().at(base::encode_bytes(key)).leader_peer()->store_id();
}

void World::move_leader(std::string_view key, std::uint64_t store) {
  EXPECT_TRUE(model().move_leader(base::encode_bytes(key), store));
}

void World::split(std::string_view key) { EXPECT_TRUE(model().split(base::encode_bytes(key))); }

void World::kill(ServerId server) { EXPECT_TRUE(model().kill(server)); }

void World::restart_after(ServerId server, std::chrono::nanoseconds delay) {
  cluster.host().run_after(delay, [this, server] {
    if (!model().alive(server)) {
      EXPECT_TRUE(model().restart(server));
    }
  });
}

std::vector<std::string> World::locked_keys() {
  std::vector<std::string> keys;
  for (const auto& [start, region] : model().topology().regions()) {
    const auto view = model().topology().view(region.meta.peers(0).store_id(), region.meta.id(),
                                              region.meta.region_epoch().version());
    proto::kvrpcpb::ScanLockRequest request;
    request.set_max_version(std::numeric_limits<std::uint64_t>::max());
    const proto::kvrpcpb::ScanLockResponse response = model().keys().handle(*view, request);
    for (const auto& lock : response.locks()) keys.push_back(lock.key());
  }
  return keys;
}

std::uint64_t World::commit_of(const std::string& key, std::uint64_t start_ts) {
  const cluster::RegionState& region = model().topology().at(base::encode_bytes(key));
  const auto view =
      model().topology().view(region.meta.peers(0).store_id(), region.meta.id(), region.meta.region_epoch().version());
  proto::kvrpcpb::MvccGetByKeyRequest request;
  request.set_key(key);
  const proto::kvrpcpb::MvccGetByKeyResponse response = model().keys().handle(*view, request);
  for (const auto& write : response.info().writes()) {
    if (write.start_ts() == start_ts && write.type() != proto::kvrpcpb::Op::Rollback) return write.commit_ts();
  }
  return 0;
}

}  // namespace tikv::testing
