#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace tikv::net {

/// How long an address is left alone after a failed attempt to connect. Numbers: client-go's gRPC connect parameters.
struct ReconnectOptions {
  std::chrono::milliseconds base{100};
  std::chrono::milliseconds most{3'000};
  double multiplier = 1.6;
  /// Each delay is spread by up to this part of itself in both directions.
  double jitter = 0.2;
};

/// The delays, one after the other.
class ReconnectBackoff {
 public:
  explicit ReconnectBackoff(ReconnectOptions options) : options_(options), next_(options.base) {}

  template <class Random>
  std::chrono::nanoseconds next(Random& random) {
    std::uniform_real_distribution<double> spread(1 - options_.jitter, 1 + options_.jitter);
    const auto delay = next_ * spread(random);
    next_ = std::min<Duration>(next_ * options_.multiplier, options_.most);
    return std::chrono::duration_cast<std::chrono::nanoseconds>(delay);
  }
  /// After a connection was made.
  void reset() noexcept { next_ = options_.base; }

 private:
  using Duration = std::chrono::duration<double, std::milli>;
  ReconnectOptions options_;
  Duration next_;
};

}  // namespace tikv::net
