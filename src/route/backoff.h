#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>

namespace tikv::route {

/// Why an operation pauses. Each kind has its own row, and within one operation its own exponential sequence.
enum class BackoffKind : std::uint8_t {
  kTikvRpc,                   ///< A store could not be reached.
  kTxnLock,                   ///< Another transaction's lock is in the way of a write.
  kTxnLockFast,               ///< The same for a read.
  kPdRpc,                     ///< PD could not be reached.
  kRegionMiss,                ///< The region is not what was thought; look it up again.
  kRegionScheduling,          ///< The region changes its leader, splits or merges.
  kTikvServerBusy,            ///< The store refuses work for now.
  kTikvDiskFull,              ///< The store refuses writes.
  kRegionRecoveryInProgress,  ///< The region is being recovered by hand.
  kTxnNotFound,               ///< A lock's primary is not there yet.
  kStaleCommand,              ///< The leader changed while it worked on the request.
  kMaxTsNotSynced,            ///< A new leader does not know the highest read timestamp yet.
  kCommitTsLag,               ///< PD's clock is behind the commit timestamp asked for.
  kRegionNotInitialized,      ///< The peer is being created.
  kIsWitness,                 ///< The peer holds no data.
};
inline constexpr std::size_t kBackoffKinds = 15;

enum class Jitter : std::uint8_t {
  kNone,          ///< e, where e is the smaller of cap and base * 2^n in the n-th pause.
  kFull,          ///< Anywhere in [0, e).
  kEqual,         ///< e/2, and anywhere in [0, e/2) more.
  kDecorrelated,  ///< Anywhere between base and three times the last pause, at most cap.
};

struct BackoffRow {
  BackoffKind kind;
  std::string_view name;
  std::chrono::milliseconds base;
  std::chrono::milliseconds cap;
  Jitter jitter;
  /// Pauses of this kind count towards an operation's budget only beyond this much; zero: from the start.
  std::chrono::milliseconds excluded{0};
};

/// client-go's numbers (config/retry/config.go), by kind. TiFlash has no part here.
inline constexpr std::array<BackoffRow, kBackoffKinds> kBackoffs = {{
    {BackoffKind::kTikvRpc, "tikvRPC", std::chrono::milliseconds{100}, std::chrono::milliseconds{2000}, Jitter::kEqual},
    {BackoffKind::kTxnLock, "txnLock", std::chrono::milliseconds{100}, std::chrono::milliseconds{3000}, Jitter::kEqual},
    {BackoffKind::kTxnLockFast, "txnLockFast", std::chrono::milliseconds{10}, std::chrono::milliseconds{3000},
     Jitter::kEqual},  // base: kv.DefBackoffLockFast
    {BackoffKind::kPdRpc, "pdRPC", std::chrono::milliseconds{500}, std::chrono::milliseconds{3000}, Jitter::kEqual},
    {BackoffKind::kRegionMiss, "regionMiss", std::chrono::milliseconds{2}, std::chrono::milliseconds{500},
     Jitter::kNone},
    {BackoffKind::kRegionScheduling, "regionScheduling", std::chrono::milliseconds{2}, std::chrono::milliseconds{500},
     Jitter::kNone},
    {BackoffKind::kTikvServerBusy, "tikvServerBusy", std::chrono::milliseconds{2000}, std::chrono::milliseconds{10000},
     Jitter::kEqual, std::chrono::milliseconds{600000}},
    {BackoffKind::kTikvDiskFull, "tikvDiskFull", std::chrono::milliseconds{500}, std::chrono::milliseconds{5000},
     Jitter::kNone},
    {BackoffKind::kRegionRecoveryInProgress, "regionRecoveryInProgress", std::chrono::milliseconds{100},
     std::chrono::milliseconds{10000}, Jitter::kEqual},
    {BackoffKind::kTxnNotFound, "txnNotFound", std::chrono::milliseconds{2}, std::chrono::milliseconds{500},
     Jitter::kNone},
    {BackoffKind::kStaleCommand, "staleCommand", std::chrono::milliseconds{2}, std::chrono::milliseconds{1000},
     Jitter::kNone},
    {BackoffKind::kMaxTsNotSynced, "maxTsNotSynced", std::chrono::milliseconds{2}, std::chrono::milliseconds{500},
     Jitter::kNone},
    {BackoffKind::kCommitTsLag, "commitTSLag", std::chrono::milliseconds{2}, std::chrono::milliseconds{500},
     Jitter::kNone},
    {BackoffKind::kRegionNotInitialized, "regionNotInitialized", std::chrono::milliseconds{2},
     std::chrono::milliseconds{1000}, Jitter::kNone},
    {BackoffKind::kIsWitness, "isWitness", std::chrono::milliseconds{1000}, std::chrono::milliseconds{10000},
     Jitter::kEqual},
}};

constexpr const BackoffRow& backoff_row(BackoffKind kind) noexcept { return kBackoffs[static_cast<std::size_t>(kind)]; }

/// The `attempt`-th pause (from 0) of a row; `last` is the one before it, for `kDecorrelated`.
std::chrono::milliseconds next_pause(const BackoffRow& row, std::uint32_t attempt, std::chrono::milliseconds last,
                                     std::mt19937_64& random);

// Budgets of whole operations: the sum of pauses after which they give up. client-go's constants, times its default
// weight of two (kv.DefBackOffWeight) where it applies that.

/// Those that a client may be told otherwise (`tikv::RetryOptions`).
struct Budgets {
  std::chrono::milliseconds read{40000};      ///< 2 * getMaxBackoff, batchGetMaxBackoff, scannerNextMaxBackoff
  std::chrono::milliseconds prewrite{80000};  ///< 2 * PrewriteMaxBackoff
  std::chrono::milliseconds commit{80000};    ///< 2 * CommitMaxBackoff
  /// The base of `kTxnLockFast`.
  std::chrono::milliseconds lock_pause = backoff_row(BackoffKind::kTxnLockFast).base;
};

inline constexpr std::chrono::milliseconds kSecondariesBudget{82000};  ///< 2 * CommitSecondaryMaxBackoff
inline constexpr std::chrono::milliseconds kCleanupBudget{40000};      ///< 2 * cleanupMaxBackoff
inline constexpr std::chrono::milliseconds kHeartbeatBudget{40000};    ///< 2 * keepAliveMaxBackoff
inline constexpr std::chrono::milliseconds kLockBudget{40000};         ///< 2 * pessimisticLockMaxBackoff
inline constexpr std::chrono::milliseconds kResolveBudget{40000};      ///< asyncResolveLockMaxBackoff
inline constexpr std::chrono::milliseconds kTxnStatusBudget{20000};    ///< getTxnStatusMaxBackoff

}  // namespace tikv::route
