#include "simulation.h"

#include <gtest/gtest-spi.h>

#include <algorithm>
#include <random>
#include <utility>

#include "base/codec.h"
#include "chaos.h"
#include "runtime/wait.h"
#include "stage.h"
#include "trace.h"
#include "world.h"

namespace tikv::testing {
namespace {

using namespace std::chrono_literals;

/// Whose requests chaos singles out.
std::vector<std::string> methods_of(KeyKind keys) {
  if (keys != KeyKind::kTransactional) {
    return {"RawGet",    "RawBatchGet", "RawScan",     "RawChecksum",    "RawCompareAndSwap", "RawCompareAndSwap",
            "RawPut",    "RawDelete",   "RawBatchPut", "RawBatchDelete", "RawDeleteRange",    "RawGetKeyTTL",
            "GetRegion", "ScanRegions"};
  }
  return {"KvPrewrite", "KvPrewrite",       "KvCommit",      "KvCommit",        "KvCommit",       "KvGet", "KvBatchGet",
          "KvScan",     "KvCheckTxnStatus", "KvResolveLock", "KvBatchRollback", "KvTxnHeartBeat", "Tso",   "GetRegion"};
}

std::vector<std::string> borders_of(KeyKind keys) {
  std::vector<std::string> all;
  for (char c = 'b'; c <= 'y'; ++c) {
    const std::string border(1, c);
    all.push_back(keys == KeyKind::kTransactional ? base::encode_bytes(border) : border);
  }
  return all;
}

class Run {
 public:
  Run(const Scenario& scenario, std::uint64_t seed, const SimulationOptions& options)
      : scenario_(scenario),
        random_(seed * 7919),
        world_(world_options(seed, options)),
        stage_(world_, seed, scenario.troubles) {
    const Size& size = scenario_.size;
    if (options.plant) tap_ = options.plant(world_);
    if (options.trace != nullptr) tap_ = trace_requests(world_, std::move(tap_));
    world_.cluster.set_tap(tap_.get());
    stage_.add_clients(between(size.clients_min, size.clients_max));
    for (const WorkloadMaker make : scenario_.workloads) workloads_.push_back(make(stage_));
    for (const auto& workload : workloads_) workload->prepare();
    ChaosPlan plan;
    plan.troubles = scenario_.troubles;
    plan.borders = borders_of(scenario_.keys);
    plan.methods = methods_of(scenario_.keys);
    plan.clients = stage_.clients().size();
    plan.pause_max = std::chrono::milliseconds(size.calm_max);
    chaos_ = std::make_unique<Chaos>(world_, seed, std::move(plan));
  }

  void run() {
    if (!work()) return;
    stage_.world().tell([] { return std::string("--- all is well again"); });
    world_.heal();
    measure_recovery();
    // Until what was late has arrived, and locks that were left behind have expired, even by a clock that stands.
    world_.loop.run_for(60s);
    stage_.world().tell([] { return std::string("--- the check"); });
    for (int round = 0; round < 2 && transactional(); ++round) read_everything();
    for (const auto& workload : workloads_) workload->check();
    world_.settle();
    if (transactional()) EXPECT_THAT(world_.locked_keys(), ::testing::IsEmpty()) << "locks stay";
    world_.finish();
  }

  const std::map<std::string, std::uint64_t>& counts() const { return stage_.counts(); }
  std::chrono::nanoseconds recovery() const { return recovery_; }

 private:
  std::size_t between(std::size_t least, std::size_t most) { return least + random_() % (most - least + 1); }
  bool transactional() const { return scenario_.keys == KeyKind::kTransactional; }

  WorldOptions world_options(std::uint64_t seed, const SimulationOptions& options) {
    WorldOptions world;
    world.seed = seed;
    world.stores = between(3, 5);
    world.pds = between(0, 1) == 0 ? 1 : 3;
    world.replicas = between(0, 4) == 0 ? 1 : 3;
    world.trace = options.trace;
    if (scenario_.keys == KeyKind::kRawWithTtl) world.api = store::StorageApi::kV1Ttl;
    return world;
  }

