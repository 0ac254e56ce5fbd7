#include "route/flight_report.h"

#include <string>

namespace tikv::route {

void Router::Flight::Report::tell_if_slow(std::chrono::nanoseconds took) const {
  if (!observer_.slow(took)) return;
  const region::Region* const region = flight_.region_.get();
  const std::string address = flight_.address_ ? *flight_.address_ : std::string();
  const std::string attempts = flight_.retry_.attempts_text();
  const std::string trace = trace_ != nullptr ? trace_->traceparent() : std::string();
  const bool known = region != nullptr && flight_.sends_ > 0;
  observer_.log().warn("slow request", {{"method", flight_.wire_.shape.method.name()},
                                        {"took", took},
                                        {"outcome", flight_.outcome_},
                                        {"region", region != nullptr ? region->id : std::uint64_t{0}},
                                        {"store", known ? flight_.store().id() : std::uint64_t{0}},
                                        {"address", std::string_view(address)},
                                        {"sends", std::uint64_t{flight_.sends_}},
                                        {"slept", std::chrono::nanoseconds(flight_.retry_.slept())},
                                        {"failed_attempts", std::string_view(attempts)},
                                        {"trace", std::string_view(trace)}});
}

}  // namespace tikv::route
