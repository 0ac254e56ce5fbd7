#include "lock/resolver.h"

#include <tikv/proto/kvrpcpb.pb.h>
#include <tikv/timestamp.h>

#include <algorithm>
#include <limits>
#include <map>

#include "base/probe.h"
#include "lock/decision.h"
#include "lock/key_error.h"
#include "route/batches.h"

namespace tikv::lock {
namespace {

namespace kvrpcpb = proto::kvrpcpb;

/// When nobody knows a transaction's state although no time is left on its lock: ask again after a pause like this.
constexpr std::chrono::milliseconds kUnclearWait{100};

/// More locks than these are not removed behind reads: whoever meets them next does (client-go's
/// AsyncResolveLockSemaphoreLimit).
constexpr std::size_t kMaxCleaning = 10000;

/// A lock that is alive this long after its transaction's start is worth a line in the log.
constexpr std::chrono::milliseconds kOldLock{30000};

std::string_view key_itself(const std::string& key) { return key; }
std::size_t key_size(const std::string& key) { return key.size(); }

}  // namespace

/// One call of `resolve`.
struct LockResolver::Pass {
  Pass(runtime::Loop& l, ResolveOptions o, std::uint64_t ts) : loop(l), options(o), read_ts(ts), read_at(l.now()) {}

  /// PD's time now, without asking PD again.
  std::uint64_t now_ts() const {
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(loop.now() - read_at);
    return read_ts + compose_timestamp(passed.count(), 0);
  }
  void wait_for(std::chrono::milliseconds time) {
    time = std::max(time, std::chrono::milliseconds(1));
    result.wait = result.wait.count() == 0 ? time : std::min(result.wait, time);
  }

