#pragma once

#include <tikv/metrics.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "observe/series.h"

namespace tikv::observe {

/// What is measured about one store. Series are asked for when they are first needed: a client sends few types of
/// requests, and meets few kinds of errors. One loop's thread only.
class StoreMetrics {
 public:
  /// `source` is what the client's requests name as theirs.
  StoreMetrics(const Series& series, std::uint64_t store_id, std::string source);

  /// A request with this gRPC path has ended. `path` stays for good.
  void request(std::string_view path, std::chrono::nanoseconds took);
  /// How much of it the store did not account for.
  void network(std::chrono::nanoseconds took);
  /// `type` stays for good.
  void region_error(std::string_view type) { region_errors_.at(type, *this).add(1); }
  void rpc_error(std::string_view type) { rpc_errors_.at(type, *this).add(1); }
  void connection_failure(std::string_view address) {
    series_.counter(Metric::kConnectionFailure, {address, store_}).add(1);
  }
  void over_limit(std::string_view address) { series_.counter(Metric::kStoreLimit, {address, store_}).add(1); }
  void liveness(int state) { liveness_.set(state); }

 private:
  struct Request {
    std::string_view path;
    Histogram* seconds;
    Histogram* by_source;
  };
  /// Counters of one metric by their type.
  struct ByType {
    Counter& at(std::string_view type, const StoreMetrics& of);
    Metric metric;
    std::vector<std::pair<std::string_view, Counter*>> counters;
  };

  Series series_;
  std::string store_;
  std::string source_;
  std::vector<Request> requests_;
  ByType region_errors_{Metric::kRegionError, {}};
  ByType rpc_errors_{Metric::kRpcError, {}};
  Histogram& network_;
  Gauge& liveness_;
};

}  // namespace tikv::observe