  /// Clients and chaos at once. False if it never ends.
  bool work() {
    std::vector<Started<Result<void>>> running;
    const auto start = [&](Task<Result<void>> task) {
      running.emplace_back(runtime::run_on(world_.loop, std::move(task)));
    };
    const std::chrono::seconds time(between(scenario_.size.seconds_min, scenario_.size.seconds_max));
    stage_.open_for(time);
    start(chaos_->run(time));
    stage_.close_one_later();
    std::size_t process = 0;
    for (Client* client : stage_.clients()) {
      for (std::size_t i = 0, n = between(1, scenario_.size.workers_max); i < n; ++i) start(worker(*client, ++process));
    }
    const auto done = [&] { return std::ranges::all_of(running, [](const auto& task) { return task.done(); }); };
    const bool ended = world_.loop.run_until(done, world_.now() + 30min);
    EXPECT_TRUE(ended) << "a worker never ends";
    return ended;
  }

  Task<Result<void>> worker(Client& client, std::size_t process) {
    while (stage_.open() && !stage_.closed(client)) {
      (void)co_await runtime::sleep(std::chrono::milliseconds(stage_.pick(scenario_.size.idle_max)));
      Task<bool> step = workloads_[stage_.pick(workloads_.size())]->step(client, process);
      (void)co_await std::move(step);
    }
    co_return Result<void>();
  }

  /// Every client writes and reads behind every border, all of them at once.
  void measure_recovery() {
    const runtime::TimePoint began = world_.now();
    std::vector<Started<Result<void>>> running;
    std::size_t number = 0;
    for (const Client* client : stage_.clients()) {
      ++number;
      if (stage_.closed(*client)) continue;
      for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyz")) {
        std::string key = c + std::string("/service/") + std::to_string(number);
        Task<Result<void>> task = transactional() ? serve_txn(*client, key) : serve_raw(*client, key);
        running.emplace_back(runtime::run_on(world_.loop, std::move(task)));
      }
    }
    const auto done = [&] { return std::ranges::all_of(running, [](const auto& task) { return task.done(); }); };
    EXPECT_TRUE(world_.loop.run_until(done, began + 10min)) << "service never comes back";
    if (!done()) return;
    recovery_ = world_.now() - began;
    for (const auto& task : running) EXPECT_TRUE(task.value()) << "no service: " << describe(task.value());
    EXPECT_LE(recovery_, kServiceBound) << "service came back late";
  }

  static Task<Result<void>> serve_txn(const Client& client, std::string key) {
    return client.transact([key](Transaction& txn) -> Task<Result<void>> {
      (void)co_await txn.get(key).or_return();
      co_await txn.put(key, "served");
      co_return Result<void>();
    });
  }

  static Task<Result<void>> serve_raw(const Client& client, std::string key) {
    const RawClient raw = client.raw();
    co_await raw.put(key, "served").or_return();
    (void)co_await raw.get(key).or_return();
    co_return Result<void>();
  }

  /// Each read meets the locks before it, and clears them away behind itself.
  void read_everything() {
    for (char c = 'a'; c <= 'z'; ++c) {
      Client& client = stage_.any_client();
      const std::uint64_t now = world_.run(client.timestamp()).result.value();
      const auto pairs = world_.run(client.snapshot(now).scan(KeyRange::prefix(std::string(1, c))).collect()).result;
      EXPECT_TRUE(pairs) << describe(pairs);
    }
    world_.settle();
  }

  const Scenario& scenario_;
  std::mt19937_64 random_;
  std::unique_ptr<memory::Tap> tap_;
  World world_;
  Stage stage_;
  std::vector<std::unique_ptr<Workload>> workloads_;
  std::unique_ptr<Chaos> chaos_;
  std::chrono::nanoseconds recovery_{0};
};

}  // namespace

SimulationReport simulate(const Scenario& scenario, std::uint64_t seed, const SimulationOptions& options) {
  SimulationReport report;
  ::testing::TestPartResultArray results;
  {
    // Expectations that fail are the run's findings, whether or not a test runs it.
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &results);
    Run run(scenario, seed, options);
    run.run();
    report.counts = run.counts();
    report.recovery = run.recovery();
  }
  for (int i = 0; i < results.size(); ++i) {
    if (results.GetTestPartResult(i).failed()) report.findings.emplace_back(results.GetTestPartResult(i).message());
  }
  return report;
}

const Scenario& scenario_of(std::uint64_t seed) { return scenarios()[seed % scenarios().size()]; }

}  // namespace tikv::testing
