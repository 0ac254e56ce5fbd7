#include "chaos.h"

#include <algorithm>
#include <utility>

#include "runtime/wait.h"

namespace tikv::testing {

using cluster::Model;
using cluster::ServerId;
using cluster::ServerKind;
using std::chrono::milliseconds;

namespace {

constexpr RegionErrorKind kErrors[] = {
    RegionErrorKind::kMessageOnly,           RegionErrorKind::kNotLeader,
    RegionErrorKind::kRegionNotFound,        RegionErrorKind::kKeyNotInRegion,
    RegionErrorKind::kEpochNotMatch,         RegionErrorKind::kServerIsBusy,
    RegionErrorKind::kStaleCommand,          RegionErrorKind::kStoreNotMatch,
    RegionErrorKind::kMaxTimestampNotSynced, RegionErrorKind::kReadIndexNotReady,
    RegionErrorKind::kProposalInMergingMode, RegionErrorKind::kDataIsNotReady,
    RegionErrorKind::kRegionNotInitialized,  RegionErrorKind::kDiskFull,
    RegionErrorKind::kRecoveryInProgress,    RegionErrorKind::kMismatchPeerId,
    RegionErrorKind::kUndeterminedResult,    RegionErrorKind::kIsWitness,
    RegionErrorKind::kBucketVersionNotMatch,
};

/// UNAVAILABLE most often; UNKNOWN, CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL.
constexpr int kStatuses[] = {14, 14, 14, 2, 1, 4, 8, 10, 13};

/// More regions than these only take time.
constexpr std::size_t kMaxRegions = 12;

}  // namespace

Chaos::Chaos(World& world, std::uint64_t seed, ChaosPlan plan) : world_(world), random_(seed), plan_(std::move(plan)) {
  for (const Row& row : rows()) {
    if (std::ranges::find(plan_.troubles, row.trouble) == plan_.troubles.end()) continue;
    mix_.push_back(row);
    total_weight_ += row.weight;
  }
}

const std::vector<Chaos::Row>& Chaos::rows() {
  using enum Trouble;
  static const std::vector<Row> all = {
      {kLostMessages, 12, &Chaos::lose},
      {kLateMessages, 15, &Chaos::delay},
      {kDoubledRequests, 8, &Chaos::repeat},
      {kReorderedMessages, 2, &Chaos::reorder},
      {kBrokenConnections, 12, &Chaos::break_connection},
      {kStatuses, 4, &Chaos::answer_status},
      {kRegionErrors, 20, &Chaos::answer_region_error},
      {kFrozenConnections, 4, &Chaos::freeze_connection},
      {kSlowStores, 2, &Chaos::slow_store},
      {kFrozenStores, 3, &Chaos::freeze_store},
      {kKilledStores, 8, &Chaos::kill_store},
      {kCutOffStores, 3, &Chaos::cut_store_off},
      {kKilledPds, 2, &Chaos::kill_pd},
      {kFrozenPds, 1, &Chaos::freeze_pd},
      {kMovedPdLeader, 3, &Chaos::move_pd},
      {kSplits, 8, &Chaos::split},
      {kMerges, 6, &Chaos::merge},
      {kMovedLeaders, 12, &Chaos::move_leader},
      {kMovedPeers, 6, &Chaos::move_peer},
      {kClockJumps, 1, &Chaos::jump_clock},
      {kDoubledReplies, 6, &Chaos::double_replies},
  };
  return all;
}

Task<Result<void>> Chaos::run(std::chrono::nanoseconds duration) {
  const auto until = world_.now() + duration;
  while (total_weight_ > 0 && world_.now() < until) {
    (void)co_await runtime::sleep(
        time(static_cast<std::uint64_t>(plan_.pause_min.count()), static_cast<std::uint64_t>(plan_.pause_max.count())));
    std::uint64_t choice = pick(total_weight_);
    for (const Row& row : mix_) {
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

// ---- messages

void Chaos::inject(const char* what, Fault fault) {
  world_.tell([&] {
    return "* " + std::string(what) + " for " + (fault.method.empty() ? "any request" : fault.method) + ", after " +
           std::to_string(fault.skip) + ", " + std::to_string(fault.times) + " times, " +
           std::to_string(fault.delay.count()) + " ms";
  });
  const FaultId id = world_.add(std::move(fault));
  after(time(50, 1500), [this, id] { world_.model().faults().remove(id); });
}

void Chaos::lose() {
  const bool request = pick(2) == 0;
  inject(request ? "lost request" : "lost answer",
         fault_at(some_method(), request ? FaultKind::kDropRequest : FaultKind::kDropReply, pick(6), 1 + pick(2)));
}

void Chaos::delay() {
  const bool request = pick(2) == 0;
  Fault fault =
      fault_at(some_method(), request ? FaultKind::kDelayRequest : FaultKind::kDelayReply, pick(6), 1 + pick(2));
  fault.delay = time(1, pick(4) == 0 ? 5000 : 200);
  inject(request ? "late request" : "late answer", std::move(fault));
}

void Chaos::repeat() {
  // Nothing repeats a compare-and-swap but its sender, and that must not.
  Fault fault = fault_at(plan_.methods[pick(plan_.methods.size())], FaultKind::kDuplicate, pick(6), 1 + pick(2));
  if (fault.method == "RawCompareAndSwap") return;
  if (pick(3) != 0) fault.delay = time(1, pick(3) == 0 ? 5000 : 300);
  inject("doubled request", std::move(fault));
}

void Chaos::break_connection() {
  const bool before = pick(2) == 0;
  inject(before ? "connection lost before a request" : "connection lost after a request",
         fault_at(some_method(), before ? FaultKind::kBreakBefore : FaultKind::kBreakAfter, pick(6), 1 + pick(2)));
}

void Chaos::answer_status() {
  Fault fault = fault_at(some_method(), FaultKind::kStatus, pick(6), 1 + pick(2));
  fault.status = kStatuses[pick(std::size(kStatuses))];
  inject("gRPC status", std::move(fault));
}

void Chaos::answer_region_error() {
  Fault fault = region_error_at(some_method(), kErrors[pick(std::size(kErrors))], pick(4), 1 + pick(3));
  fault.hide_leader = pick(2) == 0;
  fault.delay = time(0, 300);
  inject("region error", std::move(fault));
}

void Chaos::reorder() {
  memory::NetworkOptions& network = world_.cluster.network();
  network.latency_min = std::chrono::microseconds(50 + pick(500));
  network.latency_max = network.latency_min + std::chrono::microseconds(pick(pick(3) == 0 ? 40'000 : 2'000));
}

void Chaos::freeze_connection() {
  const std::size_t client = pick(plan_.clients);
  const ServerId server = pick(4) == 0 ? ServerId::pd(pd()) : ServerId::store(store());
  const milliseconds length = time(10, 4000);
  world_.tell([&] {
    return "* frozen connection of client " + std::to_string(client) + " to " + world_.model().address(server) +
           " for " + std::to_string(length.count()) + " ms";
  });
  world_.freeze_connection(client, server, length);
}

// Only streams can have a second reply, and those of this network lead to PD.
void Chaos::double_replies() {
  const std::size_t client = pick(plan_.clients);
  const ServerId server = ServerId::pd(pd());
  const milliseconds length = time(10, 500);
  world_.tell([&] {
    return "* doubled replies to client " + std::to_string(client) + " from " + world_.model().address(server) +
           " for " + std::to_string(length.count()) + " ms";
  });
  world_.double_replies(client, server, length);
}

// ---- servers

bool Chaos::spare(ServerKind kind) {
  const bool pd_member = kind == ServerKind::kPd;
  return (pd_member ? unwell_pds_ : unwell_stores_) == 0;
}

void Chaos::unwell(ServerId server, milliseconds time, Result<void> (Model::*end)(const ServerId&)) {
  std::size_t& count = server.kind == ServerKind::kPd ? unwell_pds_ : unwell_stores_;
  ++count;
  after(time, [this, server, end, &count] {
    --count;
    world_.tell([&] { return "* well again: " + world_.model().address(server); });
    (void)(world_.model().*end)(server);
  });
}

void Chaos::slow_store() {
  Fault fault = fault_at("", FaultKind::kDelayRequest, 0, 0);
  fault.server = store();  // a PD member of that number as well
  fault.delay = time(20, pick(3) == 0 ? 2000 : 200);
  inject("slow server", std::move(fault));
}

void Chaos::freeze_store() {
  if (!spare(ServerKind::kStore)) return;
  const ServerId server = ServerId::store(store());
  world_.tell([&] { return "* freeze " + world_.model().address(server); });
  EXPECT_TRUE(world_.model().freeze(server));
  unwell(server, time(10, 6000), &Model::thaw);
}

void Chaos::kill_store() {
  if (!spare(ServerKind::kStore)) return;
  const ServerId server = ServerId::store(store());
  world_.tell([&] { return "* kill " + world_.model().address(server); });
  world_.kill(server);
  unwell(server, time(10, 6000), &Model::restart);
}

void Chaos::cut_store_off() {
  if (!spare(ServerKind::kStore)) return;
  const std::uint64_t id = store();
  world_.tell([&] { return "* cut off store " + std::to_string(id); });
  EXPECT_TRUE(world_.model().isolate(id));
  ++unwell_stores_;
  after(time(10, 6000), [this, id] {
    --unwell_stores_;
    world_.tell([&] { return "* back: store " + std::to_string(id); });
    (void)world_.model().heal(id);
  });
}

void Chaos::kill_pd() {
  if (!spare(ServerKind::kPd)) return;
  const ServerId server = ServerId::pd(pd());
  world_.tell([&] { return "* kill " + world_.model().address(server); });
  world_.kill(server);
  unwell(server, time(10, 3000), &Model::restart);
}

void Chaos::freeze_pd() {
  if (!spare(ServerKind::kPd)) return;
  const ServerId server = ServerId::pd(pd());
  world_.tell([&] { return "* freeze " + world_.model().address(server); });
  EXPECT_TRUE(world_.model().freeze(server));
  unwell(server, time(10, 3000), &Model::thaw);
}

void Chaos::move_pd() {
  const std::uint64_t member = pd();
  world_.tell([&] { return "* PD leader to " + std::to_string(member); });
  (void)world_.model().move_pd_leader(member);  // refused if it is down
}

// Timestamps never go back: after a jump of the clock back they stand, and count.
void Chaos::jump_clock() {
  const auto skew = static_cast<std::int64_t>(pick(25'000)) - 5'000;
  world_.tell([&] { return "* PD's clock to " + std::to_string(skew) + " ms off"; });
  world_.model().skew_clock(milliseconds(skew));
}

// ---- regions

void Chaos::split() {
  if (world_.model().topology().regions().size() >= kMaxRegions) return;
  const std::string& key = border();
  world_.tell([] { return std::string("* split"); });
  EXPECT_TRUE(world_.model().split(key));
}

void Chaos::merge() {
  const auto merged = world_.model().merge(border());  // refused if the neighbour is on other stores
  if (merged) world_.tell([] { return std::string("* merge"); });
}

void Chaos::move_leader() {
  const std::string& key = border();
  const std::uint64_t to = store();
  const auto moved = world_.model().move_leader(key, to);  // refused if it is down or has no peer
  if (moved) world_.tell([&] { return "* leader to store " + std::to_string(to); });
}

void Chaos::move_peer() {
  const std::string& key = border();
  const std::uint64_t from = store();
  const std::uint64_t to = store();
  if (from == to || !world_.model().topology().connected(to)) return;
  const bool has_from = world_.model().topology().at(key).peer_on(from) != nullptr;
  if (!has_from || !world_.model().add_peer(key, to)) return;
  world_.tell([&] { return "* peer from store " + std::to_string(from) + " to " + std::to_string(to); });
  if (!world_.model().remove_peer(key, from)) (void)world_.model().remove_peer(key, to);
}

}  // namespace tikv::testing
