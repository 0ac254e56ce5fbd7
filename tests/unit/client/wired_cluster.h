#pragma once

#include <tikv/client.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "fake_network/fake_network.h"
#include "net/http_transport.h"
#include "runtime/sim_loop.h"
#include "testkit/memory/memory_cluster.h"

namespace tikv::testing {

/// A whole cluster at the other end of simulated sockets: what clients say to it is HTTP/2, as on a real network, and
/// yet one thread and one virtual clock have it all.
class WiredCluster : private cluster::Model::Observer {
 public:
  WiredCluster();
  ~WiredCluster();
  WiredCluster(const WiredCluster&) = delete;
  WiredCluster& operator=(const WiredCluster&) = delete;

  Result<Client> connect();

  runtime::SimLoop loop;
  net::FakeNetwork network{loop};
  memory::MemoryCluster cluster{loop};

 private:
  class Sink;
  using StreamId = std::pair<net::FakePeer*, std::int32_t>;
  void server_down(const cluster::ServerId& server) override;
  void server_up(const cluster::ServerId& server) override;
  void serve(net::FakePeer& peer, const net::FakePeer::Exchange& exchange, const std::string& message);
  static void end(net::FakePeer& peer, std::int32_t id, const cluster::RpcReply& reply);

  std::map<StreamId, std::unique_ptr<cluster::ServerStream>> streams_;
  net::HttpTransport transport_;
};

}  // namespace tikv::testing
