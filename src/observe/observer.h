#pragma once

#include <tikv/redaction.h>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "observe/log.h"
#include "observe/metrics.h"

namespace tikv {
class Tracer;
}

namespace tikv::observe {

struct ObserverOptions {
  std::shared_ptr<Logger> logger;
  std::shared_ptr<MetricsRegistry> metrics;
  std::shared_ptr<Tracer> tracer;
  Redaction redaction = Redaction::kOff;
  /// Requests that take longer are logged; 0 for none.
  std::chrono::nanoseconds slow_request{0};
};

/// Where a client tells what goes on: its log, its metrics, its tracer, each of which it may be without. Made once,
/// then unchanged; shared by all shards. Outlives whatever holds a reference to it.
class Observer {
 public:
  Observer() = default;
  explicit Observer(ObserverOptions options);
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  const Log& log() const noexcept { return log_; }
  /// Null: nothing is measured.
  const Metrics* metrics() const noexcept { return metrics_ ? &*metrics_ : nullptr; }
  /// Null: no spans are made.
  Tracer* tracer() const noexcept { return options_.tracer.get(); }
  Redaction redaction() const noexcept { return options_.redaction; }
  /// Whether somebody wants to know of a request that took so long.
  bool slow(std::chrono::nanoseconds took) const noexcept {
    return options_.slow_request.count() > 0 && took >= options_.slow_request;
  }
  /// Whether slow requests are looked for at all.
  bool watches_requests() const noexcept { return options_.slow_request.count() > 0 && log_.wants(LogLevel::kWarn); }

 private:
  ObserverOptions options_;
  Log log_;
  std::optional<Metrics> metrics_;
};

/// For whoever was not given one: tells nobody anything.
const Observer& silent() noexcept;
inline const Observer& or_silent(const Observer* observer) noexcept {
  return observer != nullptr ? *observer : silent();
}

}  // namespace tikv::observe
