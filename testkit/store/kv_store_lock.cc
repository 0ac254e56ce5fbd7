#include <utility>

#include "testkit/store/answers.h"
#include "testkit/store/kv_store.h"
#include "testkit/store/pessimistic_lock.h"

namespace tikv::testing::store {

using namespace proto::kvrpcpb;

namespace {

using Results = std::vector<LockedKeyResult>;

PessimisticLockResponse failure_answer(Failure failure) {
  PessimisticLockResponse response;
  add_failure(response, std::move(failure));
  return response;
}

/// The failure of the one key of a force lock also marks the key's result.
PessimisticLockResponse force_failure_answer(Failure failure) {
  PessimisticLockResponse response;
  response.add_results()->set_type(LockResultFailed);
  add_failure(response, std::move(failure));
  return response;
}

PessimisticLockResponse force_answer(const Results& results) {
  PessimisticLockResponse response;
  for (const LockedKeyResult& result : results) {
    auto& out = *response.add_results();
    if (result.kind == LockedKeyResult::Kind::kEmpty) continue;
    out.set_existence(result.value.has_value());
    if (result.kind != LockedKeyResult::Kind::kExistence) out.set_value(result.value.value_or(std::string()));
    if (result.kind != LockedKeyResult::Kind::kLockedWithConflict) continue;
    out.set_type(LockResultLockedWithConflict);
    out.set_locked_with_conflict_ts(result.conflict_ts);
  }
  return response;
}

PessimisticLockResponse plain_answer(const Results& results) {
  PessimisticLockResponse response;
  for (const LockedKeyResult& result : results) {
    if (result.kind == LockedKeyResult::Kind::kEmpty) continue;
    response.add_not_founds(!result.value.has_value());
    if (result.kind == LockedKeyResult::Kind::kValue) response.add_values(result.value.value_or(std::string()));
  }
  return response;
}

std::optional<std::unexpected<Failure>> check_request(const PessimisticLockRequest& request) {
  if (request.mutations().empty()) return aborted("no key to lock");
  for (const Mutation& mutation : request.mutations()) {
    if (mutation.op() != Op::PessimisticLock && mutation.op() != Op::SharedPessimisticLock) {
      return aborted("only pessimistic locks are taken here");
    }
  }
  if (request.wake_up_mode() == WakeUpModeForceLock && request.mutations_size() > 1) {
    return aborted("a force lock takes one key");
  }
  return std::nullopt;
}

PessimisticLockKey wanted_by(const Mutation& mutation) {
  return {.key = Key(mutation.key()),
          .should_not_exist = mutation.assertion() == Assertion::NotExist,
          .shared = mutation.op() == Op::SharedPessimisticLock};
}

std::move_only_function<void(Outcome<LockedKeyResult>)> answer_waiter(
    bool force, std::move_only_function<void(PessimisticLockResponse)> done) {
  return [force, done = std::move(done)](Outcome<LockedKeyResult> result) mutable {
    if (result) {
      done(force_answer({*std::move(result)}));
    } else {
      done(force ? force_failure_answer(std::move(result.error())) : failure_answer(std::move(result.error())));
    }
  };
}

LockWaiter waiter_for(const RegionView& region, const PessimisticLockRequest& request, PessimisticLockTerms terms,
                      PessimisticLockKey wanted, std::move_only_function<void(PessimisticLockResponse)> done) {
  const bool force = terms.allow_lock_with_conflict;
  return {.terms = std::move(terms),
          .wanted = std::move(wanted),
          .region = region,
          .is_first_lock = request.is_first_lock(),
          .resource_group_tag = request.context().resource_group_tag(),
          .timeout = std::chrono::milliseconds(request.wait_timeout()),
          .done = answer_waiter(force, std::move(done))};
}

}  // namespace

void KvStore::handle(const RegionView& region, const PessimisticLockRequest& request, PessimisticDone done) {
  auto refused = check_request(request);
  if (!refused) refused = check_mutations(request.context(), request.mutations());
  if (refused) return done(failure_answer(std::move(refused->error())));

  const PessimisticLockTerms terms = PessimisticLockTerms::of(request);
  const bool force = terms.allow_lock_with_conflict;
  MvccTxn txn(terms.start_ts);
  Results results;
  for (const Mutation& mutation : request.mutations()) {
    const PessimisticLockKey wanted = wanted_by(mutation);
    Outcome<LockedKeyResult> result = acquire_pessimistic_lock(terms, wanted, reader(region), state_, txn);
    if (result) {
      results.push_back(*std::move(result));
      continue;
    }
    Failure& failure = result.error();
    if (failure.kind == FailureKind::kNotInShrinkMode) {
      // From now on nobody joins the sharers, so that this request gets its turn.
      SharedLocks shared = std::get<SharedLocks>(*reader(region).load_lock(wanted.key));
      shared.shrink_only = true;
      Outcome<void> locked = key_is_locked(lock_info(shared, wanted.key.raw()));
      txn.clear();
      txn.put_shared_locks(wanted.key, std::move(shared), false);
      finish(txn);
      return done(failure_answer(std::move(locked.error())));
    }
    if (failure.kind != FailureKind::kKeyIsLocked) return done(failure_answer(std::move(failure)));
    // A negative timeout does not wait. Keys locked before this one are not kept.
    if (request.wait_timeout() < 0) {
      return done(force ? force_failure_answer(std::move(failure)) : failure_answer(std::move(failure)));
    }
    LockInfo lock = std::move(*failure.key_error.mutable_locked());
    return waits_.wait(waiter_for(region, request, terms, wanted, std::move(done)), std::move(lock));
  }
  finish(txn);
  done(force ? force_answer(results) : plain_answer(results));
}

void KvStore::resume(LockWaiter waiter, std::uint64_t token) {
  MvccTxn txn(waiter.terms.start_ts);
  PessimisticLockKey wanted = waiter.wanted;
  wanted.shared = false;
  Outcome<LockedKeyResult> result = acquire_pessimistic_lock(waiter.terms, wanted, reader(waiter.region), state_, txn);
  if (result) {
    apply_changes(txn, data_);
    waits_.finish(token, waiter, std::move(result));
    waits_.after(txn);
    return;
  }
  Failure& failure = result.error();
  if (failure.kind == FailureKind::kNotInShrinkMode) {
    const SharedLocks shared = std::get<SharedLocks>(*reader(waiter.region).load_lock(wanted.key));
    result = key_is_locked(lock_info(shared, wanted.key.raw()));
  } else if (failure.kind == FailureKind::kKeyIsLocked && failure.key_error.locked().lock_type() != Op::SharedLock) {
    LockInfo lock = std::move(*failure.key_error.mutable_locked());
    return waits_.wait_again(std::move(waiter), token, std::move(lock));
  }
  waits_.finish(token, waiter, std::move(result));
}

}  // namespace tikv::testing::store
