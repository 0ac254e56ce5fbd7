#pragma once

#include <tikv/metrics.h>

#include <memory>

namespace prometheus {
class Registry;
}

namespace tikv {

/// Puts a client's metrics into `registry` of prometheus-cpp, for whatever exposes that. Link `tikv::prometheus`.
///
///   auto registry = std::make_shared<prometheus::Registry>();
///   options.metrics = tikv::prometheus_metrics(registry);
///
/// Clients with the same registry share series, whether or not they share what this returns.
std::shared_ptr<MetricsRegistry> prometheus_metrics(std::shared_ptr<prometheus::Registry> registry);

}  // namespace tikv
