#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>

#include "txn/environment.h"

namespace tikv::txn {

/// Keeps a transaction's locks from expiring while its commit goes on, by prolonging the primary's: from `start` on,
/// until it is stopped, or destroyed. Costs a timer; a request only every half of the locks' life.
class Heartbeat {
 public:
  Heartbeat() = default;
  ~Heartbeat() { stop(); }
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  /// Once. `ttl` is what the locks were given.
  void start(Environment& environment, std::string primary, std::uint64_t start_ts, std::chrono::milliseconds ttl);
  void stop() noexcept { stop_.request_stop(); }
  bool started() const noexcept { return stop_.stop_possible(); }

 private:
  std::stop_source stop_{std::nostopstate};
};

/// The time between two heartbeats: half the locks' life `ttl`, at most half of `managed`, to which a heartbeat
/// prolongs it.
std::chrono::milliseconds heartbeat_interval(std::chrono::milliseconds ttl, std::chrono::milliseconds managed) noexcept;

}  // namespace tikv::txn
