#include "txn/committer.h"

#include <tikv/proto/kvrpcpb.pb.h>

#include <array>
#include <limits>
#include <utility>

#include "base/probe.h"
#include "lock/key_error.h"
#include "proto/pooled.h"
#include "txn/shield.h"

namespace tikv::txn {
namespace {

namespace kvrpcpb = proto::kvrpcpb;

constexpr std::array kPriorities = {kvrpcpb::CommandPri::Normal, kvrpcpb::CommandPri::Low, kvrpcpb::CommandPri::High};

/// Locks that were removed at once are no reason to wait; coming upon new ones again and again is.
constexpr std::uint32_t kFreeRounds = 3;
constexpr std::chrono::milliseconds kBusyKeyPause{100};

std::string_view key_of(const Mutation* mutation) { return mutation->key(); }
std::size_t key_size(const Mutation* mutation) { return mutation->key().size(); }
std::size_t whole_size(const Mutation* mutation) { return mutation->key().size() + mutation->value().size(); }

/// The request that prewrites a batch, its header apart: the plan's own message if the batch is all there is, or else
/// one that borrows the mutations from it.
class PrewriteOf {
 public:
  PrewriteOf(CommitPlan& plan, std::span<Mutation*> batch) : request_(&plan.message()) {
    if (batch.size() == plan.size()) return;
    request_ = &*borrowing_.emplace();
    google::protobuf::RepeatedPtrField<Mutation>& to = *request_->mutable_mutations();
    to.Reserve(static_cast<int>(batch.size()));
    for (Mutation* mutation : batch) to.UnsafeArenaAddAllocated(mutation);
  }
  ~PrewriteOf() {
    if (!borrowing_) return;
    request_->mutable_mutations()->UnsafeArenaExtractSubrange(0, request_->mutations_size(), nullptr);
  }
  PrewriteOf(const PrewriteOf&) = delete;
  PrewriteOf& operator=(const PrewriteOf&) = delete;

  kvrpcpb::PrewriteRequest& operator*() const noexcept { return *request_; }

