#pragma once

#include <gtest/gtest.h>
#include <tikv/snapshot.h>
#include <tikv/testing/fault.h>
#include <tikv/transaction.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "base/codec.h"
#include "lock/resolver.h"
#include "pd/pd_client.h"
#include "region/region_cache.h"
#include "region/store.h"
#include "route/router.h"
#include "runtime/scope.h"
#include "runtime/sim_loop.h"
#include "snapshot/handle.h"
#include "testkit/memory/memory_cluster.h"
#include "testkit/memory/memory_transport.h"
#include "txn/environment.h"
#include "txn/handle.h"

namespace tikv {
inline void PrintTo(const KvPair& pair, std::ostream* out) { *out << pair.key << '=' << pair.value; }
}  // namespace tikv

namespace tikv::testing {

/// What a client has for transactions, on the loop of a simulated cluster. Several share one, like several machines.
class SimClient {
 public:
  SimClient(runtime::SimLoop& loop, memory::MemoryCluster& cluster);
  ~SimClient();

  Transaction begin(TransactionOptions options = {});
  /// At a fresh timestamp.
  Snapshot snapshot();
  Snapshot snapshot_at(std::uint64_t timestamp);
  std::uint64_t timestamp() { return pd.get_timestamp().get().value(); }
  /// What a fresh snapshot sees.
  std::optional<std::string> read(const std::string& key) { return snapshot().get(key).get().value(); }
  void write(const std::string& key, const std::string& value);
  std::shared_ptr<detail::TransactHost> host() { return std::make_shared<txn::TransactHost>(nullptr, environment); }
  /// Until nothing goes on in the background.
  void settle();
  void close();

  runtime::SimLoop& loop;
  memory::MemoryTransport transport;
  pd::PdClient pd;
  region::StoreCache stores;
  region::RegionCache regions;
  route::Router router;
  runtime::Scope background;
  lock::LockResolver locks;
  std::atomic<bool> closed{false};
  txn::Environment environment;

 private:
  static pd::PdOptions pd_options(memory::MemoryCluster& cluster);
  template <class T>
  Task<Result<T>> on_loop(Task<Result<T>> task) {
    return runtime::run_on(loop, std::move(task));
  }
};

/// A cluster of three stores whose transactional keys are split at "h" and "p", and two clients.
class SimTest : public ::testing::Test {
 protected:
  explicit SimTest(std::uint64_t seed = 1);
  void TearDown() override;

  static runtime::LoopOptions seeded(std::uint64_t seed);
  void split(const std::string& key) { ASSERT_TRUE(cluster.model().split(base::encode_bytes(key)).has_value()); }
  FaultId add(Fault fault) { return cluster.model().faults().add(std::move(fault)); }
  std::uint64_t hits(FaultId fault) { return cluster.model().faults().hits(fault); }
  std::uint64_t requests(std::string_view method) { return cluster.model().requests(method); }
  static Fault fault(std::string method, FaultKind kind, std::uint64_t skip = 0, std::uint64_t times = 1);
  static Fault delay(std::string method, FaultKind kind, std::chrono::milliseconds by, std::uint64_t skip = 0);

  runtime::SimLoop loop;
  memory::MemoryCluster cluster;
  SimClient client;
  SimClient other;
};

/// A task that runs while the test does other things.
template <class T>
class Started {
 public:
  explicit Started(Task<T> task) {
    std::move(task).start([value = value_](T result) { value->emplace(std::move(result)); });
  }
  bool done() const { return value_->has_value(); }
  /// Drives the loop until the task is complete.
  T wait(runtime::SimLoop& loop) {
    loop.run_until([this] { return done(); });
    return std::move(**value_);
  }

 private:
  std::shared_ptr<std::optional<T>> value_ = std::make_shared<std::optional<T>>();
};

}  // namespace tikv::testing
