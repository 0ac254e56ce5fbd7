#pragma once

#include <tikv/error.h>
#include <tikv/task.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "lock/async_commit.h"
#include "lock/decision.h"
#include "lock/lock_info.h"
#include "lock/txn_status.h"
#include "pd/pd_client.h"
#include "route/retry.h"
#include "route/router.h"
#include "runtime/loop.h"
#include "runtime/scope.h"

namespace tikv::lock {

struct ResolveOptions {
  /// The asking transaction's start: an owner that is alive is told to commit after it, so that a read need not wait.
  std::uint64_t caller_start_ts = 0;
  /// A read goes on as soon as the owners' states are known; the locks are removed behind its back. Without, all locks
  /// that can go are gone when the call returns.
  bool for_read = false;
  /// Touches only the given keys, however many the owner locked.
  bool lite = false;
  /// Of pessimistic locks, takes away all that the owner has in the region.
  bool pessimistic_region = false;
};
static_assert(std::is_trivially_destructible_v<ResolveOptions>);

struct Resolved {
  Resolved() = default;
  /// How long the first of the owners that are still alive may take at most; 0 if nobody has to be waited for.
  std::chrono::milliseconds wait{0};
  /// A pause was made already, for a transaction whose primary is not there. Its lock is to be looked at again.
  bool paused = false;
  // For reads: transactions whose locks tell nothing about the snapshot, and those that are part of it. A store is told
  // both with the next try, as the locks may still be there.
  std::vector<std::uint64_t> ignore;
  std::vector<std::uint64_t> access;
};

/// What to ask about a transaction.
struct StatusQuestion {
  StatusQuestion() = default;
  std::string primary;
  std::uint64_t start_ts = 0;
  std::uint64_t caller_start_ts = 0;  ///< 0: the owner is not told to commit later.
  std::uint64_t current_ts = 0;       ///< 0: a lock does not count as expired, however old.
  /// Leaves a rollback behind where there is neither lock nor commit, so that a late prewrite is refused.
  bool rollback_if_absent = false;
  bool force_sync_commit = false;
  bool resolving_pessimistic = false;
};

struct StatusAnswer {
  StatusAnswer() = default;
  enum class Kind : std::uint8_t {
    kStatus,
    kNotFound,         ///< No trace of the transaction at its primary.
    kPrimaryMismatch,  ///< The key is locked, but not as a primary: only pessimistic locks may lead there.
  };
  Kind kind = Kind::kStatus;
  TxnStatus status;
};

/// Finds out what became of transactions whose locks are in the way, and finishes them for owners that are gone. One
/// for each loop; loop thread only. `background` outlives what it runs here.
class LockResolver {
 public:
  /// `lite_threshold`: the locks of a transaction with fewer keys in a region are removed by their keys.
  LockResolver(runtime::Loop& loop, route::Router& router, pd::PdClient& pd, runtime::Scope& background,
               std::uint64_t lite_threshold = kLiteThreshold);
  LockResolver(const LockResolver&) = delete;
  LockResolver& operator=(const LockResolver&) = delete;

  /// Deals with the locks of one answer; then the caller asks again for what was locked. Costs a timestamp, a question
  /// for each transaction whose state is not known, and a request for each region with locks to remove. Errors are
  /// those of `Router`, and `kServer`; `applied()` is `kNo`, as nothing here is a write of the caller's.
  Task<Result<Resolved>> resolve(route::Retry& retry, std::vector<Lock> locks, ResolveOptions options);

  /// Asks the primary's store, or remembers.
  Task<Result<StatusAnswer>> ask(route::Retry& retry, StatusQuestion question);

  /// Transactions whose locks are being removed behind a read's back.
  std::size_t cleaning() const noexcept { return cleaning_.size(); }

 private:
  struct Pass;
  struct Finish;
  /// What is being removed in the background: a transaction's locks, by the first key or its region's start.
  using Cleaning = std::pair<std::uint64_t, std::string>;

  Task<Result<Resolved>> resolve_all(route::Retry& retry, std::vector<Lock> locks, ResolveOptions options);
  /// Null: nobody knows yet.
  Task<Result<std::optional<TxnStatus>>> resolve_one(route::Retry& retry, Pass& pass, Lock lock);
  Task<Result<std::optional<TxnStatus>>> find_status(route::Retry& retry, const Pass& pass, Lock lock, bool force_sync);
  /// Null: the transaction fell back to the ordinary commit.
  Task<Result<std::optional<TxnStatus>>> recover_async_commit(route::Retry& retry, const Pass& pass, Lock lock,
                                                              TxnStatus status);
  Task<Result<bool>> check_secondaries(route::Retry& retry, region::RegionRef region, std::span<std::string> keys,
                                       std::uint64_t start_ts, SecondaryTally& tally);
  Task<Result<void>> finish_or_defer(route::Retry& retry, const Pass& pass, Finish finish);
  Task<Result<void>> finish(route::Retry& retry, Finish finish);
  Task<Result<bool>> finish_batch(route::Retry& retry, region::RegionRef region, std::span<std::string> keys,
                                  std::uint64_t start_ts, std::uint64_t commit_ts);
  Task<Result<void>> finish_region(route::Retry& retry, Finish finish);
  Task<Result<void>> roll_back_pessimistic(route::Retry& retry, Pass& pass, Lock lock);
  Cleaning name_of(const Finish& finish);
  void count(observe::LockAction action) const noexcept {
    if (metrics_ != nullptr) metrics_->count(action);
  }
  void log_old(const Lock& lock, std::uint64_t now_ts, std::chrono::milliseconds left);
  Task<void> finish_in_background(Finish finish, Cleaning name);

  runtime::Loop& loop_;
  route::Router& router_;
  pd::PdClient& pd_;
  runtime::Scope& background_;
  std::uint64_t lite_threshold_;
  const observe::Observer& observer_;
  const observe::LockMetrics* metrics_;  // null: nothing is measured
  observe::Throttle old_locks_logged_;
  StatusCache known_;
  std::set<Cleaning> cleaning_;
};

}  // namespace tikv::lock
