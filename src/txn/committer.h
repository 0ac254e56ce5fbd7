#pragma once

#include <tikv/error.h>
#include <tikv/task.h>
#include <tikv/transaction.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>

#include "route/batches.h"
#include "txn/commit_plan.h"
#include "txn/environment.h"
#include "txn/heartbeat.h"
#include "txn/verdict.h"

namespace tikv::txn {

/// One optimistic two-phase commit. Held by whoever waits for it and by what goes on in the background afterwards.
///
/// The order of things: prewrite all batches at once, which locks the keys; a commit timestamp; commit the primary,
/// which decides; commit the others in the background. Until the primary's commit is sent, giving up means that
/// nothing is written. From then on it is that request which counts, and `settle` finds out what became of it.
class Committer : public std::enable_shared_from_this<Committer> {
 public:
  /// `plan` is not empty. `elapsed`: since the transaction's start.
  Committer(Environment& environment, std::uint64_t start_ts, CommitPlan plan, TransactionOptions options,
            std::chrono::milliseconds elapsed);

  /// Once. Errors as `tikv::Transaction::commit` has them.
  Task<Result<Committed>> run();
  /// Tells watchers what came of it.
  void report(const Result<Committed>& result) const;

  /// How long after a lost reply to the primary's commit its outcome is looked for, beyond the caller's deadline and
  /// cancel. Long enough for a store to answer that only lost a connection; a new leader may take longer.
  static constexpr std::chrono::milliseconds kSettleTime{3000};

 private:
  using Batch = std::span<const Mutation*>;
  using Prewrites = std::span<Mutation*>;

  /// Of a commit of the primary. Null: nothing is known yet, so try again.
  using Tried = Result<std::optional<CommitVerdict>>;

  void note_pauses() noexcept;
  void log_left_locks(std::string_view message, const Error& why) const;
  route::BatchLimits prewrite_limits() const;
  /// All of it, if that is one batch.
  std::optional<route::Batch<Mutation*>> only_batch();
  Task<Result<void>> prewrite(bool regions_told);
  Task<Result<bool>> prewrite_batch(route::Retry& retry, region::RegionRef region, Prewrites batch);
  void fill_prewrite(proto::kvrpcpb::PrewriteRequest& request, const region::Region& region) const;
  Task<Result<void>> pass(route::Retry& retry, std::vector<lock::Lock> locks, std::uint32_t round);

  /// One try. Null: the region moved or a new timestamp was taken.
  Task<Tried> try_primary(route::Retry& retry);
  static bool is_committed(const Tried& tried) noexcept;
  Task<Result<void>> conclude(Tried tried);
  Task<Result<void>> settle(Error why);
  Task<Tried> ask_primary(route::Retry& retry);

  void commit_rest_later();
  static Task<void> commit_rest(std::shared_ptr<Committer> self);
  Task<Result<bool>> commit_batch(route::Retry& retry, region::RegionRef region, Batch batch);
  void roll_back_later();
  static Task<void> roll_back(std::shared_ptr<Committer> self);
  Task<Result<bool>> roll_back_batch(route::Retry& retry, region::RegionRef region, Batch batch);

  void fill_commit(proto::kvrpcpb::CommitRequest& request, proto::kvrpcpb::CommitRole role) const;

  Environment& environment_;
  std::uint64_t start_ts_;
  CommitPlan plan_;
  TransactionOptions options_;
  std::chrono::milliseconds ttl_;
  route::Retry retry_;  // of the step that goes on: prewrite, then the commit of the primary
  std::uint64_t commit_ts_ = 0;
  Heartbeat heartbeat_;
  bool may_hold_locks_ = false;         // a prewrite went through, or may have, or may still do so
  bool maybe_committed_ = false;        // a commit of the primary was sent and not answered
  std::chrono::milliseconds slept_{0};  // in prewrite and commit
  std::uint32_t pauses_ = 0;
  std::size_t committed_to_ = 0;  // the mutations before this one need no commit any more
};

}  // namespace tikv::txn
