#pragma once

#include <tikv/trace_context.h>

#include "observe/observer.h"
#include "route/flight.h"

namespace tikv::route {

/// Tells of a request when it is over, however it ended: how often it was sent, and all about it if it was slow. Costs
/// two checks if nobody wants to know.
class Router::Flight::Report {
 public:
  /// `trace` is the caller's span, if there is one. All of them outlive the report.
  Report(const Flight& flight, const observe::Observer& observer, const TraceContext* trace)
      : flight_(flight), observer_(observer), trace_(trace) {
    if (observer.watches_requests()) began_ = flight.router_.loop_.now();
  }
  ~Report() {
    if (began_) tell_if_slow(flight_.router_.loop_.now() - *began_);
    const observe::Metrics* const metrics = observer_.metrics();
    if (metrics != nullptr && flight_.sends_ > 1) metrics->route.retry_times.observe(flight_.sends_ - 1);
  }
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;

 private:
  void tell_if_slow(std::chrono::nanoseconds took) const;

  const Flight& flight_;
  const observe::Observer& observer_;
  const TraceContext* trace_;
  std::optional<runtime::TimePoint> began_;
};

}  // namespace tikv::route
