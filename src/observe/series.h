#pragma once

#include <tikv/metrics.h>

#include <chrono>
#include <initializer_list>
#include <string_view>

#include "observe/metric_table.h"

namespace tikv::observe {

/// Time as metrics have it.
inline double seconds(std::chrono::nanoseconds time) noexcept { return std::chrono::duration<double>(time).count(); }

/// Asks a registry for series of the metric table. Costs what the registry makes of it: for construction and rare
/// cases, not for the way of a request.
class Series {
 public:
  explicit Series(MetricsRegistry& registry) noexcept : registry_(&registry) {}

  using Values = std::initializer_list<std::string_view>;
  Counter& counter(Metric metric, Values values = {}) const;
  Gauge& gauge(Metric metric, Values values = {}) const;
  Histogram& histogram(Metric metric, Values values = {}) const;

 private:
  MetricsRegistry* registry_;
};

}  // namespace tikv::observe
