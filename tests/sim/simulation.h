#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "scenario.h"
#include "testkit/memory/memory_cluster.h"

namespace tikv::testing {

/// How long after the last trouble every client is served again, everywhere, at the latest: a store that was dead to it
/// may only be tried again after a second's pause, and then have a leader to find and a timestamp stream to reopen.
constexpr std::chrono::seconds kServiceBound{5};

struct SimulationOptions {
  /// Where to write what happens; null for nowhere.
  std::FILE* trace = nullptr;
  /// What is planted between the clients and the cluster; null for nothing.
  std::function<std::unique_ptr<memory::Tap>(World&)> plant;
};

struct SimulationReport {
  /// What broke an invariant; none if all is well.
  std::vector<std::string> findings;
  std::map<std::string, std::uint64_t> counts;
  /// From the last trouble until every client was served everywhere.
  std::chrono::nanoseconds recovery{0};
};

/// One run of a scenario: always the same for the same seed.
SimulationReport simulate(const Scenario& scenario, std::uint64_t seed, const SimulationOptions& options = {});

/// The scenario that a seed stands for, where none is named: each in turn.
const Scenario& scenario_of(std::uint64_t seed);

}  // namespace tikv::testing
