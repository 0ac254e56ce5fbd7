#pragma once

#include <tikv/raw.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace tikv::detail {
class Home;
}
namespace tikv::route {
class Router;
}

namespace tikv::raw {

/// What one `RawClient` handle works with. Immutable and shared: each operation holds it until its end.
struct Session {
  detail::Home& home;
  route::Router& router;
  RawLimits limits;
  /// The client was closed; set from any thread.
  const std::atomic<bool>& closed;
  /// Owns what is referred to above.
  std::shared_ptr<void> owner;
  std::string column_family;  // empty for the default one
  bool atomic = false;
  /// The sum of pauses after which a call gives up what may be repeated; `tikv::RetryOptions::raw_budget`.
  std::chrono::milliseconds budget{20000};
};

using SessionRef = std::shared_ptr<const Session>;

}  // namespace tikv::raw
