#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "lock/lock_info.h"

namespace tikv::proto::kvrpcpb {
class CheckTxnStatusResponse;
}

namespace tikv::lock {

/// What asking for a transaction's status did to it: kvproto's `Action`, number by number.
enum class Action : std::uint8_t {
  kNone = 0,
  kTtlExpireRollback = 1,
  kLockNotExistRollback = 2,
  kMinCommitTsPushed = 3,
  kTtlExpirePessimisticRollback = 4,
  kLockNotExistDoNothing = 5,
};

/// The part of an async-commit transaction's primary lock that its other keys are found by.
struct AsyncCommitPrimary {
  std::uint64_t min_commit_ts = 0;
  std::vector<std::string> secondaries;
};

/// What became of a transaction, as its primary key's store knows.
struct TxnStatus {
  TxnStatus() = default;
  std::uint64_t ttl_ms = 0;     ///< Above 0: still alive, for so long from its start.
  std::uint64_t commit_ts = 0;  ///< Above 0: committed.
  Action action = Action::kNone;
  std::shared_ptr<const AsyncCommitPrimary> async_primary;  ///< Set while the primary is locked for async commit.

  bool committed() const noexcept { return commit_ts > 0; }
  /// Rolled back for good. Two actions leave a transaction neither committed nor rolled back although no lock is left:
  /// the rollback of a pessimistic lock, after which the owner may lock again, and doing nothing about a lock that is
  /// not there. Taking either for a rollback would roll back what is still being written.
  bool rolled_back() const noexcept {
    return ttl_ms == 0 && commit_ts == 0 &&
           (action == Action::kNone || action == Action::kLockNotExistRollback || action == Action::kTtlExpireRollback);
  }
  /// Will never change again.
  bool determined() const noexcept { return committed() || rolled_back(); }
};

/// `response` has neither a region error nor a key error.
TxnStatus status_of(const proto::kvrpcpb::CheckTxnStatusResponse& response);

/// The newest determined states by start timestamp; the oldest goes when it is full.
class StatusCache {
 public:
  explicit StatusCache(std::size_t capacity = kCapacity) : capacity_(capacity) {}
  /// Keeps `status`, which is determined. The first one of a transaction stays.
  void put(std::uint64_t start_ts, const TxnStatus& status);
  std::optional<TxnStatus> get(std::uint64_t start_ts) const;
  std::size_t size() const noexcept { return known_.size(); }

  /// client-go's `ResolvedCacheSize`.
  static constexpr std::size_t kCapacity = 2048;

 private:
  std::size_t capacity_;
  std::unordered_map<std::uint64_t, TxnStatus> known_;
  std::deque<std::uint64_t> order_;
};

}  // namespace tikv::lock
