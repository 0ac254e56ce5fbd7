#include "chaos.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "runtime/wait.h"

namespace tikv::testing {

using cluster::Model;
using cluster::ServerId;
using cluster::ServerKind;
using std::chrono::milliseconds;

namespace {

constexpr FaultKind kLosses[] = {
    FaultKind::kDropRequest,  FaultKind::kDropReply,  FaultKind::kBreakBefore,  FaultKind::kBreakAfter,
    FaultKind::kDelayRequest, FaultKind::kDelayReply, FaultKind::kDelayRequest, FaultKind::kDelayReply,
    FaultKind::kBreakBefore,  FaultKind::kBreakAfter, FaultKind::kStatus,
};

constexpr RegionErrorKind kErrors[] = {
    RegionErrorKind::kMessageOnly,           RegionErrorKind::kNotLeader,
    RegionErrorKind::kRegionNotFound,        RegionErrorKind::kKeyNotInRegion,
    RegionErrorKind::kEpochNotMatch,         RegionErrorKind::kServerIsBusy,
    RegionErrorKind::kStaleCommand,          RegionErrorKind::kStoreNotMatch,
    RegionErrorKind::kMaxTimestampNotSynced, RegionErrorKind::kReadIndexNotReady,
    RegionErrorKind::kProposalInMergingMode, RegionErrorKind::kDataIsNotReady,
    RegionErrorKind::kRegionNotInitialized,  RegionErrorKind::kDiskFull,
    RegionErrorKind::kRecoveryInProgress,    RegionErrorKind::kMismatchPeerId,
    RegionErrorKind::kUndeterminedResult,
};

/// More regions than these only take time.
constexpr std::size_t kMaxRegions = 12;

}  // namespace

void sim_log(const World& world, const std::string& text) {
  static const bool wanted = std::getenv("TIKV_SIM_LOG") != nullptr;
  if (!wanted) return;
  const auto at = std::chrono::duration_cast<std::chrono::microseconds>(world.now().time_since_epoch());
  std::fprintf(stderr, "%12.3f ms  %s\n", static_cast<double>(at.count()) / 1000, text.c_str());
}

std::vector<std::uint64_t> sim_seeds(std::uint64_t count) {
  if (const char* one = std::getenv("TIKV_SIM_SEED")) return {std::strtoull(one, nullptr, 10)};
  if (const char* wanted = std::getenv("TIKV_SIM_SEEDS")) count = std::strtoull(wanted, nullptr, 10);
  std::vector<std::uint64_t> seeds;
  for (std::uint64_t seed = 1; seed <= count; ++seed) seeds.push_back(seed);
  return seeds;
}

Chaos::Chaos(World& world, std::uint64_t seed, std::vector<std::string> borders, std::vector<std::string> methods)
    : world_(world), random_(seed), borders_(std::move(borders)), methods_(std::move(methods)) {}

const std::vector<Chaos::Row>& Chaos::rows() {
  static const std::vector<Row> all = {
      {40, &Chaos::lose_something}, {20, &Chaos::answer_with_error},
      {8, &Chaos::kill_store},      {3, &Chaos::freeze_store},
      {3, &Chaos::cut_store_off},   {2, &Chaos::kill_pd},
      {1, &Chaos::freeze_pd},       {3, &Chaos::move_pd},
      {8, &Chaos::split},           {6, &Chaos::merge},
      {12, &Chaos::move_leader},    {6, &Chaos::move_peer},
      {2, &Chaos::change_latency},
  };
  return all;
}

Task<Result<void>> Chaos::run(std::chrono::nanoseconds duration) {
  const auto until = world_.now() + duration;
  std::uint64_t total = 0;
  for (const Row& row : rows()) total += row.weight;
  while (world_.now() < until) {
    (void)co_await runtime::sleep(time(1, 80));
    std::uint64_t choice = pick(total);
    for (const Row& row : rows()) {
      if (choice < row.weight) {
        (this->*row.event)();
        break;
      }
      choice -= row.weight;
    }
  }
  co_return Result<void>();
}

void Chaos::after(milliseconds delay, std::move_only_function<void()> work) {
  world_.cluster.host().run_after(delay, std::move(work));
}

bool Chaos::spare(ServerKind kind) {
  const bool pd = kind == ServerKind::kPd;
  const std::size_t unwell = pd ? unwell_pds_ : unwell_stores_;
  return unwell == 0;
}

void Chaos::unwell(ServerId server, milliseconds time, Result<void> (Model::*end)(const ServerId&)) {
  std::size_t& count = server.kind == ServerKind::kPd ? unwell_pds_ : unwell_stores_;
  ++count;
  after(time, [this, server, end, &count] {
    --count;
    sim_log(world_, "well again: " + world_.model().address(server));
    (void)(world_.model().*end)(server);
  });
}

void Chaos::lose_something() {
  Fault fault = fault_at(some_method(), kLosses[pick(std::size(kLosses))], pick(6), 1 + pick(2));
  fault.delay = time(1, pick(4) == 0 ? 5000 : 200);
  sim_log(world_, "fault " + std::to_string(static_cast<int>(fault.kind)) + " for " + fault.method);
  const FaultId id = world_.add(std::move(fault));
  after(time(50, 1500), [this, id] { world_.model().faults().remove(id); });
}

void Chaos::answer_with_error() {
  Fault fault = region_error_at(some_method(), kErrors[pick(std::size(kErrors))], pick(4), 1 + pick(3));
  fault.hide_leader = pick(2) == 0;
  fault.delay = time(0, 300);
  sim_log(world_, "region error " + std::to_string(static_cast<int>(fault.region_error)) + " for " + fault.method);
  const FaultId id = world_.add(std::move(fault));
  after(time(50, 1500), [this, id] { world_.model().faults().remove(id); });
}

void Chaos::kill_store() {
  if (!spare(ServerKind::kStore)) return;
  const ServerId server = ServerId::store(store());
  sim_log(world_, "kill " + world_.model().address(server));
  world_.kill(server);
  unwell(server, time(10, 6000), &Model::restart);
}

void Chaos::freeze_store() {
  if (!spare(ServerKind::kStore)) return;
  const ServerId server = ServerId::store(store());
  sim_log(world_, "freeze " + world_.model().address(server));
  EXPECT_TRUE(world_.model().freeze(server));
  unwell(server, time(10, 6000), &Model::thaw);
}

void Chaos::cut_store_off() {
  if (!spare(ServerKind::kStore)) return;
  const std::uint64_t id = store();
  sim_log(world_, "cut off store " + std::to_string(id));
  EXPECT_TRUE(world_.model().isolate(id));
  ++unwell_stores_;
  after(time(10, 6000), [this, id] {
    --unwell_stores_;
    sim_log(world_, "back: store " + std::to_string(id));
    (void)world_.model().heal(id);
  });
}

void Chaos::kill_pd() {
  if (!spare(ServerKind::kPd)) return;
  const ServerId server = ServerId::pd(1 + pick(world_.model().pd().members.size()));
  sim_log(world_, "kill " + world_.model().address(server));
  world_.kill(server);
  unwell(server, time(10, 3000), &Model::restart);
}

void Chaos::freeze_pd() {
  if (!spare(ServerKind::kPd)) return;
  const ServerId server = ServerId::pd(1 + pick(world_.model().pd().members.size()));
  sim_log(world_, "freeze " + world_.model().address(server));
  EXPECT_TRUE(world_.model().freeze(server));
  unwell(server, time(10, 3000), &Model::thaw);
}

void Chaos::move_pd() {
  const std::uint64_t member = 1 + pick(world_.model().pd().members.size());
  sim_log(world_, "PD leader to " + std::to_string(member));
  (void)world_.model().move_pd_leader(member);  // refused if it is down
}

void Chaos::split() {
  if (world_.model().topology().regions().size() >= kMaxRegions) return;
  const std::string& key = border();
  sim_log(world_, "split");
  EXPECT_TRUE(world_.model().split(key));
}

void Chaos::merge() {
  sim_log(world_, "merge");
  (void)world_.model().merge(border());  // refused if the neighbour is on other stores
}

void Chaos::move_leader() {
  const std::string& key = border();
  const std::uint64_t to = store();
  sim_log(world_, "move leader to store " + std::to_string(to));
  (void)world_.model().move_leader(key, to);  // refused if it is down or has no peer
}

void Chaos::move_peer() {
  const std::string& key = border();
  const std::uint64_t from = store();
  const std::uint64_t to = store();
  if (from == to || !world_.model().topology().connected(to)) return;
  sim_log(world_, "move peer from store " + std::to_string(from) + " to " + std::to_string(to));
  const bool has_from = world_.model().topology().at(key).peer_on(from) != nullptr;
  if (!has_from || !world_.model().add_peer(key, to)) return;
  if (!world_.model().remove_peer(key, from)) (void)world_.model().remove_peer(key, to);
}

void Chaos::change_latency() {
  memory::NetworkOptions& network = world_.cluster.network();
  network.latency_min = std::chrono::microseconds(50 + pick(500));
  network.latency_max = network.latency_min + std::chrono::microseconds(pick(pick(3) == 0 ? 40'000 : 2'000));
}

}  // namespace tikv::testing
