#pragma once

#include <memory>

#include "testkit/memory/memory_cluster.h"
#include "world.h"

namespace tikv::testing {

/// Writes every request that reaches a server, and every answer that leaves one, to the world's trace. What `inner`
/// plants is seen as it is carried out.
std::unique_ptr<memory::Tap> trace_requests(World& world, std::unique_ptr<memory::Tap> inner);

}  // namespace tikv::testing
