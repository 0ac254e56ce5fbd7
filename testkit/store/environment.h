#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace tikv::testing::store {

/// The outside world of a store: a wall clock and timers. Everything is called on the thread that serialises the
/// store's requests, and timers must fire there.
class Environment {
 public:
  using TimerId = std::uint64_t;

  Environment() = default;
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  virtual ~Environment() = default;

  /// Seconds since 1970: the times to live of raw keys count on it.
  virtual std::uint64_t unix_seconds() = 0;
  /// Calls `run` once after `delay`, never from within this call. Ids are not zero.
  virtual TimerId call_after(std::chrono::milliseconds delay, std::move_only_function<void()> run) = 0;
  /// A timer that has fired or never was is ignored.
  virtual void cancel(TimerId timer) = 0;
};

}  // namespace tikv::testing::store
