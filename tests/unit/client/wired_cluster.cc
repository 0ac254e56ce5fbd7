#include "wired_cluster.h"

#include <google/protobuf/message_lite.h>

#include "client/connect.h"
#include "client/layer_options.h"

namespace tikv::testing {

using cluster::RpcReply;
using net::FakePeer;

namespace {

runtime::LoopOptions loop_options() {
  runtime::LoopOptions options;
  options.default_timeout = ClientOptions().default_timeout;
  return options;
}

}  // namespace

/// The way back of a stream. The network remembers its peers, so there always is one.
class WiredCluster::Sink final : public cluster::StreamSink {
 public:
  Sink(FakePeer& peer, std::int32_t id) : peer_(peer), id_(id) {}
  void send(std::unique_ptr<cluster::Message> response) override { peer_.send(id_, response->SerializeAsString()); }
  void finish(RpcReply reply) override { end(peer_, id_, reply); }

 private:
  FakePeer& peer_;
  std::int32_t id_;
};

WiredCluster::WiredCluster()
    : loop(loop_options()),
      transport_(loop, network.factory(), client::http_options(ClientOptions(), observe::or_silent(nullptr), 0)) {
  network.on_message = [this](FakePeer& peer, const FakePeer::Exchange& exchange, const std::string& message) {
    serve(peer, exchange, message);
  };
  cluster.model().add_observer(this);
}

WiredCluster::~WiredCluster() { cluster.model().remove_observer(this); }

Result<Client> WiredCluster::connect() {
  ClientOptions options;
  options.pd_endpoints = cluster.pd_endpoints();
  return client::connect_on(loop, transport_, std::move(options)).get();
}

void WiredCluster::serve(FakePeer& peer, const FakePeer::Exchange& exchange, const std::string& message) {
  const auto server = cluster.model().find_server(peer.address);
  const auto [place, fresh] = streams_.try_emplace(StreamId(&peer, exchange.id));
  if (fresh) {
    place->second = cluster.model().open(*server, exchange.path, std::make_shared<Sink>(peer, exchange.id));
  }
  if (place->second) return place->second->message(message);
  const cluster::CallInfo info{.allow_follower = exchange.headers.contains("pd-allow-follower-handle")};
  cluster.model().unary(*server, exchange.path, info, message, [&peer, id = exchange.id](const RpcReply& reply) {
    if (reply.ok()) peer.send(id, reply.response->SerializeAsString());
    end(peer, id, reply);
  });
}

void WiredCluster::end(FakePeer& peer, std::int32_t id, const RpcReply& reply) {
  if (reply.broken) return peer.hang_up();
  peer.finish(id, static_cast<int>(reply.code), reply.text);
}

void WiredCluster::server_down(const cluster::ServerId& server) {
  const std::string& address = cluster.model().address(server);
  network.closed_addresses.insert(address);
  std::erase_if(streams_, [&address](const auto& entry) { return entry.first.first->address == address; });
  for (const auto& peer : network.peers)
    if (peer->address == address) peer->hang_up();
}

void WiredCluster::server_up(const cluster::ServerId& server) {
  network.closed_addresses.erase(cluster.model().address(server));
}

}  // namespace tikv::testing
