#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace tikv::observe {

/// Lets one of many equal log records through in a while, and tells how many it held back since the last one. No clock
/// of its own. One loop's thread only.
class Throttle {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kInterval{1};

  /// The number of those held back, if this one may pass.
  std::optional<std::uint64_t> pass(TimePoint now) noexcept {
    if (last_ && now - *last_ < kInterval) {
      ++held_back_;
      return std::nullopt;
    }
    last_ = now;
    return std::exchange(held_back_, 0);
  }

 private:
  std::optional<TimePoint> last_;
  std::uint64_t held_back_ = 0;
};

}  // namespace tikv::observe
