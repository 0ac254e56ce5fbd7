#pragma once

#include <gtest/gtest.h>
#include <tikv/client.h>
#include <tikv/testing/fault.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/sim_loop.h"
#include "testkit/memory/memory_cluster.h"
#include "testkit/memory/memory_transport.h"

namespace tikv::testing {

struct WorldOptions {
  std::uint64_t seed = 1;
  std::size_t stores = 3;
  std::size_t pds = 1;
  std::size_t replicas = 3;
  store::StorageApi api = store::StorageApi::kV1;
  /// Where to write what happens, line by line; null for nowhere.
  std::FILE* trace = nullptr;
};

/// A whole cluster and any number of clients in one thread, on a virtual clock, in an order of events that the seed
/// decides. Everything goes through the public API.
class World {
 public:
  explicit World(WorldOptions options = {});
  /// Ends with `finish`, if that has not been done.
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Splits the transactional (raw) keys at "h" and "p", and gives each region a leader on a store of its own: 1, 2, 3.
  /// A cluster holds keys of one kind: the borders are of different make.
  void spread_transactional();
  void spread_raw();

  /// A client of its own, with connections of its own.
  Client& add_client();
  /// Connects a client; what `add_client` does, where that may fail.
  Task<Result<Client>> connect(ClientOptions options);
  /// Not a default argument: g++ 12 destroys that twice where the task is awaited.
  Task<Result<Client>> connect() { return connect(ClientOptions()); }

  template <class T>
  struct Ended {
    Result<T> result;
    std::chrono::nanoseconds took;
  };
  /// Drives the world until the task is complete. A coroutine of the test's own runs on the loop, as one of a service
  /// would that is built on it, so that its deadline is of virtual time. One that takes more than an hour of that is a
  /// failure.
  template <class T>
  Ended<T> run(Task<Result<T>> task);

  /// Drives the world until nothing goes on behind the clients' backs.
  void settle();
  /// Takes back all faults and starts what is down, and waits until everybody has noticed.
  void heal();
  /// Heals, closes all clients, and holds them to having left nothing behind: no operation, no task, no call, no
  /// stream, no timer, nobody who waits for a lock.
  void finish();

  /// Writes what `text()` gives to the trace, if there is one.
  template <class Text>
  void tell(const Text& text) const {
    if (trace_ != nullptr) write_line(text());
  }

  /// A stream of the test's own on a client's connection to `server`: to be gone before the world is.
  std::unique_ptr<net::Stream> open_stream(std::size_t client, cluster::ServerId server, const proto::Method& method);
  /// Nothing gets through a client's connection to `server` for so long, nor back; it does not break.
  void freeze_connection(std::size_t client, cluster::ServerId server, std::chrono::nanoseconds time);

  /// What `server` sends a client on streams arrives twice, for so long.
  void double_replies(std::size_t client, cluster::ServerId server, std::chrono::nanoseconds time);

  FaultId add(Fault fault) { return model().faults().add(std::move(fault)); }
  std::uint64_t hits(FaultId fault) { return model().faults().hits(fault); }
  std::uint64_t requests(std::string_view method) { return model().requests(method); }
  /// The store that leads the region of a transactional key.
  std::uint64_t leader_of(std::string_view key);
  void move_leader(std::string_view key, std::uint64_t store);
  void split(std::string_view key);
  void kill(cluster::ServerId server);
  /// Starts the server again after `delay`, if it is down then.
  void restart_after(cluster::ServerId server, std::chrono::nanoseconds delay);
  /// Locks of transactions in the stores.
  std::vector<std::string> locked_keys();
  /// The commit timestamp of what the transaction of `start_ts` has written to a transactional key; 0 if nothing.
  std::uint64_t commit_of(const std::string& key, std::uint64_t start_ts);

  cluster::Model& model() { return cluster.model(); }
  runtime::TimePoint now() const { return loop.now(); }

  runtime::SimLoop loop;
  memory::MemoryCluster cluster;

 private:
  struct Node {
    explicit Node(memory::MemoryCluster& cluster) : transport(cluster) {}
    memory::MemoryTransport transport;
    std::optional<Client> client;
  };
  void spread(const std::string& second, const std::string& third);
  void write_line(const std::string& text) const;

  std::FILE* trace_;

  std::vector<std::unique_ptr<Node>> nodes_;
  bool finished_ = false;
};

/// A task that runs while the test does other things.
template <class T>
class Started {
 public:
  explicit Started(Task<T> task) {
    std::move(task).start([value = value_](T result) { value->emplace(std::move(result)); });
  }
  bool done() const { return value_->has_value(); }
  T& value() const { return **value_; }

 private:
  std::shared_ptr<std::optional<T>> value_ = std::make_shared<std::optional<T>>();
};

template <class T>
World::Ended<T> World::run(Task<Result<T>> task) {
  const runtime::TimePoint began = loop.now();
  if (task.promise().context.home == nullptr) task = runtime::run_on(loop, std::move(task));
  Started<Result<T>> running(std::move(task));
  const bool ended = loop.run_until([&running] { return running.done(); }, began + std::chrono::hours(1));
  if (!ended) {
    ADD_FAILURE() << "a task never ends";
    return {std::unexpected(Error(ErrorKind::kServer, "never ended")), loop.now() - began};
  }
  return {std::move(running.value()), loop.now() - began};
}

/// What of a result a failed expectation shows.
template <class T>
std::string describe(const Result<T>& result) {
  if (result) return "success";
  std::string text = result.error().to_string() + " [applied: " + std::string(to_string(result.error().applied()));
  for (const Attempt& attempt : result.error().attempts()) {
    text += "; store " + std::to_string(attempt.store_id) + " " + attempt.address + " " + attempt.outcome;
  }
  return text + "]";
}

/// A rule that hits `times` requests of `method` (all methods: empty) after the first `skip`.
inline Fault fault_at(std::string method, FaultKind kind, std::uint64_t skip = 0, std::uint64_t times = 1) {
  Fault fault;
  fault.method = std::move(method);
  fault.kind = kind;
  fault.skip = skip;
  fault.times = times;
  return fault;
}

inline Fault delayed(std::string method, FaultKind kind, std::chrono::milliseconds by, std::uint64_t skip = 0) {
  Fault fault = fault_at(std::move(method), kind, skip);
  fault.delay = by;
  return fault;
}

inline Fault region_error_at(std::string method, RegionErrorKind error, std::uint64_t skip = 0,
                             std::uint64_t times = 1) {
  Fault fault = fault_at(std::move(method), FaultKind::kRegionError, skip, times);
  fault.region_error = error;
  return fault;
}

}  // namespace tikv::testing