  runtime::Loop& loop;
  ResolveOptions options;
  std::uint64_t read_ts;
  runtime::TimePoint read_at;
  Resolved result;
  std::map<std::uint64_t, Finish> lite;  // by transaction, so that each region gets one request
  // Transactions whose locks, or pessimistic locks, have left a region.
  std::set<std::pair<std::uint64_t, std::uint64_t>> finished;
  std::set<std::pair<std::uint64_t, std::uint64_t>> unlocked;
};

/// Locks to commit or roll back.
struct LockResolver::Finish {
  Finish() = default;
  Finish(std::uint64_t start, std::uint64_t commit) : start_ts(start), commit_ts(commit) {}
  std::uint64_t start_ts = 0;
  std::uint64_t commit_ts = 0;  // 0: roll back
  bool whole_region = false;    // all of the transaction's locks in the region of the one key
  std::vector<std::string> keys;
};

LockResolver::LockResolver(runtime::Loop& loop, route::Router& router, pd::PdClient& pd, runtime::Scope& background,
                           std::uint64_t lite_threshold)
    : loop_(loop),
      router_(router),
      pd_(pd),
      background_(background),
      lite_threshold_(lite_threshold),
      observer_(router.observer()),
      metrics_(observer_.metrics() != nullptr ? &observer_.metrics()->lock : nullptr) {}

Task<Result<Resolved>> LockResolver::resolve(route::Retry& retry, std::vector<Lock> locks, ResolveOptions options) {
  if (locks.empty()) co_return Resolved();
  count(observe::LockAction::kResolve);
  Result<Resolved> resolved = co_await resolve_all(retry, std::move(locks), options);
  if (!resolved) resolved = std::unexpected(not_applied(std::move(resolved).error()));
  co_return resolved;
}

Task<Result<Resolved>> LockResolver::resolve_all(route::Retry& retry, std::vector<Lock> locks, ResolveOptions options) {
  const std::uint64_t now_ts = co_await pd_.get_timestamp().or_return();
  Pass pass(loop_, options, now_ts);
  bool unknown = false;
  for (const Lock& lock : locks) {
    const std::optional<TxnStatus> found = co_await resolve_one(retry, pass, lock).or_return();
    unknown = unknown || !found;
    if (!found) continue;
    const TxnStatus& status = *found;
    count(status.ttl_ms > 0 ? observe::LockAction::kNotExpired : observe::LockAction::kExpired);
    if (options.for_read) {
      const View view = view_of(status, options.caller_start_ts);
      if (view == View::kIgnore) pass.result.ignore.push_back(lock.start_ts);
      if (view == View::kAccess) pass.result.access.push_back(lock.start_ts);
      if (view != View::kBlocked) continue;
    }
    if (status.ttl_ms > 0) {
      TIKV_PROBE("resolve: the owner is alive");
      const std::chrono::milliseconds left = until_expired(lock.start_ts, status.ttl_ms, pass.now_ts());
      log_old(lock, pass.now_ts(), left);
      pass.wait_for(left);
    } else if (!lock.pessimistic && !status.determined()) {
      TIKV_PROBE("resolve: nobody knows");
      pass.wait_for(kUnclearWait);
    }
  }
  if (pass.result.wait.count() > 0) count(observe::LockAction::kWaitExpired);
  for (auto& [start_ts, finish] : pass.lite) {
    co_await finish_or_defer(retry, pass, std::move(finish)).or_return();
  }
  if (unknown && pass.result.wait.count() == 0) {
    co_await retry.back_off(route::BackoffKind::kTxnNotFound, "the primary of a lock is not there").or_return();
    pass.result.paused = true;
  }
  co_return std::move(pass.result);
}

void LockResolver::log_old(const Lock& lock, std::uint64_t now_ts, std::chrono::milliseconds left) {
  const std::chrono::milliseconds age(timestamp_physical_ms(now_ts) - timestamp_physical_ms(lock.start_ts));
  if (age < kOldLock || !observer_.log().wants(LogLevel::kWarn)) return;
  const std::optional<std::uint64_t> held_back = old_locks_logged_.pass(loop_.now());
  if (!held_back) return;
  const std::string key = key_text(lock.key, observer_.redaction());
  const std::string primary = key_text(lock.primary, observer_.redaction());
  observer_.log().warn("waiting for the lock of an old transaction", {{"key", std::string_view(key)},
                                                                      {"primary", std::string_view(primary)},
                                                                      {"start_ts", lock.start_ts},
                                                                      {"age", std::chrono::nanoseconds(age)},
                                                                      {"left", std::chrono::nanoseconds(left)},
                                                                      {"not_logged", *held_back}});
}

Task<Result<std::optional<TxnStatus>>> LockResolver::resolve_one(route::Retry& retry, Pass& pass, Lock lock) {
  std::optional<TxnStatus> found = co_await find_status(retry, pass, lock, false).or_return();
  if (!found) co_return found;
  TxnStatus status = std::move(*found);
  Step step = next_step(lock, status, pass.now_ts(), false);
  if (step == Step::kRecoverAsyncCommit) {
    TIKV_PROBE("resolve: an async commit whose owner is gone");
    const std::optional<TxnStatus> recovered = co_await recover_async_commit(retry, pass, lock, status).or_return();
    if (recovered) co_return recovered;
    TIKV_PROBE("resolve: an async commit that fell back");
    found = co_await find_status(retry, pass, lock, true).or_return();
    if (!found) co_return found;
    status = std::move(*found);
    step = next_step(lock, status, pass.now_ts(), true);
  }
  if (step == Step::kRollBackPessimistic) {
    TIKV_PROBE("resolve: a pessimistic lock");
    co_await roll_back_pessimistic(retry, pass, lock).or_return();
  } else if (step == Step::kFinish && (pass.options.lite || lock.txn_size < lite_threshold_)) {
    // An ordinary primary is finished by the question about it. One with async commit may be known to be finished while
    // that is still under way.
    if (lock.key != lock.primary || lock.async_commit) {
      Finish& lite = pass.lite.try_emplace(lock.start_ts, lock.start_ts, status.commit_ts).first->second;
      lite.keys.push_back(lock.key);
    }
  } else if (step == Step::kFinish) {
    TIKV_PROBE("resolve: all of a transaction's locks in a region");
    const region::RegionRef region = co_await router_.regions().locate(lock.key).or_return();
    if (!pass.finished.insert({lock.start_ts, region->id}).second) co_return std::optional(std::move(status));
    Finish wide(lock.start_ts, status.commit_ts);
    wide.whole_region = true;
    wide.keys.push_back(lock.key);
    co_await finish_or_defer(retry, pass, std::move(wide)).or_return();
  }
  co_return std::optional(std::move(status));
}

Task<Result<std::optional<TxnStatus>>> LockResolver::find_status(route::Retry& retry, const Pass& pass, Lock lock,
                                                                 bool force_sync) {
  StatusQuestion question;
  question.primary = lock.primary;
  question.start_ts = lock.start_ts;
  question.caller_start_ts = pass.options.caller_start_ts;
  question.current_ts = lock.ttl_ms == 0 ? std::numeric_limits<std::uint64_t>::max() : pass.read_ts;
  question.force_sync_commit = force_sync;
  question.resolving_pessimistic = lock.pessimistic;
  for (;;) {
    const StatusAnswer answer = co_await ask(retry, question).or_return();
    if (answer.kind == StatusAnswer::Kind::kStatus) co_return std::optional(answer.status);
    if (answer.kind == StatusAnswer::Kind::kPrimaryMismatch) {
      TIKV_PROBE("resolve: a primary that is none");
      TxnStatus stray;  // the pessimistic lock points to a key that is no primary: it can only go
      stray.action = Action::kLockNotExistDoNothing;
      co_return std::optional(std::move(stray));
    }
    // The lock is there and its primary is not: prewrites overtook each other, or the owner died between them.
    const bool expired = until_expired(lock.start_ts, lock.ttl_ms, pass.now_ts()).count() <= 0;
    if (expired && !question.rollback_if_absent) {
      TIKV_PROBE("resolve: an expired lock without its primary");
      question.rollback_if_absent = true;
      continue;
    }
    if (lock.pessimistic && !expired) {
      TxnStatus alive;
      alive.ttl_ms = lock.ttl_ms;
      co_return std::optional(std::move(alive));
    }
    // Asking on would not do. If the owner was rolled back after the lock was met, the lock is gone, and its primary
    // may never tell: TiKV folds the rollback record of a key that was not locked into the next one on that key
    // (collapse_prev_rollback). So the key itself is to be looked at again.
    TIKV_PROBE("resolve: a fresh lock without its primary");
    co_return std::optional<TxnStatus>();
  }
}

Task<Result<StatusAnswer>> LockResolver::ask(route::Retry& retry, StatusQuestion question) {
  StatusAnswer answer;
  if (std::optional<TxnStatus> known = known_.get(question.start_ts)) {
    TIKV_PROBE("resolve: the outcome is known already");
    answer.status = std::move(*known);
    co_return answer;
  }
  count(observe::LockAction::kQueryStatus);
  kvrpcpb::CheckTxnStatusRequest request;
  request.set_primary_key(question.primary);
  request.set_lock_ts(question.start_ts);
  request.set_caller_start_ts(question.caller_start_ts);
  request.set_current_ts(question.current_ts);
  request.set_rollback_if_not_exist(question.rollback_if_absent);
  request.set_force_sync_commit(question.force_sync_commit);
  request.set_resolving_pessimistic_lock(question.resolving_pessimistic);
  request.set_verify_is_primary(true);
  const kvrpcpb::CheckTxnStatusResponse response =
      co_await router_.send_to_key(retry, question.primary, request).or_return();
  if (!response.has_error()) {
    answer.status = status_of(response);
    TIKV_PROBE_IF(answer.status.action == Action::kMinCommitTsPushed, "resolve: the commit timestamp is pushed");
    TIKV_PROBE_IF(answer.status.rolled_back(), "resolve: rolled back");
    if (answer.status.committed()) count(observe::LockAction::kQueryCommitted);
    if (answer.status.rolled_back()) count(observe::LockAction::kQueryRolledBack);
    known_.put(question.start_ts, answer.status);
  } else if (response.error().has_txn_not_found()) {
    answer.kind = StatusAnswer::Kind::kNotFound;
  } else if (response.error().has_primary_mismatch() && question.resolving_pessimistic) {
    answer.kind = StatusAnswer::Kind::kPrimaryMismatch;
  } else {
    co_return std::unexpected(retry.annotate(error_of(response.error(), retry.redaction())));
  }
  co_return answer;
}

Task<Result<std::optional<TxnStatus>>> LockResolver::recover_async_commit(route::Retry& retry, const Pass& pass,
                                                                          Lock lock, TxnStatus status) {
  count(observe::LockAction::kResolveAsyncCommit);
  SecondaryTally tally(lock.start_ts, status.async_primary->min_commit_ts);
  std::vector<std::string> secondaries = status.async_primary->secondaries;
  auto work = [this, &tally, &lock](route::Retry& r, region::RegionRef region, std::span<std::string> keys) {
    return check_secondaries(r, std::move(region), keys, lock.start_ts, tally);
  };
  const route::BatchLimits limits;
  co_await route::for_each_batch(router_, retry, std::span(secondaries), key_itself, key_size, limits, work)
      .or_return();
  if (tally.fell_back()) co_return std::optional<TxnStatus>();

  TxnStatus found;
  found.commit_ts = tally.commit_ts();
  known_.put(lock.start_ts, found);
  Finish all(lock.start_ts, found.commit_ts);
  all.keys = tally.locked();
  all.keys.push_back(lock.primary);
  co_await finish_or_defer(retry, pass, std::move(all)).or_return();
  co_return std::optional<TxnStatus>(found);
}

Task<Result<bool>> LockResolver::check_secondaries(route::Retry& retry, region::RegionRef region,
                                                   std::span<std::string> keys, std::uint64_t start_ts,
                                                   SecondaryTally& tally) {
  count(observe::LockAction::kQuerySecondaries);
  kvrpcpb::CheckSecondaryLocksRequest request;
  request.set_start_version(start_ts);
  for (const std::string& key : keys) request.add_keys(key);
  const auto reply = co_await router_.send_to_region(retry, std::move(region), request).or_return();
  if (reply.moved) co_return true;
  if (reply.response.has_error())
    co_return std::unexpected(retry.annotate(error_of(reply.response.error(), retry.redaction())));
  if (Result<void> added = tally.add(reply.response, keys.size()); !added) {
    co_return std::unexpected(retry.annotate(std::move(added).error()));
  }
  co_return false;
}

Task<Result<void>> LockResolver::finish_or_defer(route::Retry& retry, const Pass& pass, Finish finish_what) {
  if (!pass.options.for_read) co_return co_await finish(retry, std::move(finish_what));
  Cleaning name = name_of(finish_what);
  if (cleaning_.size() >= kMaxCleaning) {
    count(observe::LockAction::kReadFallback);
  } else if (cleaning_.insert(name).second) {
    if (metrics_ != nullptr) metrics_->cleaning.add(1);
    background_.spawn(finish_in_background(std::move(finish_what), std::move(name)), route::kResolveBudget);
  }
  co_return Result<void>();
}

/// The same for all that one request will remove.
LockResolver::Cleaning LockResolver::name_of(const Finish& finish_what) {
  const std::string& key = finish_what.keys.front();
  if (finish_what.whole_region) {
    if (const region::RegionRef region = router_.regions().find(key)) return {finish_what.start_ts, region->start_key};
  }
  return {finish_what.start_ts, key};
}

Task<void> LockResolver::finish_in_background(Finish finish_what, Cleaning name) {
  route::Retry retry = router_.retry(route::kResolveBudget);
  const std::uint64_t start_ts = finish_what.start_ts;
  const Result<void> done = co_await finish(retry, std::move(finish_what));
  // Whoever meets a lock that is left over tries again.
  if (!done) {
    observer_.log().warn("locks of a finished transaction could not be removed",
                         {{"start_ts", start_ts}, {"why", std::string_view(done.error().message())}});
  }
  cleaning_.erase(name);
  if (metrics_ != nullptr) metrics_->cleaning.add(-1);
}

Task<Result<void>> LockResolver::finish(route::Retry& retry, Finish finish_what) {
  if (finish_what.whole_region) co_return co_await finish_region(retry, std::move(finish_what));
  const std::uint64_t start_ts = finish_what.start_ts;
  const std::uint64_t commit_ts = finish_what.commit_ts;
  auto work = [this, start_ts, commit_ts](route::Retry& r, region::RegionRef region, std::span<std::string> keys) {
    return finish_batch(r, std::move(region), keys, start_ts, commit_ts);
  };
  const route::BatchLimits limits;
  co_return co_await route::for_each_batch(router_, retry, std::span(finish_what.keys), key_itself, key_size, limits,
                                           work);
}

Task<Result<bool>> LockResolver::finish_batch(route::Retry& retry, region::RegionRef region,
                                              std::span<std::string> keys, std::uint64_t start_ts,
                                              std::uint64_t commit_ts) {
  count(observe::LockAction::kResolveLite);
  kvrpcpb::ResolveLockRequest request;
  request.set_start_version(start_ts);
  request.set_commit_version(commit_ts);
  for (const std::string& key : keys) request.add_keys(key);
  const auto reply = co_await router_.send_to_region(retry, std::move(region), request).or_return();
  if (reply.moved) co_return true;
  if (reply.response.has_error())
    co_return std::unexpected(retry.annotate(error_of(reply.response.error(), retry.redaction())));
  co_return false;
}

Task<Result<void>> LockResolver::finish_region(route::Retry& retry, Finish finish_what) {
  count(observe::LockAction::kResolveRegion);
  kvrpcpb::ResolveLockRequest request;
  request.set_start_version(finish_what.start_ts);
  request.set_commit_version(finish_what.commit_ts);
  const kvrpcpb::ResolveLockResponse response =
      co_await router_.send_to_key(retry, finish_what.keys.front(), request).or_return();
  if (response.has_error()) co_return std::unexpected(retry.annotate(error_of(response.error(), retry.redaction())));
  co_return Result<void>();
}

Task<Result<void>> LockResolver::roll_back_pessimistic(route::Retry& retry, Pass& pass, Lock lock) {
  if (lock.key == lock.primary) co_return Result<void>();  // the question about it has done that
  for (;;) {
    const region::RegionRef region = co_await router_.regions().locate(lock.key).or_return();
    const std::pair<std::uint64_t, std::uint64_t> all_of{lock.start_ts, region->id};
    if (pass.options.pessimistic_region && pass.unlocked.contains(all_of)) co_return Result<void>();
    kvrpcpb::PessimisticRollbackRequest request;
    request.set_start_version(lock.start_ts);
    request.set_for_update_ts(lock.for_update_ts != 0 ? lock.for_update_ts : std::numeric_limits<std::uint64_t>::max());
    if (!pass.options.pessimistic_region) request.add_keys(lock.key);
    const auto reply = co_await router_.send_to_region(retry, region, request).or_return();
    if (reply.moved) continue;
    if (!reply.response.errors().empty()) {
      co_return std::unexpected(retry.annotate(error_of(reply.response.errors(0), retry.redaction())));
    }
    if (pass.options.pessimistic_region) pass.unlocked.insert(all_of);
    co_return Result<void>();
  }
}

}  // namespace tikv::lock
