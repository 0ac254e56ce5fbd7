#include "testkit/store/prewrite.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "testkit/store/key_prewrite.h"

namespace tikv::testing::store {

using proto::kvrpcpb::FlushRequest;
using proto::kvrpcpb::KeyError;
using proto::kvrpcpb::Mutation;
using proto::kvrpcpb::PrewriteRequest;

namespace {

/// From this many keys on TiKV looks whether the whole range is empty, and then checks no key for conflicts.
constexpr int kForwardMinMutations = 12;

const std::vector<std::string> kNoSecondaries;

struct Item {
  const Mutation* mutation;
  /// Its place in the request.
  int index = 0;
  PessimisticAction action = PrewriteRequest::SKIP_PESSIMISTIC_CHECK;
  std::optional<std::uint64_t> expected_for_update_ts;
};

Outcome<std::vector<Item>> items_of(const PrewriteRequest& request) {
  const bool pessimistic = request.for_update_ts() != 0;
  // Mutations beyond the actions of a pessimistic prewrite are dropped, as TiKV pairs the two lists.
  const int count =
      pessimistic ? std::min(request.mutations_size(), request.pessimistic_actions_size()) : request.mutations_size();
  std::vector<Item> items;
  for (int i = 0; i < count; ++i) {
    Item item{.mutation = &request.mutations(i), .index = i, .expected_for_update_ts = std::nullopt};
    if (pessimistic) item.action = request.pessimistic_actions(i);
    items.push_back(item);
  }
  if (!pessimistic) return items;
  for (const auto& constraint : request.for_update_ts_constraints()) {
    if (constraint.index() >= items.size()) return aborted("a for_update_ts constraint names no mutation");
    items[constraint.index()].expected_for_update_ts = constraint.expected_for_update_ts();
  }
  return items;
}

bool has_writes_between(const MvccReader& reader, const Key& first, const Key& last) {
  const MvccData& data = reader.data();
  return std::any_of(data.lower_bound(first.encoded()), data.upper_bound(last.encoded()),
                     [](const auto& entry) { return !entry.second.writes.empty(); });
}

/// A transaction is known as committed if one of its keys is: then this prewrite is a repeated one.
bool was_committed(const MvccReader& reader, const Key& key, std::uint64_t start_ts, std::uint64_t& commit_ts) {
  const CommitRecord record = reader.commit_record(key, start_ts);
  if (!record.committed()) return false;
  commit_ts = record.found->commit_ts;
  return true;
}

/// Failures after which a prewrite may turn out to be a repeated one.
bool may_be_repeated(const Failure& failure, std::uint64_t start_ts) {
  switch (failure.kind) {
    case FailureKind::kWriteConflict:
      return failure.commit_ts > start_ts;
    case FailureKind::kPessimisticLockNotFound:
    case FailureKind::kCommitTsTooLarge:
    case FailureKind::kKeyIsLocked:
      return true;
    default:
      return false;
  }
}

class Prewrite {
 public:
  Prewrite(const PrewriteRequest& request, const MvccReader& reader, TxnState& state, MvccTxn& txn)
      : request_(request), reader_(reader), state_(state), txn_(txn), async_(request.use_async_commit()) {
    props_.start_ts = request.start_version();
    if (request.for_update_ts() != 0) props_.for_update_ts = request.for_update_ts();
    props_.skip_constraint_check = request.skip_constraint_check();
    props_.commit_kind = request.try_one_pc() ? CommitKind::kOnePhase
                         : async_             ? CommitKind::kAsync
                                              : CommitKind::kTwoPhases;
    props_.max_commit_ts = request.max_commit_ts();
    props_.primary = request.primary_lock();
    props_.txn_size = request.txn_size();
    props_.lock_ttl_ms = request.lock_ttl();
    props_.min_commit_ts = request.min_commit_ts();
    props_.is_retry = request.context().is_retry_request();
    props_.assertion_level = request.assertion_level();
    secondaries_.assign(request.secondaries().begin(), request.secondaries().end());
  }

  Outcome<PrewriteOutcome> run() {
    Outcome<std::vector<Item>> items = items_of(request_);
    if (!items) return failed(items);
    if (items->empty()) return aborted("a prewrite needs mutations");
    if (props_.for_update_ts && state_.knows_committed(props_.start_ts)) props_.is_retry = true;
    if (!props_.for_update_ts) {
      if (auto failure = skip_checks_of_empty_range(*items)) return *std::move(failure);
    }

    for (const Item& item : *items) {
      Outcome<Step> step = one(item);
      if (!step) return failed(step);
      if (*step == Step::kCommittedBefore) return finish_committed();
    }
    if (assertion_failure_) return std::unexpected<Failure>(*std::move(assertion_failure_));
    return finish();
  }

 private:
  enum class Step { kDone, kCommittedBefore };

  bool one_phase() const { return props_.commit_kind == CommitKind::kOnePhase; }

  std::optional<std::unexpected<Failure>> skip_checks_of_empty_range(std::vector<Item>& items) {
    if (items.size() <= kForwardMinMutations) return std::nullopt;
    std::ranges::sort(items, {},
                      [](const Item& item) { return std::pair(std::string_view(item.mutation->key()), item.index); });
    const Key first(items.front().mutation->key());
    const Key last(items.back().mutation->key());
    const auto& region = reader_.region().region;
    if (!contains_or_ends_at(region, first.encoded()))
      return region_failure(key_not_in_region(region, first.encoded()));
    if (!has_writes_between(reader_, first, last)) props_.skip_constraint_check = true;
    return std::nullopt;
  }

