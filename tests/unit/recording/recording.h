#pragma once

#include <tikv/logger.h>
#include <tikv/metrics.h>
#include <tikv/tracer.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tikv::testing {

/// Keeps records as lines of text.
class RecordingLogger final : public Logger {
 public:
  explicit RecordingLogger(LogLevel least = LogLevel::kDebug) : least_(least) {}
  bool wants(LogLevel level) const noexcept override { return level >= least_; }
  void log(const LogRecord& record) noexcept override;

  struct Line {
    LogLevel level;
    std::string text;
  };
  std::vector<Line> lines() const;
  /// Lines whose text begins with `message`.
  std::vector<Line> lines(std::string_view message) const;

 private:
  LogLevel least_;
  mutable std::mutex mutex_;
  std::vector<Line> lines_;
};

/// Keeps the numbers. A series is named as Prometheus writes it: `name{label="value",...}`, `name` without labels.
class RecordingMetrics final : public MetricsRegistry {
 public:
  Counter& counter(const MetricDescription& metric, std::span<const std::string_view> values) override;
  Gauge& gauge(const MetricDescription& metric, std::span<const std::string_view> values) override;
  Histogram& histogram(const MetricDescription& metric, std::span<const std::string_view> values) override;

  /// Of a counter or gauge; 0 for a series that nobody asked for.
  double value(std::string_view series) const;
  /// Observations of a histogram, in order.
  std::vector<double> observations(std::string_view series) const;
  std::size_t count(std::string_view series) const { return observations(series).size(); }
  /// Every series that somebody asked for, sorted.
  std::vector<std::string> series() const;

 private:
  struct Series;
  Series& at(const MetricDescription& metric, std::span<const std::string_view> values);
  const Series* find(std::string_view series) const;

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Series>, std::less<>> series_;
};

/// Keeps the spans that have ended and those that have not. Ids count up from 1, so that a run repeats.
class RecordingTracer final : public Tracer {
 public:
  std::unique_ptr<Span> start_span(std::string_view name, const TraceContext* parent) noexcept override;

  struct Recorded {
    std::string name;
    TraceContext context;
    std::optional<TraceContext> parent;
    std::map<std::string, std::string> attributes;
    std::string error;
    bool ended = false;
  };
  std::vector<Recorded> spans() const;
  std::vector<Recorded> spans(std::string_view name) const;

 private:
  class RecordingSpan;
  mutable std::mutex mutex_;
  std::vector<Recorded> spans_;
  std::uint8_t traces_ = 0;
};

}  // namespace tikv::testing
