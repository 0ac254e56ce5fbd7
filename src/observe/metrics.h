#pragma once

#include <tikv/metrics.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "observe/operation.h"
#include "observe/series.h"

// Handles of the series whose labels are known beforehand, asked for once, a group for each layer that measures.
namespace tikv::observe {

struct OperationMetrics {
  explicit OperationMetrics(const Series& series);
  std::array<Histogram*, kOperations> seconds;  ///< Null for what is not measured.
  Histogram& raw_key_bytes;
  Histogram& raw_value_bytes;
};

struct RouteMetrics {
  explicit RouteMetrics(const Series& series);
  /// A reason for pauses, and client-go's label for it; reasons that are not here share the label "".
  struct BackoffType {
    std::string_view reason;
    std::string_view label;
  };
  static constexpr std::array<BackoffType, 12> kBackoffTypes = {{
      {"tikvRPC", "tikvRPC"},
      {"txnLock", "txnLock"},
      {"txnLockFast", "tikvLockFast"},
      {"pdRPC", "pdRPC"},
      {"regionMiss", "regionMiss"},
      {"regionScheduling", "regionScheduling"},
      {"tikvServerBusy", "serverBusy"},
      {"tikvDiskFull", "tikvDiskFull"},
      {"regionRecoveryInProgress", "regionRecoveryInProgress"},
      {"staleCommand", "staleCommand"},
      {"isWitness", "isWitness"},
      {"", ""},
  }};
  Histogram& backoff(std::string_view reason) const noexcept;

  std::array<Histogram*, kBackoffTypes.size()> backoffs;
  Counter& no_replica;
  Histogram& retry_times;
};

enum class RegionEvent : std::uint8_t {
  kInvalidated,
  kSendFailed,
  kStoreInvalidated,
};
/// A question to PD.
enum class LookUp : std::uint8_t { kByKey, kById, kScan, kBatchScan, kStore };

struct RegionMetrics {
  explicit RegionMetrics(const Series& series);
  struct Question {
    Counter* good;
    Counter* failed;
    Histogram* seconds;
  };
  /// PD has answered, or failed to.
  void answered(LookUp what, bool good, std::chrono::nanoseconds took) const noexcept;
  Counter& event(RegionEvent what) const noexcept { return *events[static_cast<std::size_t>(what)]; }

  std::array<Question, 5> questions;
  std::array<Counter*, 3> events;
  Counter& load_missing;  ///< A key's region was not known.
  Counter& load_expired;  ///< It was known, and no longer fit for use.
  Counter& load_by_id;
  Counter& stale_from_pd;
  Counter& check_good;
  Counter& check_failed;
};

enum class LockAction : std::uint8_t {
  kExpired,
  kNotExpired,
  kWaitExpired,
  kResolve,
  kResolveAsyncCommit,
  kQueryStatus,
  kQueryCommitted,
  kQueryRolledBack,
  kQuerySecondaries,
  kResolveRegion,
  kResolveLite,
  kReadFallback,  ///< Too many are being removed behind reads already.
};
inline constexpr std::size_t kLockActions = 12;

struct LockMetrics {
  explicit LockMetrics(const Series& series);
  void count(LockAction action) const noexcept { actions[static_cast<std::size_t>(action)]->add(1); }
  std::array<Counter*, kLockActions> actions;
  Gauge& cleaning;
};

struct TxnMetrics {
  explicit TxnMetrics(const Series& series);
  Histogram& write_count;
  Histogram& write_bytes;
  Histogram& snapshot_regions;
  Histogram& prewrite_regions;
  Histogram& commit_regions;
  Histogram& cleanup_regions;
  Counter& commit_left_locks;
  Counter& rollback_left_locks;
  Histogram& heartbeat_good;
  Histogram& heartbeat_failed;
  Histogram& heartbeat_life;
  Counter& heartbeat_too_long;
  Counter& commit_good;
  Counter& commit_failed;
  Histogram& commit_backoff;
  Histogram& commit_backoff_count;
  Counter& write_conflicts;
};

struct PdMetrics {
  explicit PdMetrics(const Series& series);
  Histogram& timestamp_wait;
  Histogram& backoff;
};

struct NetMetrics {
  explicit NetMetrics(const Series& series);
  Histogram& connect;
  Histogram& unavailable;
  Counter& no_connection;
};

/// gRPC's names for what a connection can be in.
enum class ConnectionPhase : std::uint8_t { kIdle, kConnecting, kReady, kTransientFailure, kShutdown };

/// Of the connections to one address.
class ChannelMetrics {
 public:
  /// `connection` tells those of several shards apart.
  ChannelMetrics(const Series& series, std::string_view target, std::string_view connection);
  ~ChannelMetrics() { enter(ConnectionPhase::kShutdown); }
  ChannelMetrics(const ChannelMetrics&) = delete;
  ChannelMetrics& operator=(const ChannelMetrics&) = delete;

  void enter(ConnectionPhase phase) noexcept;

  Counter& tracked;
  Counter& retired;
  Counter& completed;
  Counter& outdated;
  Histogram& pending;
  Histogram& batch_size;

 private:
  std::array<Gauge*, 5> phases_;
  ConnectionPhase phase_ = ConnectionPhase::kIdle;
};

/// All of them. Thread-safe as far as handles are.
struct Metrics {
  explicit Metrics(MetricsRegistry& registry);
  Series series;
  OperationMetrics operations;
  RouteMetrics route;
  RegionMetrics region;
  LockMetrics lock;
  TxnMetrics txn;
  PdMetrics pd;
  NetMetrics net;
};

}  // namespace tikv::observe
