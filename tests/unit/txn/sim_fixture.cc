#include "sim_fixture.h"

#include <utility>

namespace tikv::testing {
namespace {

Task<Result<void>> close_parts(SimClient* client) {
  co_await client->background.join();
  co_await client->regions.close();
  co_await client->stores.close();
  co_await client->pd.close();
  co_return Result<void>();
}

Task<Result<void>> join_background(SimClient* client) {
  co_await client->background.join();
  co_return Result<void>();
}

}  // namespace

pd::PdOptions SimClient::pd_options(memory::MemoryCluster& cluster) {
  pd::PdOptions options;
  options.endpoints = cluster.pd_endpoints();
  return options;
}

SimClient::SimClient(runtime::SimLoop& sim, memory::MemoryCluster& cluster)
    : loop(sim),
      transport(cluster),
      pd(sim, transport, pd_options(cluster)),
      stores(sim, pd, transport),
      regions(sim, pd, stores, region::KeyMode::kTxn),
      router(sim, transport, regions, route::RouterOptions()),
      background(sim),
      locks(sim, router, pd, background),
      environment{.loop = sim,
                  .home = sim,
                  .router = router,
                  .pd = pd,
                  .locks = locks,
                  .background = background,
                  .limits = TransactionLimits(),
                  .closed = closed} {
  const Result<void> connected = runtime::run_on(sim, pd.connect()).get();
  if (!connected) ADD_FAILURE() << connected.error().to_string();
}

SimClient::~SimClient() { close(); }

void SimClient::close() {
  if (closed.exchange(true)) return;
  (void)runtime::run_on(loop, close_parts(this)).get();
}

void SimClient::settle() { (void)runtime::run_on(loop, join_background(this)).get(); }

Transaction SimClient::begin(TransactionOptions options) {
  return txn::begin(nullptr, environment, options).get().value();
}

Snapshot SimClient::snapshot() { return snapshot_at(runtime::run_on(loop, pd.get_timestamp()).get().value()); }

Snapshot SimClient::snapshot_at(std::uint64_t timestamp) {
  return Snapshot(std::make_shared<snapshot::Handle>(nullptr, environment.reads(), timestamp, SnapshotOptions()));
}

void SimClient::write(const std::string& key, const std::string& value) {
  Transaction txn = begin();
  ASSERT_TRUE(txn.put(key, value).has_value());
  const Result<Committed> done = txn.commit().get();
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  settle();
}

SimTest::SimTest(std::uint64_t seed) : loop(seeded(seed)), cluster(loop), client(loop, cluster), other(loop, cluster) {
  EXPECT_TRUE(cluster.model().split(base::encode_bytes("h")).has_value());
  EXPECT_TRUE(cluster.model().split(base::encode_bytes("p")).has_value());
}

void SimTest::TearDown() {
  cluster.model().faults().clear();
  client.close();
  other.close();
}

runtime::LoopOptions SimTest::seeded(std::uint64_t seed) {
  runtime::LoopOptions options;
  options.seed = seed;
  return options;
}

Fault SimTest::fault(std::string method, FaultKind kind, std::uint64_t skip, std::uint64_t times) {
  Fault fault;
  fault.method = std::move(method);
  fault.kind = kind;
  fault.skip = skip;
  fault.times = times;
  return fault;
}

Fault SimTest::delay(std::string method, FaultKind kind, std::chrono::milliseconds by, std::uint64_t skip) {
  Fault late = fault(std::move(method), kind, skip);
  late.delay = by;
  return late;
}

}  // namespace tikv::testing
