#include "recording/recording.h"

#include <algorithm>
#include <utility>

namespace tikv::testing {

void RecordingLogger::log(const LogRecord& record) noexcept {
  const std::lock_guard lock(mutex_);
  lines_.push_back({record.level, to_string(record)});
}

std::vector<RecordingLogger::Line> RecordingLogger::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

std::vector<RecordingLogger::Line> RecordingLogger::lines(std::string_view message) const {
  std::vector<Line> some = lines();
  std::erase_if(some, [message](const Line& line) { return !line.text.starts_with(message); });
  return some;
}

// ---- metrics

struct RecordingMetrics::Series final : Counter, Gauge, Histogram {
  // Of counter and gauge alike.
  void add(double amount) noexcept override {
    const std::lock_guard lock(mutex);
    value += amount;
  }
  void set(double to) noexcept override {
    const std::lock_guard lock(mutex);
    value = to;
  }
  void observe(double what) noexcept override {
    const std::lock_guard lock(mutex);
    observed.push_back(what);
  }
  std::mutex mutex;
  double value = 0;
  std::vector<double> observed;
};

RecordingMetrics::Series& RecordingMetrics::at(const MetricDescription& metric,
                                               std::span<const std::string_view> values) {
  std::string name(metric.name);
  for (std::size_t i = 0; i < metric.labels.size(); ++i) {
    name += i == 0 ? '{' : ',';
    name += metric.labels[i];
    name += "=\"" + std::string(values[i]) + '"';
  }
  if (!metric.labels.empty()) name += '}';
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Series>& series = series_[name];
  if (!series) series = std::make_shared<Series>();
  return *series;
}

Counter& RecordingMetrics::counter(const MetricDescription& metric, std::span<const std::string_view> values) {
  return at(metric, values);
}
Gauge& RecordingMetrics::gauge(const MetricDescription& metric, std::span<const std::string_view> values) {
  return at(metric, values);
}
Histogram& RecordingMetrics::histogram(const MetricDescription& metric, std::span<const std::string_view> values) {
  return at(metric, values);
}

const RecordingMetrics::Series* RecordingMetrics::find(std::string_view series) const {
  const std::lock_guard lock(mutex_);
  const auto found = series_.find(series);
  return found == series_.end() ? nullptr : found->second.get();
}

double RecordingMetrics::value(std::string_view series) const {
  const Series* found = find(series);
  return found == nullptr ? 0 : found->value;
}

std::vector<double> RecordingMetrics::observations(std::string_view series) const {
  const Series* found = find(series);
  return found == nullptr ? std::vector<double>() : found->observed;
}

std::vector<std::string> RecordingMetrics::series() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, series] : series_) names.push_back(name);
  return names;
}

// ---- spans

class RecordingTracer::RecordingSpan final : public Span {
 public:
  RecordingSpan(RecordingTracer& tracer, std::size_t index) : tracer_(tracer), index_(index) {}
  ~RecordingSpan() override {
    const std::lock_guard lock(tracer_.mutex_);
    mine().ended = true;
  }
  TraceContext context() const noexcept override {
    const std::lock_guard lock(tracer_.mutex_);
    return mine().context;
  }
  void set_attribute(std::string_view name, SpanValue value) noexcept override {
    std::string text;
    if (const auto* string = std::get_if<std::string_view>(&value)) text = *string;
    if (const auto* number = std::get_if<std::int64_t>(&value)) text = std::to_string(*number);
    if (const auto* flag = std::get_if<bool>(&value)) text = *flag ? "true" : "false";
    const std::lock_guard lock(tracer_.mutex_);
    mine().attributes[std::string(name)] = std::move(text);
  }
  void set_error(std::string_view what) noexcept override {
    const std::lock_guard lock(tracer_.mutex_);
    mine().error = what;
  }

 private:
  Recorded& mine() const noexcept { return tracer_.spans_[index_]; }
  RecordingTracer& tracer_;
  std::size_t index_;
};

std::unique_ptr<Span> RecordingTracer::start_span(std::string_view name, const TraceContext* parent) noexcept {
  const std::lock_guard lock(mutex_);
  Recorded& span = spans_.emplace_back();
  span.name = name;
  span.context.flags = 1;
  const std::size_t id = spans_.size();
  span.context.span_id = {0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
  if (parent != nullptr) {
    span.parent = *parent;
    span.context.trace_id = parent->trace_id;
  } else {
    span.context.trace_id.back() = ++traces_;
  }
  return std::make_unique<RecordingSpan>(*this, id - 1);
}

std::vector<RecordingTracer::Recorded> RecordingTracer::spans() const {
  const std::lock_guard lock(mutex_);
  return spans_;
}

std::vector<RecordingTracer::Recorded> RecordingTracer::spans(std::string_view name) const {
  std::vector<Recorded> some = spans();
  std::erase_if(some, [name](const Recorded& span) { return span.name != name; });
  return some;
}

}  // namespace tikv::testing
