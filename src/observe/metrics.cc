#include "observe/metrics.h"

#include <string>
#include <vector>

namespace tikv::observe {
namespace {

using enum Metric;

// Requests are for users here; client-go also has "internal" ones, which TiDB makes for itself.
constexpr std::string_view kGeneral = "general";

constexpr std::array<std::string_view, kLockActions> kLockActionTypes = {
    "expired",
    "not_expired",
    "wait_expired",
    "resolve",
    "resolve_async_commit",
    "query_txn_status",
    "query_txn_status_committed",
    "query_txn_status_rolled_back",
    "query_check_secondary_locks",
    "query_resolve_locks",
    "query_resolve_lock_lite",
    "read_async_resolve_fallback",
};

constexpr std::array<std::string_view, 5> kLookUpTypes = {"get_region_when_miss", "get_region_by_id", "scan_regions",
                                                          "batch_scan_regions", "get_store"};
constexpr std::array<std::string_view, 3> kRegionEventTypes = {"invalidate_region_from_cache", "send_fail",
                                                               "invalidate_store_regions"};

constexpr std::array<std::string_view, 5> kPhases = {"IDLE", "CONNECTING", "READY", "TRANSIENT_FAILURE", "SHUTDOWN"};

/// A table's row as a registry wants it.
struct Described {
  explicit Described(Metric metric)
      : row(metric_row(metric)),
        name(std::string(kMetricPrefix) + std::string(row.name)),
        borders(row.buckets.borders()) {}
  MetricDescription description() const {
    return {.name = name, .help = row.help, .type = row.type, .labels = row.label_names(), .buckets = borders};
  }
  const MetricRow& row;
  std::string name;
  std::vector<double> borders;
};

Histogram* operation_seconds(const Series& series, const OperationRow& row) {
  if (!row.metric) return nullptr;
  if (*row.metric == kTxnCommand) return &series.histogram(kTxnCommand, {row.type, kGeneral});
  return &series.histogram(*row.metric, {row.type});
}

template <class Out, class Names, class Make>
Out each(const Names& names, Make make) {
  Out out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = make(names[i]);
  return out;
}

}  // namespace

Counter& Series::counter(Metric metric, Values values) const {
  return registry_->counter(Described(metric).description(), {values.begin(), values.size()});
}
Gauge& Series::gauge(Metric metric, Values values) const {
  return registry_->gauge(Described(metric).description(), {values.begin(), values.size()});
}
Histogram& Series::histogram(Metric metric, Values values) const {
  return registry_->histogram(Described(metric).description(), {values.begin(), values.size()});
}

OperationMetrics::OperationMetrics(const Series& series)
    : seconds(each<decltype(seconds)>(kOperationTable,
                                      [&](const OperationRow& row) { return operation_seconds(series, row); })),
      raw_key_bytes(series.histogram(kRawSize, {"key"})),
      raw_value_bytes(series.histogram(kRawSize, {"value"})) {}

RouteMetrics::RouteMetrics(const Series& series)
    : backoffs(each<decltype(backoffs)>(
          kBackoffTypes, [&](const BackoffType& type) { return &series.histogram(kBackoff, {type.label}); })),
      no_replica(series.counter(kReplicaFailure, {"exhausted"})),
      retry_times(series.histogram(kRetryTimes)) {}

Histogram& RouteMetrics::backoff(std::string_view reason) const noexcept {
  std::size_t i = 0;
  while (i + 1 < kBackoffTypes.size() && kBackoffTypes[i].reason != reason) ++i;
  return *backoffs[i];
}

RegionMetrics::RegionMetrics(const Series& series)
    : questions(each<decltype(questions)>(kLookUpTypes,
                                          [&](std::string_view type) {
                                            return Question{&series.counter(kRegionCache, {type, "ok"}),
                                                            &series.counter(kRegionCache, {type, "err"}),
                                                            &series.histogram(kLoadRegionTime, {type})};
                                          })),
      events(each<decltype(events)>(
          kRegionEventTypes, [&](std::string_view type) { return &series.counter(kRegionCache, {type, "ok"}); })),
      load_missing(series.counter(kLoadRegion, {"ByKey", "Missing"})),
      load_expired(series.counter(kLoadRegion, {"ByKey", "Expired:Normal"})),
      load_by_id(series.counter(kLoadRegion, {"ByID", "Unknown"})),
      stale_from_pd(series.counter(kStaleRegion)),
      check_good(series.counter(kStoreCheck, {"ok"})),
      check_failed(series.counter(kStoreCheck, {"err"})) {}

void RegionMetrics::answered(LookUp what, bool good, std::chrono::nanoseconds took) const noexcept {
  const Question& question = questions[static_cast<std::size_t>(what)];
  (good ? question.good : question.failed)->add(1);
  question.seconds->observe(observe::seconds(took));
}

LockMetrics::LockMetrics(const Series& series)
    : actions(each<decltype(actions)>(
          kLockActionTypes, [&](std::string_view type) { return &series.counter(kLockResolverAction, {type}); })),
      cleaning(series.gauge(kLockResolverRunning, {"read_resolve"})) {}

TxnMetrics::TxnMetrics(const Series& series)
    : write_count(series.histogram(kTxnWriteCount, {kGeneral})),
      write_bytes(series.histogram(kTxnWriteBytes, {kGeneral})),
      snapshot_regions(series.histogram(kTxnRegions, {"snapshot", kGeneral})),
      prewrite_regions(series.histogram(kTxnRegions, {"2pc_prewrite", kGeneral})),
      commit_regions(series.histogram(kTxnRegions, {"2pc_commit", kGeneral})),
      cleanup_regions(series.histogram(kTxnRegions, {"2pc_cleanup", kGeneral})),
      commit_left_locks(series.counter(kLockCleanupFailure, {"commit"})),
      rollback_left_locks(series.counter(kLockCleanupFailure, {"rollback"})),
      heartbeat_good(series.histogram(kHeartbeat, {"ok"})),
      heartbeat_failed(series.histogram(kHeartbeat, {"err"})),
      heartbeat_life(series.histogram(kHeartbeatLife)),
      heartbeat_too_long(series.counter(kHeartbeatTooLong)),
      commit_good(series.counter(kCommit, {"ok"})),
      commit_failed(series.counter(kCommit, {"err"})),
      commit_backoff(series.histogram(kCommitBackoff)),
      commit_backoff_count(series.histogram(kCommitBackoffCount)),
      write_conflicts(series.counter(kWriteConflict)) {}

PdMetrics::PdMetrics(const Series& series)
    : timestamp_wait(series.histogram(kTimestampWait)), backoff(series.histogram(kBackoff, {"pdRPC"})) {}

NetMetrics::NetMetrics(const Series& series)
    : connect(series.histogram(kConnect)),
      unavailable(series.histogram(kBatchUnavailable)),
      no_connection(series.counter(kNoConnection)) {}

// Nothing is forwarded.
ChannelMetrics::ChannelMetrics(const Series& series, std::string_view target, std::string_view connection)
    : tracked(series.counter(kBatchTracked, {target, connection, "0"})),
      retired(series.counter(kBatchRetired, {target, connection, "0"})),
      completed(series.counter(kBatchCompleted, {target, connection, "0"})),
      outdated(series.counter(kBatchOutdated, {target, connection, "0"})),
      pending(series.histogram(kBatchPending, {target})),
      batch_size(series.histogram(kBatchSize, {target})),
      phases_(each<decltype(phases_)>(kPhases, [&](std::string_view phase) {
        return &series.gauge(kConnectionState, {connection, target, phase});
      })) {
  phases_[static_cast<std::size_t>(phase_)]->set(1);
}

void ChannelMetrics::enter(ConnectionPhase phase) noexcept {
  phases_[static_cast<std::size_t>(phase_)]->set(0);
  phases_[static_cast<std::size_t>(phase)]->set(1);
  phase_ = phase;
}

Metrics::Metrics(MetricsRegistry& registry)
    : series(registry),
      operations(series),
      route(series),
      region(series),
      lock(series),
      txn(series),
      pd(series),
      net(series) {}

}  // namespace tikv::observe
