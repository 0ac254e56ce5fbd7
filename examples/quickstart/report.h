#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace quickstart {

using Clock = std::chrono::steady_clock;

/// How long operations took, for percentiles. Thread-safe.
class Latencies {
 public:
  void add(Clock::duration took);
  /// "p50 1.2 ms, p99 3.4 ms, max 5.6 ms"
  std::string to_string() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::int64_t> microseconds_;
};

/// A line that grows: on a terminal it is redrawn in place, elsewhere it is printed once, when it is full.
class ProgressBar {
 public:
  ProgressBar(std::string label, std::uint64_t total);
  void show(std::uint64_t done);

 private:
  std::string label_;
  std::uint64_t total_;
  bool terminal_;
  int drawn_percent_ = -1;
};

double per_second(std::uint64_t count, Clock::duration time);

}  // namespace quickstart
