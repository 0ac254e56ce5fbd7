#pragma once

#include <tikv/error.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "testkit/cluster/gate.h"
#include "testkit/cluster/host.h"
#include "testkit/cluster/pd_service.h"
#include "testkit/cluster/pd_state.h"
#include "testkit/cluster/rpc.h"
#include "testkit/cluster/server_id.h"
#include "testkit/cluster/store_service.h"
#include "testkit/cluster/streams.h"
#include "testkit/cluster/topology.h"
#include "testkit/store/kv_store.h"

namespace tikv::testing::cluster {

struct ModelOptions {
  std::uint64_t cluster_id = 0;
  /// host:port of each store; ids are 1, 2, ...
  std::vector<std::string> store_addresses;
  /// host:port of each PD member; ids are 1, 2, ...; the first leads.
  std::vector<std::string> pd_addresses;
  /// How clients are told to talk to PD's members: "http" or "https".
  std::string scheme = "http";
  std::size_t replicas = 3;
  store::StorageApi api = store::StorageApi::kV1;
  /// How long regions and PD are without a leader after they have lost it.
  std::chrono::milliseconds election_delay{200};
  /// How long PD goes on telling of regions and leaders as they were before a change; 0 for not at all.
  std::chrono::milliseconds heartbeat_delay{0};
};

/// A whole cluster without sockets, threads or a clock of its own: what its servers answer, and what may happen to it.
/// A front brings the requests, and learns from an observer which servers are gone.
///
/// Who calls serialises the calls; the host's timers count as calls.
class Model {
 public:
  Model(const ModelOptions& options, Host& host);
  ~Model();
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  class Observer {
   public:
    /// The server's process is gone, and its connections with it.
    virtual void server_down(const ServerId& server) = 0;
    virtual void server_up(const ServerId& server) = 0;

   protected:
    ~Observer() = default;
  };
  void add_observer(Observer* observer) { observers_.push_back(observer); }
  void remove_observer(Observer* observer) { std::erase(observers_, observer); }

  // Traffic. The server must be alive.

  void unary(const ServerId& server, std::string_view path, const CallInfo& info, std::string request, ReplyFn reply);
  /// Null if the server has no such stream.
  std::unique_ptr<ServerStream> open(const ServerId& server, std::string_view path, std::shared_ptr<StreamSink> sink);

  std::vector<ServerId> servers() const;
  std::optional<ServerId> find_server(std::string_view address) const;
  const std::string& address(const ServerId& server) const;
  bool alive(const ServerId& server) const;

  // What may happen. Keys are as regions have them. Errors are `kInvalidArgument` with the reason.

  Result<void> split(const std::string& key);
  Result<void> merge(std::string_view key);
  Result<void> move_leader(std::string_view key, std::uint64_t store_id);
  Result<void> add_peer(std::string_view key, std::uint64_t store_id);
  Result<void> remove_peer(std::string_view key, std::uint64_t store_id);
  /// Ends the process: connections break, what is under way is lost, leaders move after the election delay. The data
  /// stays.
  Result<void> kill(const ServerId& server);
  Result<void> restart(const ServerId& server);
  /// Cuts a store off from the other stores, not from clients.
  Result<void> isolate(std::uint64_t store_id);
  Result<void> heal(std::uint64_t store_id);
  /// The server takes requests and answers nothing until it is thawed.
  Result<void> freeze(const ServerId& server);
  Result<void> thaw(const ServerId& server);
  Result<void> move_pd_leader(std::uint64_t member_id);
  void skew_clock(std::chrono::milliseconds skew) { pd_state_.clock_skew_ms = skew.count(); }

  FaultScript& faults() { return gate_.faults(); }
  std::uint64_t requests(std::string_view method) const { return gate_.count(method); }
  const Topology& topology() const { return topology_; }
  const PdState& pd() const { return pd_state_; }
  store::KvStore& keys() { return keys_; }

 private:
  struct StoreLife {
    bool alive = true;
    bool isolated = false;
  };

  Result<void> check(const ServerId& server) const;
  void connection_changed(std::uint64_t store_id);
  void schedule_elections();
  void elect();
  void elect_pd();
  void leader_changed(std::uint64_t region_id);
  void tell_pd_later(std::chrono::milliseconds delay);
  /// After a change of the region's peers.
  Result<void> at_leader_change(std::uint64_t region_id, std::uint64_t leader_before);

  Host& host_;
  std::chrono::milliseconds election_delay_;
  Topology topology_;
  store::KvStore keys_;
  Gate gate_;
  PdState pd_state_;
  StoreService stores_;
  PdService pd_;
  std::map<std::uint64_t, StoreLife> store_life_;
  std::vector<Observer*> observers_;
  store::Environment::TimerId election_ = 0;
  bool heartbeat_due_ = false;
};

}  // namespace tikv::testing::cluster
