#pragma once

#include <memory>
#include <ostream>
#include <span>
#include <string_view>

#include "testkit/memory/memory_cluster.h"
#include "world.h"

namespace tikv::testing {

/// A bug that is planted between clients and cluster, to see whether the checkers find it, and where.
struct Planted {
  std::string_view name;
  /// A scenario that has to find it.
  std::string_view scenario;
  /// What a finding says then, among others.
  std::string_view finding;
  std::unique_ptr<memory::Tap> (*plant)(World& world);
};

inline void PrintTo(const Planted& bug, std::ostream* out) { *out << bug.name; }

std::span<const Planted> planted_bugs();

}  // namespace tikv::testing
