#include "observe/metric_table.h"

namespace tikv::observe {
namespace {

using enum MetricType;
using enum Metric;

constexpr Buckets powers(double first, double factor, std::size_t count) { return {first, factor, count, {}}; }
constexpr std::array<double, 10> kRetryBorders = {1, 2, 3, 4, 8, 16, 32, 64, 128, 256};

constexpr std::array<MetricRow, kMetrics> kRows = {{
    {kTxnCommand,
     "txn_cmd_duration_seconds",
     kHistogram,
     {"type", "scope"},
     powers(0.0005, 2, 29),
     "Time of transactional calls, from the call to its end."},
    {kBackoff, "backoff_seconds", kHistogram, {"type"}, powers(0.0005, 2, 29), "Pauses between attempts, by reason."},
    {kRequest,
     "request_seconds",
     kHistogram,
     {"type", "store", "stale_read", "scope"},
     powers(0.0005, 2, 24),
     "Time of single requests to stores, failed ones included."},
    {kRequestBySource,
     "source_request_seconds",
     kSummary,
     {"type", "store", "stale_read", "scope", "source"},
     {},
     "Time of single requests to stores, by the source they name."},
    {kNetLatency,
     "rpc_net_latency_seconds",
     kHistogram,
     {"store", "scope"},
     powers(0.0001, 2, 20),
     "Time of requests outside of the store: on the network, and in this client's queues."},
    {kLockResolverAction,
     "lock_resolver_actions_total",
     kCounter,
     {"type"},
     {},
     "What was done about locks of other transactions."},
    {kLockResolverRunning,
     "lock_resolver_async_running_tasks",
     kGauge,
     {"type"},
     {},
     "Locks being removed in the background."},
    {kRegionError, "region_err_total", kCounter, {"type", "store"}, {}, "Region errors that stores answered."},
    {kRpcError, "rpc_err_total", kCounter, {"type", "store"}, {}, "Requests without an answer, by what came instead."},
    {kTxnWriteCount,
     "txn_write_kv_num",
     kHistogram,
     {"scope"},
     powers(1, 4, 17),
     "Keys written by a committing transaction."},
    {kTxnWriteBytes,
     "txn_write_size_bytes",
     kHistogram,
     {"scope"},
     powers(16, 4, 17),
     "Bytes of keys and values written by a committing transaction."},
    {kRawCommand,
     "rawkv_cmd_seconds",
     kHistogram,
     {"type"},
     powers(0.0005, 2, 29),
     "Time of raw calls, from the call to its end."},
    {kRawSize, "rawkv_kv_size_bytes", kHistogram, {"type"}, powers(1, 2, 30), "Sizes of raw keys and values put."},
    {kTxnRegions,
     "txn_regions_num",
     kHistogram,
     {"type", "scope"},
     powers(1, 2, 25),
     "Regions that one step of a transaction goes to."},
    {kLockCleanupFailure,
     "lock_cleanup_task_total",
     kCounter,
     {"type"},
     {},
     "Background commits and rollbacks that left locks behind."},
    {kRegionCache,
     "region_cache_operations_total",
     kCounter,
     {"type", "result"},
     {},
     "What happened to cached regions and stores."},
    {kLoadRegion, "load_region_total", kCounter, {"type", "reason"}, {}, "Look-ups of regions at PD, by reason."},
    {kLoadRegionTime,
     "load_region_cache_seconds",
     kHistogram,
     {"type"},
     powers(0.0001, 2, 20),
     "Time of look-ups at PD."},
    {kStoreCheckTime,
     "kv_status_api_duration",
     kHistogram,
     {"store"},
     powers(0.0005, 2, 20),
     "Time of checks whether a store is alive, by address."},
    {kStoreCheck, "kv_status_api_count", kCounter, {"result"}, {}, "Checks whether a store is alive."},
    {kBatchTracked,
     "batch_stream_tracked_request_count",
     kCounter,
     {"target", "conn", "forward"},
     {},
     "Requests sent in batches."},
    {kBatchRetired,
     "batch_stream_retired_request_count",
     kCounter,
     {"target", "conn", "forward"},
     {},
     "Requests sent in batches that are over, answered or not."},
    {kBatchCompleted,
     "batch_stream_completed_response_count",
     kCounter,
     {"target", "conn", "forward"},
     {},
     "Answers that came for requests sent in batches."},
    {kBatchOutdated,
     "batch_stream_outdated_response_count",
     kCounter,
     {"target", "conn", "forward"},
     {},
     "Answers for requests that nobody waits for any more."},
    {kBatchPending,
     "batch_pending_requests",
     kHistogram,
     {"target"},
     powers(1, 2, 11),
     "Requests that wait when a batch is made, those in it included."},
    {kBatchSize, "batch_requests", kHistogram, {"target"}, powers(1, 2, 11), "Requests in one batch."},
    {kBatchUnavailable,
     "batch_client_unavailable_seconds",
     kHistogram,
     {},
     powers(0.001, 2, 28),
     "Time from the loss of a connection with batches to the next."},
    {kConnect,
     "batch_client_wait_connection_establish",
     kHistogram,
     {},
     powers(0.001, 2, 28),
     "Time from the start of a connection to the server's first word on it."},
    {kHeartbeat,
     "txn_heart_beat",
     kHistogram,
     {"type"},
     powers(0.001, 2, 20),
     "Time of requests that keep a transaction's locks alive."},
    {kHeartbeatLife,
     "txn_ttl_manager",
     kHistogram,
     {},
     powers(1, 2, 20),
     "Time for which a transaction's locks were kept alive, in seconds."},
    {kHeartbeatTooLong,
     "ttl_lifetime_reach_total",
     kCounter,
     {},
     {},
     "Transactions whose locks are not kept alive any longer because of their age."},
    {kNoConnection,
     "batch_client_no_available_connection_total",
     kCounter,
     {},
     {},
     "Failures to get a connection while requests wait for one."},
    {kCommit, "commit_txn_counter", kCounter, {"type"}, {}, "Two-phase commits."},
    {kConnectionFailure,
     "connection_transient_failure_count",
     kCounter,
     {"address", "store"},
     {},
     "Requests that found no connection, or lost it."},
    {kTimestampWait,
     "ts_future_wait_seconds",
     kHistogram,
     {},
     powers(0.000005, 2, 30),
     "Time for which callers wait for a timestamp."},
    {kReplicaFailure,
     "replica_selector_failure_counter",
     kCounter,
     {"type"},
     {},
     "Requests for which no peer of the region could be chosen."},
    {kRetryTimes,
     "request_retry_times",
     kHistogram,
     {},
     {0, 0, kRetryBorders.size(), kRetryBorders},
     "Attempts after the first of requests that needed some."},
    {kCommitBackoff,
     "txn_commit_backoff_seconds",
     kHistogram,
     {},
     powers(0.001, 2, 22),
     "Pauses during a commit, in all."},
    {kCommitBackoffCount,
     "txn_commit_backoff_count",
     kHistogram,
     {},
     powers(1, 2, 12),
     "Number of pauses during a commit."},
    {kConnectionState,
     "grpc_connection_state",
     kGauge,
     {"connection_id", "store_ip", "grpc_state"},
     {},
     "1 for the state that a connection is in."},
    {kStoreLiveness, "store_liveness_state", kGauge, {"store"}, {}, "0: reachable, 1: does not answer, 2: not known."},
    {kStoreLimit,
     "get_store_limit_token_error",
     kCounter,
     {"address", "store"},
     {},
     "Requests refused because too many are under way at the store."},
    {kStaleRegion, "stale_region_from_pd", kCounter, {}, {}, "Regions from PD that are older than what was known."},
    {kWriteConflict, "txn_write_conflict_counter", kCounter, {}, {}, "Write conflicts."},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i)
    if (static_cast<std::size_t>(kRows[i].metric) != i) return false;
  return true;
}
static_assert(in_order());

struct CommandRow {
  std::string_view path;
  std::string_view name;
};

// Where dropping the service and "Kv" is not enough.
constexpr std::array kCommands = {
    CommandRow{"/tikvpb.Tikv/KVPessimisticRollback", "PessimisticRollback"},
    CommandRow{"/tikvpb.Tikv/GetStoreSafeTS", "StoreSafeTS"},
    CommandRow{"/tikvpb.Tikv/GetLockWaitInfo", "LockWaitInfo"},
    CommandRow{"/tikvpb.Tikv/Coprocessor", "Cop"},
    CommandRow{"/tikvpb.Tikv/CoprocessorStream", "CopStream"},
    CommandRow{"/tikvpb.Tikv/BatchCoprocessor", "BatchCop"},
    CommandRow{"/tikvpb.Tikv/IsAlive", "MPPAlive"},
    CommandRow{"/tikvpb.Tikv/MvccGetByStartTs", "MvccGetByStartTS"},
    CommandRow{"/debugpb.Debug/GetRegionProperties", "DebugGetRegionProperties"},
};

}  // namespace

std::vector<double> Buckets::borders() const {
  if (!listed.empty()) return {listed.begin(), listed.end()};
  std::vector<double> borders;
  borders.reserve(count);
  double border = first;
  for (std::size_t i = 0; i < count; ++i, border *= factor) borders.push_back(border);
  return borders;
}

std::span<const std::string_view> MetricRow::label_names() const noexcept {
  std::size_t count = 0;
  while (count < labels.size() && !labels[count].empty()) ++count;
  return {labels.data(), count};
}

std::span<const MetricRow, kMetrics> metric_table() noexcept { return kRows; }
const MetricRow& metric_row(Metric metric) noexcept { return kRows[static_cast<std::size_t>(metric)]; }

std::string_view command_name(std::string_view path) noexcept {
  for (const CommandRow& row : kCommands)
    if (row.path == path) return row.name;
  std::string_view name = path.substr(path.rfind('/') + 1);
  if (name.starts_with("Kv")) name.remove_prefix(2);
  return name;
}

}  // namespace tikv::observe
