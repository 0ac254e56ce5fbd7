#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "trouble.h"
#include "workloads/workload.h"

namespace tikv::testing {

enum class KeyKind : std::uint8_t { kTransactional, kRaw, kRawWithTtl };

/// How much of everything: numbers are drawn between these.
struct Size {
  std::size_t clients_min = 2;
  std::size_t clients_max = 4;
  /// Of each client; they pick among the workloads.
  std::size_t workers_max = 3;
  std::size_t seconds_min = 3;
  std::size_t seconds_max = 8;
  /// Between what workers do, at most, in milliseconds.
  std::size_t idle_max = 120;
  /// Between what goes wrong, at most, in milliseconds.
  std::size_t calm_max = 80;
};

/// What clients do and what goes wrong meanwhile. Everything else comes from the seed.
struct Scenario {
  std::string_view name;
  KeyKind keys = KeyKind::kTransactional;
  std::vector<WorkloadMaker> workloads;
  Troubles troubles;
  Size size;
};

std::span<const Scenario> scenarios();
/// Null if there is none of that name.
const Scenario* find_scenario(std::string_view name);

}  // namespace tikv::testing
