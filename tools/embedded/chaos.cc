#include "chaos.h"

#include <array>
#include <tuple>

namespace tikv::embedded {

using testing::Fault;
using testing::FaultKind;
using testing::RegionErrorKind;

Chaos::Chaos(testing::Cluster& cluster, std::chrono::milliseconds pause, std::uint64_t seed)
    : cluster_(cluster), pause_(pause), random_(seed), thread_([this](const std::stop_token& stop) { run(stop); }) {}

Chaos::~Chaos() {
  thread_.request_stop();
  thread_.join();
}

void Chaos::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    stopped_.wait_for(lock, stop, pause_, [] { return false; });
    if (!stop.stop_requested()) next();
  }
}

void Chaos::next() {
  switch (below(4)) {
    case 0:
      return kill_or_restart();
    case 1:
      return inject_a_fault();
    default:
      return move_a_leader();
  }
}

// What cannot be done just now (the store is down) is left undone.

void Chaos::move_a_leader() {
  const auto regions = cluster_.regions();
  const auto& region = regions[below(regions.size())];
  const std::uint64_t store = region.stores[below(region.stores.size())];
  std::ignore = cluster_.move_leader(region.start_key, store, testing::KeyForm::kRaw);
}

void Chaos::kill_or_restart() {
  const auto stores = cluster_.stores();
  if (killed_ != 0) {
    std::ignore = cluster_.restart(killed_);
    killed_ = 0;
  } else if (stores.size() >= 3) {
    killed_ = stores[below(stores.size())].id;
    std::ignore = cluster_.kill(killed_);
  }
}

void Chaos::inject_a_fault() {
  // Nothing that clients answer with long pauses: no reply is lost without a trace, no store says that it is busy.
  const std::array faults = {
      Fault{.kind = FaultKind::kDelayReply, .times = 10, .delay = std::chrono::milliseconds(20)},
      Fault{.kind = FaultKind::kRegionError, .region_error = RegionErrorKind::kNotLeader},
      Fault{.kind = FaultKind::kRegionError, .region_error = RegionErrorKind::kEpochNotMatch},
      Fault{.kind = FaultKind::kRegionError, .region_error = RegionErrorKind::kStaleCommand},
      Fault{.kind = FaultKind::kBreakAfter},
  };
  cluster_.inject(faults[below(faults.size())]);
}

}  // namespace tikv::embedded
