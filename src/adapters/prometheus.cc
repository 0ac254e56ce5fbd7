#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/summary.h>
#include <tikv/prometheus.h>

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tikv {
namespace {

class CounterHandle final : public Counter {
 public:
  explicit CounterHandle(prometheus::Counter& counter) : counter_(counter) {}
  void add(double amount) noexcept override { counter_.Increment(amount); }

 private:
  prometheus::Counter& counter_;
};

class GaugeHandle final : public Gauge {
 public:
  explicit GaugeHandle(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void set(double value) noexcept override { gauge_.Set(value); }
  void add(double amount) noexcept override { gauge_.Increment(amount); }

 private:
  prometheus::Gauge& gauge_;
};

template <class Kind>
class ObservingHandle final : public Histogram {
 public:
  explicit ObservingHandle(Kind& kind) : kind_(kind) {}
  void observe(double value) noexcept override { kind_.Observe(value); }

 private:
  Kind& kind_;
};

using Values = std::span<const std::string_view>;

std::map<std::string, std::string> labels_of(const MetricDescription& metric, Values values) {
  std::map<std::string, std::string> labels;
  for (std::size_t i = 0; i < metric.labels.size(); ++i) labels.emplace(metric.labels[i], values[i]);
  return labels;
}

/// The family of a metric: the one that the registry has, or a new one.
template <class Builder>
auto& family(Builder builder, const MetricDescription& metric, prometheus::Registry& registry) {
  return builder.Name(std::string(metric.name)).Help(std::string(metric.help)).Register(registry);
}

/// Handles by the series they stand for: prometheus-cpp gives the same series for the same labels.
template <class Handle, class Series>
class Handles {
 public:
  Handle& of(Series& series) {
    const auto [at, added] = by_series_.try_emplace(&series, nullptr);
    if (added) at->second = &all_.emplace_back(series);
    return *at->second;
  }

 private:
  std::deque<Handle> all_;
  std::map<Series*, Handle*> by_series_;
};

class PrometheusMetrics final : public MetricsRegistry {
 public:
  explicit PrometheusMetrics(std::shared_ptr<prometheus::Registry> registry) : registry_(std::move(registry)) {}

  Counter& counter(const MetricDescription& metric, Values values) override {
    const std::lock_guard lock(mutex_);
    return counters_.of(family(prometheus::BuildCounter(), metric, *registry_).Add(labels_of(metric, values)));
  }
  Gauge& gauge(const MetricDescription& metric, Values values) override {
    const std::lock_guard lock(mutex_);
    return gauges_.of(family(prometheus::BuildGauge(), metric, *registry_).Add(labels_of(metric, values)));
  }
  Histogram& histogram(const MetricDescription& metric, Values values) override {
    const std::lock_guard lock(mutex_);
    if (metric.type == MetricType::kSummary) {
      const prometheus::Summary::Quantiles none;
      return summaries_.of(family(prometheus::BuildSummary(), metric, *registry_).Add(labels_of(metric, values), none));
    }
    const prometheus::Histogram::BucketBoundaries borders(metric.buckets.begin(), metric.buckets.end());
    return histograms_.of(
        family(prometheus::BuildHistogram(), metric, *registry_).Add(labels_of(metric, values), borders));
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<prometheus::Registry> registry_;
  Handles<CounterHandle, prometheus::Counter> counters_;
  Handles<GaugeHandle, prometheus::Gauge> gauges_;
  Handles<ObservingHandle<prometheus::Histogram>, prometheus::Histogram> histograms_;
  Handles<ObservingHandle<prometheus::Summary>, prometheus::Summary> summaries_;
};

}  // namespace

std::shared_ptr<MetricsRegistry> prometheus_metrics(std::shared_ptr<prometheus::Registry> registry) {
  return std::make_shared<PrometheusMetrics>(std::move(registry));
}

}  // namespace tikv
