#include "observe/store_metrics.h"

namespace tikv::observe {
namespace {

// client-go's labels for a request that is no stale read, and not one of TiDB's own.
constexpr std::string_view kNo = "false";

}  // namespace

StoreMetrics::StoreMetrics(const Series& series, std::uint64_t store_id, std::string source)
    : series_(series),
      store_(std::to_string(store_id)),
      source_(std::move(source)),
      network_(series.histogram(Metric::kNetLatency, {store_, kNo})),
      liveness_(series.gauge(Metric::kStoreLiveness, {store_})) {}

void StoreMetrics::request(std::string_view path, std::chrono::nanoseconds took) {
  std::size_t i = 0;
  while (i < requests_.size() && requests_[i].path.data() != path.data()) ++i;
  if (i == requests_.size()) {
    const std::string_view type = command_name(path);
    requests_.push_back({path, &series_.histogram(Metric::kRequest, {type, store_, kNo, kNo}),
                         &series_.histogram(Metric::kRequestBySource, {type, store_, kNo, kNo, source_})});
  }
  requests_[i].seconds->observe(seconds(took));
  requests_[i].by_source->observe(seconds(took));
}

void StoreMetrics::network(std::chrono::nanoseconds took) { network_.observe(seconds(took)); }

Counter& StoreMetrics::ByType::at(std::string_view type, const StoreMetrics& of) {
  for (const auto& [known, counter] : counters)
    if (known == type) return *counter;
  return *counters.emplace_back(type, &of.series_.counter(metric, {type, of.store_})).second;
}

}  // namespace tikv::observe
