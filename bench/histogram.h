#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace tikv::bench {

/// Counts durations in nanoseconds, with an error of 1/64 at most.
class Histogram {
 public:
  void add(std::uint64_t ns) noexcept {
    ++counts_[bucket(ns)];
    ++total_;
  }
  void merge(const Histogram& other) noexcept {
    for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
  }
  std::uint64_t total() const noexcept { return total_; }
  /// In microseconds.
  double quantile(double part) const noexcept {
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += counts_[i];
      if (static_cast<double>(seen) >= part * static_cast<double>(total_)) return middle(i) / 1000;
    }
    return 0;
  }

 private:
  static constexpr std::size_t kBuckets = std::size_t{64} * 40;

  static std::size_t bucket(std::uint64_t ns) noexcept {
    if (ns < 64) return ns;
    const auto exponent = static_cast<std::size_t>(std::bit_width(ns)) - 7;
    return std::min((exponent + 1) * 64 + (ns >> exponent & 63), kBuckets - 1);
  }
  static double middle(std::size_t bucket) noexcept {
    if (bucket < 64) return static_cast<double>(bucket);
    const std::size_t exponent = bucket / 64 - 1;
    const std::uint64_t width = std::uint64_t{1} << exponent;
    return static_cast<double>((64 + bucket % 64) * width) + static_cast<double>(width) / 2;
  }

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t total_ = 0;
};

}  // namespace tikv::bench