  const std::vector<std::string>* secondaries_for(const std::string& key) const {
    if (!async_) return nullptr;
    return key == props_.primary ? &secondaries_ : &kNoSecondaries;
  }

  Outcome<Step> one(const Item& item) {
    const bool needs_min_commit_ts = async_ || one_phase();
    const PrewriteKey key{.mutation = *item.mutation,
                          .action = item.action,
                          .expected_for_update_ts = item.expected_for_update_ts,
                          .secondaries = secondaries_for(item.mutation->key())};
    Outcome<std::uint64_t> written = prewrite_key(props_, key, reader_, state_, txn_);
    if (!written) return on_failure(std::move(written.error()), Key(item.mutation->key()));
    if (needs_min_commit_ts && *written == 0) {
      // This lock was written before and had fallen back, so the other keys do too.
      fall_back();
    } else if (needs_min_commit_ts) {
      min_commit_ts_ = std::max(min_commit_ts_, *written);
    }
    return Step::kDone;
  }

  Outcome<Step> on_failure(Failure failure, const Key& key) {
    if (may_be_repeated(failure, props_.start_ts) && was_committed(reader_, key, props_.start_ts, min_commit_ts_)) {
      txn_.clear();
      return Step::kCommittedBefore;
    }
    switch (failure.kind) {
      case FailureKind::kCommitTsTooLarge:
        fall_back();
        return Step::kDone;
      case FailureKind::kKeyIsLocked:
        locked_.push_back(std::move(failure.key_error));
        return Step::kDone;
      case FailureKind::kAssertionFailed:
        // Other failures come first.
        if (!assertion_failure_) assertion_failure_ = std::move(failure);
        return Step::kDone;
      default:
        return std::unexpected<Failure>(std::move(failure));
    }
  }

  void fall_back() {
    props_.commit_kind = CommitKind::kTwoPhases;
    async_ = false;
    txn_.abandon_one_pc();
    min_commit_ts_ = 0;
  }

  PrewriteOutcome finish() {
    PrewriteOutcome outcome;
    outcome.min_commit_ts = async_ ? min_commit_ts_ : 0;
    if (!locked_.empty()) {
      txn_.clear();
      outcome.locked = std::move(locked_);
      return outcome;
    }
    if (one_phase()) {
      txn_.commit_one_pc(min_commit_ts_);
      outcome.one_pc_commit_ts = min_commit_ts_;
      state_.saw_commit(props_.start_ts, min_commit_ts_);
    }
    return outcome;
  }

  PrewriteOutcome finish_committed() {
    locked_.clear();
    return finish();
  }

  const PrewriteRequest& request_;
  const MvccReader& reader_;
  TxnState& state_;
  MvccTxn& txn_;
  PrewriteTxn props_;
  std::vector<std::string> secondaries_;
  bool async_;
  std::uint64_t min_commit_ts_ = 0;
  std::vector<KeyError> locked_;
  std::optional<Failure> assertion_failure_;
};

}  // namespace

Outcome<PrewriteOutcome> prewrite(const PrewriteRequest& request, const MvccReader& reader, TxnState& state,
                                  MvccTxn& txn) {
  return Prewrite(request, reader, state, txn).run();
}

Outcome<std::vector<KeyError>> flush(const FlushRequest& request, const MvccReader& reader, TxnState& state,
                                     MvccTxn& txn) {
  if (request.generation() == 0) return aborted("generations count from one");
  PrewriteTxn props;
  props.start_ts = request.start_ts();
  props.primary = request.primary_key();
  // Unknown, and so never small enough to be resolved key by key.
  props.txn_size = kMaxTs;
  props.lock_ttl_ms = request.lock_ttl();
  // Zero would keep readers from pushing it.
  props.min_commit_ts = request.start_ts() + 1;
  props.is_retry = request.context().is_retry_request();
  props.assertion_level = request.assertion_level();

  std::vector<KeyError> locked;
  std::optional<Failure> assertion_failure;
  for (const Mutation& mutation : request.mutations()) {
    const PrewriteKey key{
        .mutation = mutation, .expected_for_update_ts = std::nullopt, .generation = request.generation()};
    Outcome<std::uint64_t> written = prewrite_key(props, key, reader, state, txn);
    if (written) continue;
    Failure& failure = written.error();
    std::uint64_t commit_ts = 0;
    if (may_be_repeated(failure, props.start_ts) &&
        was_committed(reader, Key(mutation.key()), props.start_ts, commit_ts)) {
      txn.clear();
      return std::vector<KeyError>();
    }
    switch (failure.kind) {
      case FailureKind::kKeyIsLocked:
        locked.push_back(std::move(failure.key_error));
        break;
      case FailureKind::kAssertionFailed:
        if (!assertion_failure) assertion_failure = std::move(failure);
        break;
      case FailureKind::kGenerationOutOfOrder:
        break;
      default:
        return failed(written);
    }
  }
  if (assertion_failure) return std::unexpected<Failure>(*std::move(assertion_failure));
  return locked;
}

}  // namespace tikv::testing::store
