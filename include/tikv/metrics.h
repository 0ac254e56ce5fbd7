#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tikv {

enum class MetricType : std::uint8_t {
  kCounter,    ///< Only grows.
  kGauge,      ///< Goes up and down.
  kHistogram,  ///< Counts observations by size.
  kSummary,    ///< Number and sum of observations, without quantiles.
};

/// A metric, as a registry is told of it. All of it is borrowed for the call.
struct MetricDescription {
  std::string_view name;  ///< Whole, as in "tikv_client_go_request_seconds".
  std::string_view help;
  MetricType type = MetricType::kCounter;
  std::span<const std::string_view> labels;  ///< Their names.
  std::span<const double> buckets;  ///< Upper borders of a histogram, rising; the one for the rest is left out.
};

// Handles to one time series each. Thread-safe, must not block or throw: they are used on the way of every request.

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(double amount) noexcept = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double value) noexcept = 0;
  virtual void add(double amount) noexcept = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double value) noexcept = 0;
};

/// Where a client's metrics go. Give one to `ClientOptions::metrics`; without, nothing is measured. `tikv/prometheus.h`
/// has one for prometheus-cpp. Clients may share a registry, and then share series.
///
/// The client asks for a handle once for each series, keeps the reference, and adds to it from then on; so handles live
/// as long as the registry. Asked again for the same name and values, from whatever client, a registry gives the same
/// handle. `values` are as many as the description has labels.
///
/// Thread-safety: called on any thread, at once if several clients or io threads are there.
class MetricsRegistry {
 public:
  virtual ~MetricsRegistry() = default;
  virtual Counter& counter(const MetricDescription& metric, std::span<const std::string_view> values) = 0;
  virtual Gauge& gauge(const MetricDescription& metric, std::span<const std::string_view> values) = 0;
  /// For `kHistogram` and `kSummary`.
  virtual Histogram& histogram(const MetricDescription& metric, std::span<const std::string_view> values) = 0;
};

}  // namespace tikv
