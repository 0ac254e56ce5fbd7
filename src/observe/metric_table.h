#pragma once

#include <tikv/metrics.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tikv::observe {

/// What this client measures. In the order of the table.
enum class Metric : std::uint8_t {
  kTxnCommand,
  kBackoff,
  kRequest,
  kRequestBySource,
  kNetLatency,
  kLockResolverAction,
  kLockResolverRunning,
  kRegionError,
  kRpcError,
  kTxnWriteCount,
  kTxnWriteBytes,
  kRawCommand,
  kRawSize,
  kTxnRegions,
  kLockCleanupFailure,
  kRegionCache,
  kLoadRegion,
  kLoadRegionTime,
  kStoreCheckTime,
  kStoreCheck,
  kBatchTracked,
  kBatchRetired,
  kBatchCompleted,
  kBatchOutdated,
  kBatchPending,
  kBatchSize,
  kBatchUnavailable,
  kConnect,
  kHeartbeat,
  kHeartbeatLife,
  kHeartbeatTooLong,
  kNoConnection,
  kCommit,
  kConnectionFailure,
  kTimestampWait,
  kReplicaFailure,
  kRetryTimes,
  kCommitBackoff,
  kCommitBackoffCount,
  kConnectionState,
  kStoreLiveness,
  kStoreLimit,
  kStaleRegion,
  kWriteConflict,
};
inline constexpr std::size_t kMetrics = static_cast<std::size_t>(Metric::kWriteConflict) + 1;

/// Upper borders of a histogram: given one by one, or each `factor` times the one before.
struct Buckets {
  double first = 0;
  double factor = 0;
  std::size_t count = 0;
  std::span<const double> listed;

  std::vector<double> borders() const;
};

struct MetricRow {
  Metric metric;
  std::string_view name;  ///< Without the prefix.
  MetricType type;
  std::array<std::string_view, 5> labels;  ///< Unused ones are empty.
  Buckets buckets;
  std::string_view help;

  std::span<const std::string_view> label_names() const noexcept;
};

/// Before each name: client-go's default namespace and subsystem, which TiKV's dashboards ask for.
inline constexpr std::string_view kMetricPrefix = "tikv_client_go_";

/// Names, types, labels and buckets are client-go's (metrics/metrics.go); docs/parity/metrics.tsv tells of those that
/// are not here.
std::span<const MetricRow, kMetrics> metric_table() noexcept;
const MetricRow& metric_row(Metric metric) noexcept;

/// A request's type as client-go names it in labels, from its gRPC path: "/tikvpb.Tikv/KvGet" is "Get".
std::string_view command_name(std::string_view path) noexcept;

}  // namespace tikv::observe
