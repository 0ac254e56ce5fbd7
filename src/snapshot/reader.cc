#include "snapshot/reader.h"

#include <tikv/proto/kvrpcpb.pb.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/probe.h"
#include "lock/key_error.h"
#include "proto/pooled.h"
#include "route/batches.h"

namespace tikv::snapshot {
namespace {

namespace kvrpcpb = proto::kvrpcpb;

/// Keys of one batch get request (client-go's batchGetSize).
constexpr std::size_t kBatchGetKeys = 5120;

constexpr std::array kPriorities = {kvrpcpb::CommandPri::Normal, kvrpcpb::CommandPri::Low, kvrpcpb::CommandPri::High};

std::string_view key_behind(const std::string* const& key) { return *key; }
std::size_t size_behind(const std::string* const& key) { return key->size(); }

}  // namespace

/// Where the values of a batch get go.
struct Reader::Found {
  explicit Found(std::vector<std::string> sorted) : keys(std::move(sorted)), values(keys.size()) {}

  std::size_t index(std::string_view key) const {
    const auto at = std::lower_bound(keys.begin(), keys.end(), key);
    return at != keys.end() && *at == key ? static_cast<std::size_t>(at - keys.begin()) : keys.size();
  }

  std::vector<std::string> keys;  // sorted, each once
  std::vector<std::optional<std::string>> values;
};

Result<void> Environment::check_open() const {
  if (!closed.load(std::memory_order_relaxed)) return {};
  return std::unexpected(detail::closed_error());
}

Result<void> check_key(std::string_view key) {
  if (!key.empty()) return {};
  return std::unexpected(Error(ErrorKind::kInvalidArgument, "the key is empty"));
}

Reader::Reader(const Environment& environment, std::uint64_t timestamp, SnapshotOptions options)
    : environment_(environment), timestamp_(timestamp), options_(options) {}

bool Reader::is_plain() const noexcept {
  return options_.priority == Priority::kNormal && options_.fill_cache && ignored_.empty() && accessible_.empty();
}

void Reader::stamp(kvrpcpb::Context& context) const {
  context.set_priority(kPriorities[static_cast<std::size_t>(options_.priority)]);
  context.set_not_fill_cache(!options_.fill_cache);
  context.mutable_resolved_locks()->Assign(ignored_.begin(), ignored_.end());
  context.mutable_committed_locks()->Assign(accessible_.begin(), accessible_.end());
}

Task<Result<void>> Reader::pass(route::Retry& retry, std::vector<lock::Lock> locks, bool lite) {
  const lock::ResolveOptions options{.caller_start_ts = timestamp_, .for_read = true, .lite = lite};
  const std::string cause = "locked by the transaction of " + std::to_string(locks.front().start_ts);
  const lock::Resolved resolved = co_await environment_.locks.resolve(retry, std::move(locks), options).or_return();
  ignored_.insert(resolved.ignore.begin(), resolved.ignore.end());
  accessible_.insert(resolved.access.begin(), resolved.access.end());
  if (resolved.wait.count() > 0) {
    TIKV_PROBE("read: waits for a lock");
    co_await retry.back_off_at_most(route::BackoffKind::kTxnLockFast, resolved.wait, cause).or_return();
  }
  co_return Result<void>();
}

Task<Result<std::optional<std::string>>> Reader::get(std::string key,
                                                     [[maybe_unused]] std::shared_ptr<const void> keep) {
  co_await environment_.check_open();
  if (Result<void> checked = check_key(key); !checked) co_return std::unexpected(std::move(checked).error());
  route::Retry retry = environment_.router.retry(environment_.patience);
  const proto::Pooled<kvrpcpb::GetRequest> request;
  request->set_key(proto::without_slack(std::move(key)));
  request->set_version(timestamp_);
  std::uint64_t first_owner = 0;
  for (;;) {
    stamp(*request);
    kvrpcpb::GetResponse response;
    co_await environment_.router.send_to_key(retry, request->key(), *request, response).or_return();
    if (!response.has_error()) {
      if (response.not_found()) co_return std::optional<std::string>();
      co_return std::optional<std::string>(std::move(*response.mutable_value()));
    }
    if (!response.error().has_locked())
      co_return std::unexpected(retry.annotate(lock::error_of(response.error(), retry.redaction())));
    std::vector<lock::Lock> locks;
    lock::append_locks(response.error().locked(), locks);
    const std::uint64_t owner = locks.front().start_ts;
    if (first_owner == 0) {
      first_owner = owner;
    } else if (timestamp_ == kLatestTimestamp && owner != first_owner) {
      TIKV_PROBE("read: of the latest, locked by somebody new");
      // Whoever locked the key after this read had begun is not its business.
      ignored_.insert(owner);
      continue;
    }
    co_await pass(retry, std::move(locks), true).or_return();
  }
}

Task<Result<std::vector<std::optional<std::string>>>> Reader::batch_get(std::vector<std::string> keys) {
  for (const std::string& key : keys) {
    if (Result<void> checked = check_key(key); !checked) co_return std::unexpected(std::move(checked).error());
  }
  route::Retry retry = environment_.router.retry(environment_.patience);
  co_return co_await batch_get(retry, std::move(keys));
}

Task<Result<std::vector<std::optional<std::string>>>> Reader::batch_get(route::Retry& retry,
                                                                        std::vector<std::string> keys) {
  std::vector<std::optional<std::string>> values(keys.size());
  if (keys.empty()) co_return values;
  std::vector<std::string> unique = keys;
  std::sort(unique.begin(), unique.end());
  unique.erase(std::unique(unique.begin(), unique.end()), unique.end());
  Found found(std::move(unique));
  std::vector<const std::string*> items;
  items.reserve(found.keys.size());
  for (const std::string& key : found.keys) items.push_back(&key);
  auto work = [this, &found](route::Retry& r, region::RegionRef region, std::span<const std::string*> part) {
    return get_batch(r, std::move(region), part, found);
  };
  route::BatchLimits limits;
  limits.count = kBatchGetKeys;
  limits.bytes = std::numeric_limits<std::size_t>::max();
  if (const observe::Metrics* metrics = environment_.router.observer().metrics()) {
    limits.regions = &metrics->txn.snapshot_regions;
  }
  co_await route::for_each_batch(environment_.router, retry, std::span(items), key_behind, size_behind, limits, work)
      .or_return();
  for (std::size_t i = 0; i < keys.size(); ++i) values[i] = found.values[found.index(keys[i])];
  co_return values;
}

Task<Result<bool>> Reader::get_batch(route::Retry& retry, region::RegionRef region, std::span<const std::string*> keys,
                                     Found& found) {
  std::vector<const std::string*> pending(keys.begin(), keys.end());
  for (;;) {
    kvrpcpb::BatchGetRequest request;
    request.set_version(timestamp_);
    for (const std::string* key : pending) request.add_keys(*key);
    stamp(request);
    auto reply = co_await environment_.router.send_to_region(retry, region, request).or_return();
    if (reply.moved) co_return true;
    std::vector<lock::Lock> locks;
    std::vector<const std::string*> locked;
    // With an error about the whole answer, its pairs are not complete.
    const bool partial = reply.response.has_error();
    if (partial) {
      if (!reply.response.error().has_locked()) {
        co_return std::unexpected(retry.annotate(lock::error_of(reply.response.error(), retry.redaction())));
      }
      lock::append_locks(reply.response.error().locked(), locks);
    }
    for (kvrpcpb::KvPair& pair : *reply.response.mutable_pairs()) {
      const bool failed = pair.has_error();
      if (failed && !pair.error().has_locked())
        co_return std::unexpected(retry.annotate(lock::error_of(pair.error(), retry.redaction())));
      const std::size_t at = found.index(failed && pair.key().empty() ? pair.error().locked().key() : pair.key());
      if (at == found.keys.size()) continue;  // nobody asked for it
      if (failed) {
        lock::append_locks(pair.error().locked(), locks);
        locked.push_back(&found.keys[at]);
      } else {
        found.values[at] = std::move(*pair.mutable_value());
      }
    }
    if (locks.empty()) co_return false;
    co_await pass(retry, std::move(locks), false).or_return();
    if (!partial) pending = std::move(locked);
    TIKV_PROBE_IF(!partial, "read: some keys of a batch are locked");
  }
}

}  // namespace tikv::snapshot
