#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "testkit/cluster/faults.h"
#include "testkit/cluster/host.h"
#include "testkit/cluster/rpc.h"
#include "testkit/cluster/server_id.h"

namespace tikv::testing::cluster {

/// A request that has reached a server.
struct Arrival {
  ServerId server;
  std::string_view method;
  /// Carries it out; may be called twice.
  std::function<void(ReplyFn)> execute;
  /// An answer with the region error a fault asks for; null if the method's answers have none.
  std::function<std::unique_ptr<Message>(const FaultScript::Hit&)> region_error;
  /// Whether an answer says that nothing was done; null if none does.
  bool (*refused)(const Message& response) = nullptr;
};

/// What every request passes on its way in: it is counted, waits while its server is frozen, and meets the faults.
class Gate {
 public:
  explicit Gate(Host& host) : host_(host) {}
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  void pass(Arrival arrival, ReplyFn reply);

  FaultScript& faults() { return faults_; }
  /// Requests of that method that reached any server, those that a fault met included.
  std::uint64_t count(std::string_view method) const;

  /// A frozen server takes requests and does nothing with them until it is thawed.
  void freeze(const ServerId& server) { servers_[server].frozen = true; }
  void thaw(const ServerId& server);
  /// The server was killed: what it had not begun is lost.
  void went_down(const ServerId& server);

 private:
  struct ServerState {
    bool frozen = false;
    std::uint64_t incarnation = 0;
    std::deque<std::function<void()>> waiting;
  };
  struct Pending {
    Arrival arrival;
    ReplyFn reply;
  };

  void meet_faults(std::shared_ptr<Pending> pending);
  void execute_and_again(std::chrono::milliseconds delay, std::shared_ptr<Pending> pending);
  void apply(const FaultScript::Hit& hit, std::shared_ptr<Pending> pending);
  /// Runs `work` later, unless the server is killed until then.
  void later(const ServerId& server, std::chrono::milliseconds delay, std::function<void()> work);

  Host& host_;
  FaultScript faults_;
  std::map<ServerId, ServerState> servers_;
  std::map<std::string, std::uint64_t, std::less<>> counts_;
};

}  // namespace tikv::testing::cluster
