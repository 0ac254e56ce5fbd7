#pragma once

#include <cstdint>

#include "testkit/store/environment.h"

namespace tikv::testing::cluster {

/// The world outside of a cluster: a wall clock and timers. Timers fire where the cluster's requests are served, one at
/// a time.
class Host : public store::Environment {
 public:
  /// Milliseconds since 1970.
  virtual std::int64_t unix_ms() = 0;
  std::uint64_t unix_seconds() final { return static_cast<std::uint64_t>(unix_ms() / 1000); }
};

}  // namespace tikv::testing::cluster
