#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string_view>

#include "runtime/timer.h"
#include "txn/environment.h"

namespace tikv::txn {

/// Keeps a transaction's locks from expiring while its commit goes on, by prolonging the primary's: from `start` on,
/// until it is stopped, or destroyed. Costs a timer; a request only every half of the locks' life. Loop thread only.
class Heartbeat final : private runtime::Timer {
 public:
  Heartbeat() = default;
  ~Heartbeat() { stop(); }
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  /// Once. `ttl` is what the locks were given. `environment` outlives the heartbeat.
  void start(Environment& environment, std::string_view primary, std::uint64_t start_ts, std::chrono::milliseconds ttl);
  void stop() noexcept;
  bool started() const noexcept { return environment_ != nullptr; }

 private:
  /// The first heartbeat is due: few transactions get here, and only they need a task of their own.
  void on_time() override;

  Environment* environment_ = nullptr;  // null: not started
  std::string_view primary_;
  std::uint64_t start_ts_ = 0;
  std::chrono::milliseconds interval_{0};
  runtime::TimePoint began_{};
  std::stop_source stop_{std::nostopstate};  // of the task
  bool stopped_ = false;
};

/// The time between two heartbeats: half the locks' life `ttl`, at most half of `managed`, to which a heartbeat
/// prolongs it.
std::chrono::milliseconds heartbeat_interval(std::chrono::milliseconds ttl, std::chrono::milliseconds managed) noexcept;

}  // namespace tikv::txn
