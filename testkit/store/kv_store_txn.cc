#include <algorithm>
#include <map>
#include <utility>

#include "testkit/store/answers.h"
#include "testkit/store/key_prewrite.h"
#include "testkit/store/kv_store.h"
#include "testkit/store/prewrite.h"
#include "testkit/store/txn_end.h"

namespace tikv::testing::store {

using namespace proto::kvrpcpb;

namespace {

/// Locks resolved at a time by a scan; what a batch has done stays when a later one fails (TiKV's
/// RESOLVE_LOCK_BATCH_SIZE).
constexpr std::size_t kResolveBatch = 256;

Action action_of(TxnStatus::Kind kind) {
  switch (kind) {
    case TxnStatus::Kind::kTtlExpired:
      return TTLExpireRollback;
    case TxnStatus::Kind::kPessimisticTtlExpired:
      return TTLExpirePessimisticRollback;
    case TxnStatus::Kind::kLockNotExist:
      return LockNotExistRollback;
    case TxnStatus::Kind::kLockNotExistDoNothing:
      return LockNotExistDoNothing;
    case TxnStatus::Kind::kRolledBack:
    case TxnStatus::Kind::kCommitted:
    case TxnStatus::Kind::kLocked:
      return NoAction;
  }
  return NoAction;
}

}  // namespace

KvStore::KvStore(KvStoreOptions options, Environment& environment)
    : options_(options),
      raw_(options.api, environment),
      waits_(environment, [this](LockWaiter waiter, std::uint64_t token) { resume(std::move(waiter), token); }) {}

void KvStore::finish(const MvccTxn& txn) {
  apply_changes(txn, data_);
  waits_.after(txn);
}

std::optional<std::unexpected<Failure>> KvStore::check_mutations(
    const Context& context, const google::protobuf::RepeatedPtrField<Mutation>& mutations) const {
  for (const Mutation& mutation : mutations) {
    if (auto failure = check_api(options_.api, context.api_version(), CommandData::kTxn, mutation.key())) {
      return failure;
    }
  }
  for (const Mutation& mutation : mutations) {
    if (Key(mutation.key()).encoded().size() > options_.max_key_bytes) return aborted("the key is too large");
  }
  return std::nullopt;
}

PrewriteResponse KvStore::handle(const RegionView& region, const PrewriteRequest& request) {
  PrewriteResponse response;
  if (auto failure = check_mutations(request.context(), request.mutations())) {
    add_failure(response, std::move(failure->error()));
    return response;
  }
  MvccTxn txn(request.start_version());
  Outcome<PrewriteOutcome> outcome = prewrite(request, reader(region), state_, txn);
  if (!outcome) {
    add_failure(response, std::move(outcome.error()));
    return response;
  }
  finish(txn);
  response.set_min_commit_ts(outcome->min_commit_ts);
  response.set_one_pc_commit_ts(outcome->one_pc_commit_ts);
  for (KeyError& error : outcome->locked) *response.add_errors() = std::move(error);
  return response;
}

FlushResponse KvStore::handle(const RegionView& region, const FlushRequest& request) {
  FlushResponse response;
  if (auto failure = check_mutations(request.context(), request.mutations())) {
    add_failure(response, std::move(failure->error()));
    return response;
  }
  MvccTxn txn(request.start_ts());
  Outcome<std::vector<KeyError>> locked = flush(request, reader(region), state_, txn);
  if (!locked) {
    add_failure(response, std::move(locked.error()));
    return response;
  }
  finish(txn);
  for (KeyError& error : *locked) *response.add_errors() = std::move(error);
  return response;
}

CommitResponse KvStore::handle(const RegionView& region, const CommitRequest& request) {
  CommitResponse response;
  MvccTxn txn(request.start_version());
  Outcome<void> done;
  if (request.commit_version() <= request.start_version()) done = aborted("a commit_ts must be above the start_ts");
  for (const std::string& key : request.keys()) {
    if (done) done = commit_key(reader(region), txn, Key(key), request.commit_version());
  }
  if (!done) {
    set_failure(response, std::move(done.error()));
    return response;
  }
  finish(txn);
  state_.saw_commit(request.start_version(), request.commit_version());
  response.set_commit_version(request.commit_version());
  return response;
}

BatchRollbackResponse KvStore::handle(const RegionView& region, const BatchRollbackRequest& request) {
  BatchRollbackResponse response;
  MvccTxn txn(request.start_version());
  for (const std::string& key : request.keys()) {
    // The client knows that its transaction failed, so the rollback needs no protection.
    Outcome<void> done = rollback_key(reader(region), txn, Key(key), 0, false);
    if (done) continue;
    set_failure(response, std::move(done.error()));
    return response;
  }
  finish(txn);
  return response;
}

CleanupResponse KvStore::handle(const RegionView& region, const CleanupRequest& request) {
  CleanupResponse response;
  // A commit must not land on the protected rollback.
  state_.saw_read_at(request.start_version());
  MvccTxn txn(request.start_version());
  Outcome<void> done = rollback_key(reader(region), txn, Key(request.key()), request.current_ts(), true);
  if (done) {
    finish(txn);
  } else if (done.error().kind == FailureKind::kCommitted) {
    response.set_commit_version(done.error().commit_ts);
  } else {
    set_failure(response, std::move(done.error()));
  }
  return response;
}

CheckTxnStatusResponse KvStore::handle(const RegionView& region, const CheckTxnStatusRequest& request) {
  CheckTxnStatusResponse response;
  MvccTxn txn(request.lock_ts());
  Outcome<TxnStatus> status = check_txn_status(request, reader(region), state_, txn);
  if (!status) {
    set_failure(response, std::move(status.error()));
    return response;
  }
  finish(txn);
  response.set_action(action_of(status->kind));
  response.set_commit_version(status->commit_ts);
  if (status->kind == TxnStatus::Kind::kLocked) {
    if (status->min_commit_ts_pushed) response.set_action(MinCommitTSPushed);
    response.set_lock_ttl(status->lock.ttl_ms);
    *response.mutable_lock_info() = lock_info(status->lock, status->lock.primary);
  }
  return response;
}

CheckSecondaryLocksResponse KvStore::handle(const RegionView& region, const CheckSecondaryLocksRequest& request) {
  CheckSecondaryLocksResponse response;
  MvccTxn txn(request.start_version());
  Outcome<SecondaryLocks> status = check_secondary_locks(request, reader(region), state_, txn);
  if (!status) {
    set_failure(response, std::move(status.error()));
    return response;
  }
  finish(txn);
  response.set_commit_ts(status->commit_ts);
  for (LockInfo& lock : status->locks) *response.add_locks() = std::move(lock);
  return response;
}

TxnHeartBeatResponse KvStore::handle(const RegionView& region, const TxnHeartBeatRequest& request) {
  TxnHeartBeatResponse response;
  MvccTxn txn(request.start_version());
  Outcome<std::uint64_t> ttl_ms = txn_heart_beat(request, reader(region), txn);
  if (!ttl_ms) {
    set_failure(response, std::move(ttl_ms.error()));
    return response;
  }
  finish(txn);
  response.set_lock_ttl(*ttl_ms);
  return response;
}

Outcome<void> KvStore::resolve_keys(const RegionView& region, const ResolveLockRequest& request) {
  const std::uint64_t commit_ts = request.commit_version();
  MvccTxn txn(request.start_version());
  for (const std::string& raw : request.keys()) {
    const Key key(raw);
    Outcome<void> done = commit_ts == 0 ? rollback_key(reader(region), txn, key, 0, false)
                                        : commit_key(reader(region), txn, key, commit_ts);
    if (!done) return done;
  }
  finish(txn);
  if (commit_ts != 0) state_.saw_commit(request.start_version(), commit_ts);
  return {};
}

Outcome<void> KvStore::resolve_scanned(const RegionView& region, const ResolveLockRequest& request) {
  std::map<std::uint64_t, std::uint64_t> commit_ts_of;
  if (request.start_version() > 0) {
    commit_ts_of[request.start_version()] = request.commit_version();
  } else {
    for (const TxnInfo& txn : request.txn_infos()) commit_ts_of[txn.txn()] = txn.status();
  }
  std::optional<Key> from;
  while (true) {
    auto batch = reader(region).scan_locks(from, std::nullopt, kResolveBatch,
                                           [&](const Lock& lock) { return commit_ts_of.contains(lock.start_ts); });
    if (!batch) return failed(batch);
    const auto& [locks, more] = *batch;
    if (locks.empty()) return {};
    MvccTxn txn(0);
    Outcome<void> done = resolve_locks(locks, commit_ts_of, reader(region), state_, txn);
    if (!done) return done;
    const Key last = locks.back().key;
    // Locks that stay (lost pessimistic ones) must not be found again for ever.
    const bool progress = !txn.changes().empty() || last != from;
    finish(txn);
    if (!more || !progress) return {};
    from = last;
  }
}

ResolveLockResponse KvStore::handle(const RegionView& region, const ResolveLockRequest& request) {
  ResolveLockResponse response;
  Outcome<void> done;
  if (request.keys().empty()) {
    done = resolve_scanned(region, request);
  } else if (request.start_version() == 0) {
    done = aborted("keys are resolved for one transaction");
  } else {
    done = resolve_keys(region, request);
  }
  if (!done) set_failure(response, std::move(done.error()));
  return response;
}

Outcome<void> KvStore::pessimistic_rollback(const RegionView& region, const PessimisticRollbackRequest& request) {
  std::vector<Key> keys;
  for (const std::string& key : request.keys()) keys.emplace_back(key);
  if (keys.empty()) {
    auto locks = reader(region).scan_locks(std::nullopt, std::nullopt, 0, [&](const Lock& lock) {
      return lock.start_ts == request.start_version() && lock.pessimistic() &&
             lock.for_update_ts <= request.for_update_ts();
    });
    if (!locks) return failed(locks);
    for (const LockedKey& locked : locks->first) keys.push_back(locked.key);
  }
  MvccTxn txn(request.start_version());
  for (const Key& key : keys) {
    Outcome<void> done = pessimistic_rollback_key(reader(region), txn, key, request.for_update_ts());
    if (!done) return done;
  }
  finish(txn);
  return {};
}

PessimisticRollbackResponse KvStore::handle(const RegionView& region, const PessimisticRollbackRequest& request) {
  PessimisticRollbackResponse response;
  Outcome<void> done = pessimistic_rollback(region, request);
  if (!done) add_failure(response, std::move(done.error()));
  return response;
}

DeleteRangeResponse KvStore::handle(const RegionView& region, const DeleteRangeRequest& request) {
  DeleteRangeResponse response;
  if (auto failure = check_api_range(options_.api, request.context().api_version(), CommandData::kTxn,
                                     request.start_key(), request.end_key())) {
    set_failure_text(response, std::move(failure->error()));
    return response;
  }
  const Key start(request.start_key());
  const Key end(request.end_key());
  const auto& bounds = region.region;
  if (start >= end) {
    response.mutable_region_error()->set_message("invalid delete range command");
  } else if (!contains(bounds, start.encoded())) {
    *response.mutable_region_error() = key_not_in_region(bounds, start.encoded());
  } else if (!contains_or_ends_at(bounds, end.encoded())) {
    *response.mutable_region_error() = key_not_in_region(bounds, end.encoded());
  } else if (!request.notify_only()) {
    data_.erase(data_.lower_bound(start.encoded()), data_.lower_bound(end.encoded()));
  }
  return response;
}

UnsafeDestroyRangeResponse KvStore::handle(const UnsafeDestroyRangeRequest& request) {
  const Key start(request.start_key());
  const Key end(request.end_key());
  if (start < end) data_.erase(data_.lower_bound(start.encoded()), data_.lower_bound(end.encoded()));
  return {};
}

BroadcastTxnStatusResponse KvStore::handle(const BroadcastTxnStatusRequest& request) {
  for (const auto& txn : request.txn_status()) {
    if (txn.commit_ts() != 0) state_.saw_commit(txn.start_ts(), txn.commit_ts());
  }
  return {};
}

void KvStore::collect_garbage(std::uint64_t safe_point) {
  for (auto entry = data_.begin(); entry != data_.end();) {
    auto& writes = entry->second.writes;
    auto& values = entry->second.values;
    bool newest_change_seen = false;
    for (auto write = writes.lower_bound(safe_point); write != writes.end();) {
      const bool keeps = write->second.kind == WriteKind::kPut && !newest_change_seen;
      newest_change_seen = newest_change_seen || write->second.is_change();
      if (!keeps && write->second.kind == WriteKind::kPut) values.erase(write->second.start_ts);
      write = keeps ? std::next(write) : writes.erase(write);
    }
    entry = entry->second.empty() ? data_.erase(entry) : std::next(entry);
  }
}

}  // namespace tikv::testing::store
