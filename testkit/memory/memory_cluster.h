#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/loop.h"
#include "testkit/cluster/model.h"
#include "testkit/memory/loop_host.h"

namespace tikv::testing::memory {

/// One way through the simulated network takes a random time between these, drawn from the loop.
struct NetworkOptions {
  std::chrono::nanoseconds latency_min = std::chrono::microseconds(100);
  std::chrono::nanoseconds latency_max = std::chrono::microseconds(500);
};

struct MemoryClusterOptions {
  std::size_t stores = 3;
  std::size_t pds = 1;
  std::size_t replicas = 3;
  std::uint64_t cluster_id = 7'000'000'000'000'000'001;
  store::StorageApi api = store::StorageApi::kV1;
  std::chrono::milliseconds election_delay{200};
  /// How long PD goes on telling of regions and leaders as they were before a change.
  std::chrono::milliseconds heartbeat_delay{0};
  NetworkOptions network;
};

/// Sees every call of its own between the network and the servers, and may change it: what a test writes down, or
/// plants there. Streams pass it by.
class Tap {
 public:
  virtual ~Tap() = default;
  /// `request` is about to reach its server. An answer here takes the server's place.
  virtual std::optional<cluster::RpcReply> on_request(const cluster::ServerId& server, std::string_view path,
                                                      std::string& request) = 0;
  /// The server's answer to it.
  virtual void on_reply(const cluster::ServerId& server, std::string_view path, const std::string& request,
                        cluster::RpcReply& reply) = 0;
};

/// A cluster on the loop of the clients that use it, reached by `MemoryTransport`. With a `SimLoop` the whole of it
/// runs on a virtual clock, in one order of events for each seed. Its servers are called "pd1:2379", ...,
/// "store1:20160", ...
///
/// It goes after its transports and before the loop.
class MemoryCluster {
 public:
  explicit MemoryCluster(runtime::Loop& loop, MemoryClusterOptions options = {});

  std::vector<std::string> pd_endpoints() const;
  cluster::Model& model() { return model_; }
  LoopHost& host() { return host_; }
  const NetworkOptions& network() const { return network_; }
  NetworkOptions& network() { return network_; }
  /// Null for none, which is how it begins.
  void set_tap(Tap* tap) { tap_ = tap; }
  Tap* tap() const { return tap_; }

 private:
  NetworkOptions network_;
  Tap* tap_ = nullptr;
  LoopHost host_;
  cluster::Model model_;
};

}  // namespace tikv::testing::memory