 private:
  std::optional<proto::Pooled<kvrpcpb::PrewriteRequest>> borrowing_;
  kvrpcpb::PrewriteRequest* request_;
};

/// How a step's keys are cut into batches; `regions` is what counts its regions.
route::BatchLimits limits_of(const Environment& environment, Histogram& (*regions)(const observe::TxnMetrics&)) {
  const observe::Metrics* const metrics = environment.router.observer().metrics();
  return {.bytes = environment.commit.batch_bytes,
          .count = std::numeric_limits<std::size_t>::max(),
          .concurrency = environment.commit.concurrency,
          .regions = metrics != nullptr ? &regions(metrics->txn) : nullptr};
}

/// In a context of the request's own if it is not the usual one.
template <class Request>
void set_priority(Request& request, TransactionOptions options) {
  if (options.priority == Priority::kNormal) return;
  request.mutable_context()->set_priority(kPriorities[static_cast<std::size_t>(options.priority)]);
}

}  // namespace

Committer::Committer(Environment& environment, std::uint64_t start_ts, CommitPlan plan, TransactionOptions options,
                     std::chrono::milliseconds elapsed)
    : environment_(environment),
      start_ts_(start_ts),
      plan_(std::move(plan)),
      options_(options),
      ttl_(lock_ttl(plan_.bytes(), elapsed, environment.commit)),
      retry_(environment.router.retry(environment.patience(environment.budgets.prewrite))) {}

Task<Result<Committed>> Committer::run() {
  const auto self = shared_from_this();
  // Small transactions, most of them, take one request for each of the two steps. They go without the coroutines that
  // see to several batches and tries.
  Result<void> step;
  if (std::optional<route::Batch<Mutation*>> only = only_batch()) {
    Result<bool> moved = co_await prewrite_batch(retry_, std::move(only->region), only->items);
    if (!moved) {
      step = std::unexpected(route::with_doubt(std::move(moved).error(), retry_));
    } else if (*moved) {
      step = co_await prewrite(true);
    }
  } else {
    step = co_await prewrite(false);
  }
  note_pauses();
  if (step && plan_.has_locks()) {
    if (Result<std::uint64_t> now = co_await environment_.pd.get_timestamp(); now) {
      commit_ts_ = *now;
      step = check_age(start_ts_, commit_ts_);
      if (step) {
        retry_ = environment_.router.retry(environment_.patience(environment_.budgets.commit));
        Tried tried = co_await try_primary(retry_);
        if (!is_committed(tried)) step = co_await conclude(std::move(tried));
        note_pauses();
      }
    } else {
      step = std::unexpected(std::move(now).error().with_context("getting a commit timestamp"));
    }
  }
  heartbeat_.stop();
  if (!step) {
    Error error = std::move(step).error();
    TIKV_PROBE_IF(error.kind() == ErrorKind::kUndetermined, "commit: undetermined");
    if (error.kind() == ErrorKind::kUndetermined) co_return std::unexpected(std::move(error));
    roll_back_later();
    co_return std::unexpected(lock::not_applied(std::move(error)));
  }
  if (!plan_.has_locks()) co_return Committed{.start_ts = start_ts_, .commit_ts = start_ts_};
  commit_rest_later();
  co_return Committed{.start_ts = start_ts_, .commit_ts = commit_ts_};
}

void Committer::report(const Result<Committed>& result) const {
  const observe::Observer& observer = environment_.router.observer();
  if (!result && result.error().kind() == ErrorKind::kUndetermined && observer.log().wants(LogLevel::kError)) {
    const std::string primary = key_text(plan_.primary(), observer.redaction());
    observer.log().error("outcome of a commit is unknown", {{"start_ts", start_ts_},
                                                            {"commit_ts", commit_ts_},
                                                            {"primary", std::string_view(primary)},
                                                            {"why", std::string_view(result.error().message())}});
  }
  if (observer.metrics() == nullptr) return;
  const observe::TxnMetrics& metrics = observer.metrics()->txn;
  (result ? metrics.commit_good : metrics.commit_failed).add(1);
  if (!result && result.error().kind() == ErrorKind::kConflict) metrics.write_conflicts.add(1);
  metrics.write_count.observe(static_cast<double>(plan_.size()));
  metrics.write_bytes.observe(static_cast<double>(plan_.bytes()));
  metrics.commit_backoff.observe(observe::seconds(slept_));
  metrics.commit_backoff_count.observe(pauses_);
}

/// Of the step that has just ended.
void Committer::note_pauses() noexcept {
  slept_ += retry_.slept();
  pauses_ += retry_.pauses();
}

// ---- prewrite

route::BatchLimits Committer::prewrite_limits() const {
  route::BatchLimits limits = limits_of(environment_, [](const auto& m) -> Histogram& { return m.prewrite_regions; });
  limits.failure_stops_others = true;
  return limits;
}

std::optional<route::Batch<Mutation*>> Committer::only_batch() {
  const route::BatchLimits limits = prewrite_limits();
  auto only = route::one_batch(environment_.router.regions(), plan_.to_prewrite(), key_of, whole_size, limits);
  if (only && limits.regions != nullptr) limits.regions->observe(1);
  return only;
}

Task<Result<void>> Committer::prewrite(bool regions_told) {
  auto work = [this](route::Retry& r, region::RegionRef region, Prewrites batch) {
    return prewrite_batch(r, std::move(region), batch);
  };
  route::BatchLimits limits = prewrite_limits();
  if (regions_told) limits.regions = nullptr;
  const Prewrites all = plan_.to_prewrite();
  co_return co_await route::for_each_batch(environment_.router, retry_, all, key_of, whole_size, limits, work);
}

Task<Result<bool>> Committer::prewrite_batch(route::Retry& retry, region::RegionRef region, Prewrites batch) {
  const PrewriteOf request(plan_, batch);
  fill_prewrite(*request, *region);
  for (std::uint32_t round = 1;; ++round) {
    kvrpcpb::PrewriteResponse response;
    Result<route::Router::Sent> sent = co_await environment_.router.send_to_region(retry, region, *request, response);
    if (!sent) {
      if (sent.error().applied() == Applied::kUnknown) may_hold_locks_ = true;
      co_return std::unexpected(std::move(sent).error());
    }
    if (sent->maybe_sent_before) may_hold_locks_ = true;
    TIKV_PROBE_IF(sent->maybe_sent_before, "prewrite: an earlier request may have arrived");
    TIKV_PROBE_IF(sent->moved, "prewrite: the region is another one");
    if (sent->moved) co_return true;
    PrewriteVerdict verdict = judge_prewrite(response, start_ts_, retry.redaction());
    if (verdict.done()) break;
    if (verdict.error) co_return std::unexpected(retry.annotate(std::move(*verdict.error)));
    co_await pass(retry, std::move(verdict.locks), round).or_return();
  }
  may_hold_locks_ = true;
  const bool has_primary = batch.front()->key() <= plan_.primary() && plan_.primary() <= batch.back()->key();
  if (has_primary && plan_.has_locks() && !heartbeat_.started()) {
    heartbeat_.start(environment_, plan_.primary(), start_ts_, ttl_);
  }
  co_return false;
}

void Committer::fill_prewrite(kvrpcpb::PrewriteRequest& request, const region::Region& region) const {
  set_priority(request, options_);
  request.set_primary_lock(plan_.primary());
  request.set_start_version(start_ts_);
  request.set_lock_ttl(static_cast<std::uint64_t>(ttl_.count()));
  request.set_txn_size(plan_.count_in(region));
  request.set_min_commit_ts(start_ts_ + 1);
}

Task<Result<void>> Committer::pass(route::Retry& retry, std::vector<lock::Lock> locks, std::uint32_t round) {
  const std::string cause = "locked by the transaction of " + std::to_string(locks.front().start_ts);
  const lock::ResolveOptions options{.caller_start_ts = start_ts_, .pessimistic_region = true};
  const lock::Resolved resolved = co_await environment_.locks.resolve(retry, std::move(locks), options).or_return();
  if (resolved.wait.count() > 0) {
    co_await retry.back_off_at_most(route::BackoffKind::kTxnLock, resolved.wait, cause).or_return();
  } else if (round > kFreeRounds && !resolved.paused) {
    TIKV_PROBE("prewrite: a key that is locked again and again");
    co_await retry.back_off_at_most(route::BackoffKind::kTxnLockFast, kBusyKeyPause, cause).or_return();
  }
  co_return Result<void>();
}

// ---- commit of the primary

bool Committer::is_committed(const Tried& tried) noexcept {
  return tried && *tried && (*tried)->kind == CommitVerdict::Kind::kCommitted;
}

/// What the first try led to, and further ones until one says something definite.
Task<Result<void>> Committer::conclude(Tried tried) {
  while (tried && !*tried) tried = co_await try_primary(retry_);
  if (!tried) {
    if (!maybe_committed_) co_return std::unexpected(std::move(tried).error());
    co_return co_await settle(std::move(tried).error());
  }
  if (is_committed(tried)) co_return Result<void>();
  co_return std::unexpected(retry_.annotate(std::move(*(*tried)->error)));
}

void Committer::fill_commit(kvrpcpb::CommitRequest& request, kvrpcpb::CommitRole role) const {
  set_priority(request, options_);
  request.set_start_version(start_ts_);
  request.set_commit_version(commit_ts_);
  request.set_primary_key(plan_.primary());
  request.set_commit_role(role);
}

Task<Committer::Tried> Committer::try_primary(route::Retry& retry) {
  region::RegionRef region = environment_.router.regions().find(plan_.primary());
  if (!region) region = co_await environment_.router.regions().locate(plan_.primary()).or_return();
  const std::span<const Mutation* const> batch = plan_.primary_batch(*region, environment_.commit.batch_bytes);
  const proto::Pooled<kvrpcpb::CommitRequest> request;
  fill_commit(*request, kvrpcpb::CommitRole::Primary);
  for (const Mutation* mutation : batch) {
    if (locks(*mutation)) request->add_keys(mutation->key());
  }
  kvrpcpb::CommitResponse response;
  Result<route::Router::Sent> sent = co_await environment_.router.send_to_region(retry, region, *request, response);
  if (!sent) {
    if (sent.error().applied() == Applied::kUnknown) maybe_committed_ = true;
    TIKV_PROBE_IF(maybe_committed_, "commit: no reply from the primary");
    co_return std::unexpected(std::move(sent).error());
  }
  if (sent->maybe_sent_before) maybe_committed_ = true;
  TIKV_PROBE_IF(sent->maybe_sent_before, "commit: an earlier request may have arrived");
  TIKV_PROBE_IF(sent->moved, "commit: the primary's region is another one");
  if (sent->moved) co_return std::optional<CommitVerdict>();

  CommitVerdict verdict = judge_commit(response, plan_.primary(), retry.redaction());
  switch (verdict.kind) {
    case CommitVerdict::Kind::kCommitted:
      committed_to_ = plan_.primary_index() + batch.size();
      break;
    case CommitVerdict::Kind::kRolledBack:
      TIKV_PROBE("commit: rolled back by another client");
      break;
    case CommitVerdict::Kind::kNewTimestamp:
      TIKV_PROBE("commit: a reader pushed the timestamp");
      maybe_committed_ = false;
      commit_ts_ = co_await environment_.pd.get_timestamp().or_return();
      co_return std::optional<CommitVerdict>();
    case CommitVerdict::Kind::kFailed:
      // That this request changed nothing does not say so of one before it.
      if (maybe_committed_) co_return std::unexpected(retry.annotate(std::move(*verdict.error)));
      break;
  }
  co_return std::optional<CommitVerdict>(std::move(verdict));
}

/// A commit of the primary was sent, and `why` is all that is known of it.
Task<Result<void>> Committer::settle(Error why) {
  co_await Shield(environment_.loop.now() + kSettleTime);
  route::Retry retry = environment_.router.retry(kSettleTime);
  for (;;) {
    Tried found = co_await ask_primary(retry);
    TIKV_PROBE_IF(found && !*found, "settle: still locked");
    // Still locked: the commit has not been seen. It is sent again, which does no harm if it arrives after all.
    if (found && !*found) found = co_await try_primary(retry);
    if (found && *found) {
      if ((*found)->kind == CommitVerdict::Kind::kCommitted) co_return Result<void>();
      co_return std::unexpected(retry.annotate(std::move(*(*found)->error)));
    }
    Result<void> again =
        co_await retry.back_off(route::BackoffKind::kTxnNotFound, "the outcome of a commit is unknown");
    if (!again) break;
  }
  Error error(ErrorKind::kUndetermined,
              "the reply to the commit was lost (" + why.message() + "), and the primary's store could not be asked");
  error.with_attempts(why.attempts(), why.attempt_count()).with_elapsed(why.elapsed());
  co_return std::unexpected(std::move(error));
}

Task<Committer::Tried> Committer::ask_primary(route::Retry& retry) {
  lock::StatusQuestion question;
  question.primary = plan_.primary();
  question.start_ts = start_ts_;
  question.rollback_if_absent = true;
  const lock::StatusAnswer answer = co_await environment_.locks.ask(retry, std::move(question)).or_return();
  CommitVerdict verdict;
  switch (judge_status(answer)) {
    case Settled::kOpen:
      co_return std::optional<CommitVerdict>();
    case Settled::kCommitted:
      TIKV_PROBE("settle: committed after all");
      commit_ts_ = answer.status.commit_ts;
      break;
    case Settled::kRolledBack:
      TIKV_PROBE("settle: rolled back after all");
      verdict.kind = CommitVerdict::Kind::kRolledBack;
      verdict.error = Error(ErrorKind::kAborted, "the transaction was rolled back before its commit arrived");
      break;
  }
  co_return std::optional<CommitVerdict>(std::move(verdict));
}

// ---- behind the caller's back

void Committer::commit_rest_later() {
  if (plan_.locked_from(committed_to_).empty()) return;
  environment_.background.spawn(commit_rest(shared_from_this()), route::kSecondariesBudget);
}

Task<void> Committer::commit_rest(std::shared_ptr<Committer> self) {
  route::Retry retry = self->environment_.router.retry(route::kSecondariesBudget);
  std::vector<const Mutation*> rest = self->plan_.locked_from(self->committed_to_);
  auto work = [raw = self.get()](route::Retry& r, region::RegionRef region, Batch batch) {
    return raw->commit_batch(r, std::move(region), batch);
  };
  const observe::Observer& observer = self->environment_.router.observer();
  const route::BatchLimits limits =
      limits_of(self->environment_, [](const auto& m) -> Histogram& { return m.commit_regions; });
  const Result<void> done =
      co_await route::for_each_batch(self->environment_.router, retry, std::span(rest), key_of, key_size, limits, work);
  // What stays locked is committed by whoever meets it: the primary says so.
  if (done) co_return;
  self->log_left_locks("keys of a committed transaction stay locked", done.error());
  if (observer.metrics() != nullptr) observer.metrics()->txn.commit_left_locks.add(1);
}

void Committer::log_left_locks(std::string_view message, const Error& why) const {
  environment_.router.observer().log().warn(message, {{"start_ts", start_ts_},
                                                      {"commit_ts", commit_ts_},
                                                      {"keys", std::uint64_t{plan_.size()}},
                                                      {"why", std::string_view(why.message())}});
}

Task<Result<bool>> Committer::commit_batch(route::Retry& retry, region::RegionRef region, Batch batch) {
  kvrpcpb::CommitRequest request;
  fill_commit(request, kvrpcpb::CommitRole::Secondary);
  for (const Mutation* mutation : batch) request.add_keys(mutation->key());
  const auto reply = co_await environment_.router.send_to_region(retry, std::move(region), request).or_return();
  if (reply.moved) co_return true;
  if (reply.response.has_error()) {
    TIKV_PROBE("commit: a secondary's lock is gone");
    co_return std::unexpected(retry.annotate(*judge_commit(reply.response, plan_.primary(), retry.redaction()).error));
  }
  co_return false;
}

void Committer::roll_back_later() {
  if (!may_hold_locks_ || !plan_.has_locks()) return;
  TIKV_PROBE("rollback: locks may be left");
  environment_.background.spawn(roll_back(shared_from_this()), route::kCleanupBudget);
}

Task<void> Committer::roll_back(std::shared_ptr<Committer> self) {
  route::Retry retry = self->environment_.router.retry(route::kCleanupBudget);
  std::vector<const Mutation*> all = self->plan_.locked_from(0);
  auto work = [raw = self.get()](route::Retry& r, region::RegionRef region, Batch batch) {
    return raw->roll_back_batch(r, std::move(region), batch);
  };
  const observe::Observer& observer = self->environment_.router.observer();
  const route::BatchLimits limits =
      limits_of(self->environment_, [](const auto& m) -> Histogram& { return m.cleanup_regions; });
  const Result<void> done =
      co_await route::for_each_batch(self->environment_.router, retry, std::span(all), key_of, key_size, limits, work);
  // What stays locked expires, and is rolled back by whoever meets it.
  if (done) co_return;
  self->log_left_locks("keys of a failed transaction stay locked until they expire", done.error());
  if (observer.metrics() != nullptr) observer.metrics()->txn.rollback_left_locks.add(1);
}

Task<Result<bool>> Committer::roll_back_batch(route::Retry& retry, region::RegionRef region, Batch batch) {
  kvrpcpb::BatchRollbackRequest request;
  set_priority(request, options_);
  request.set_start_version(start_ts_);
  for (const Mutation* mutation : batch) request.add_keys(mutation->key());
  const auto reply = co_await environment_.router.send_to_region(retry, std::move(region), request).or_return();
  co_return reply.moved;
}

}  // namespace tikv::txn
