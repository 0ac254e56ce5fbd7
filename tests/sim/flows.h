#pragma once

#include <tikv/client.h>

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "world.h"

namespace tikv::testing {

/// Something that users do, on a world that `prepare` has filled, and what it gives them as text.
struct Flow {
  std::string name;
  enum class Keys : std::uint8_t { kRaw, kTransactional } keys;
  Task<Result<std::string>> (*run)(World& world, Client& client);
  /// Whether a request of it may be sent again when its answer was lost.
  bool repeatable = true;
};

inline void PrintTo(const Flow& flow, std::ostream* out) { *out << flow.name; }

const std::vector<Flow>& flows();

/// Three regions with a few keys of the flow's kind in each.
void prepare(const Flow& flow, World& world, Client& client);
/// All that is stored of that kind, as seen by `client`.
std::string contents(const Flow& flow, World& world, Client& client);

}  // namespace tikv::testing
