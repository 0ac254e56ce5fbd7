#include <algorithm>
#include <set>

#include "testkit/store/answers.h"
#include "testkit/store/kv_store.h"
#include "testkit/store/snapshot.h"

namespace tikv::testing::store {

using namespace proto::kvrpcpb;

namespace {

std::optional<std::unexpected<Failure>> check_keys(StorageApi api, const Context& context,
                                                   const google::protobuf::RepeatedPtrField<std::string>& keys) {
  if (keys.empty()) return std::nullopt;
  for (const std::string& key : keys) {
    if (auto failure = check_api(api, context.api_version(), CommandData::kTxn, key)) return failure;
  }
  return std::nullopt;
}

/// A whole batch that fails also fails in its first pair: older clients look there.
template <class Response>
void fail_with_pair(Response& response, Failure failure) {
  if (failure.kind != FailureKind::kRegion) *response.add_pairs()->mutable_error() = failure.key_error;
  set_failure(response, std::move(failure));
}

ScanRange range_of(const ScanRequest& request) {
  ScanRange range;
  range.lower = Key(request.start_key());
  if (!request.end_key().empty()) range.upper = Key(request.end_key());
  if (request.reverse()) std::swap(range.lower, range.upper);
  range.reverse = request.reverse();
  range.key_only = request.key_only();
  range.limit = request.limit();
  range.sample_step = request.sample_step();
  return range;
}

}  // namespace

GetResponse KvStore::handle(const RegionView& region, const GetRequest& request) {
  GetResponse response;
  if (auto failure = check_api(options_.api, request.context().api_version(), CommandData::kTxn, request.key())) {
    set_failure(response, std::move(failure->error()));
    return response;
  }
  state_.saw_read_at(request.version());
  Outcome<std::optional<ReadValue>> value = point_get(
      reader(region), Key(request.key()), ReadView::of(request.context(), request.version()), request.need_commit_ts());
  if (!value) {
    set_failure(response, std::move(value.error()));
  } else if (!*value) {
    response.set_not_found(true);
  } else {
    response.set_value(std::move((*value)->value));
    if (request.need_commit_ts()) response.set_commit_ts((*value)->commit_ts);
  }
  return response;
}

BatchGetResponse KvStore::handle(const RegionView& region, const BatchGetRequest& request) {
  BatchGetResponse response;
  if (auto failure = check_keys(options_.api, request.context(), request.keys())) {
    fail_with_pair(response, std::move(failure->error()));
    return response;
  }
  state_.saw_read_at(request.version());
  const ReadView view = ReadView::of(request.context(), request.version());
  for (const std::string& key : request.keys()) {
    Outcome<std::optional<ReadValue>> value = point_get(reader(region), Key(key), view, request.need_commit_ts());
    if (!value) {
      *response.add_pairs()->mutable_error() = key_error_of(std::move(value.error()));
    } else if (*value) {
      KvPair& pair = *response.add_pairs();
      pair.set_key(key);
      pair.set_value(std::move((*value)->value));
      if (request.need_commit_ts()) pair.set_commit_ts((*value)->commit_ts);
    }
  }
  return response;
}

ScanResponse KvStore::handle(const RegionView& region, const ScanRequest& request) {
  ScanResponse response;
  if (auto failure = check_api_range(options_.api, request.context().api_version(), CommandData::kTxn,
                                     request.start_key(), request.end_key())) {
    fail_with_pair(response, std::move(failure->error()));
    return response;
  }
  state_.saw_read_at(request.version());
  const ReadView view = ReadView::of(request.context(), request.version());
  Outcome<std::vector<ScanItem>> items = scan(reader(region), range_of(request), view);
  if (!items) {
    fail_with_pair(response, std::move(items.error()));
    return response;
  }
  for (ScanItem& item : *items) {
    KvPair& pair = *response.add_pairs();
    if (item.value) {
      pair.set_key(std::move(item.key));
      pair.set_value(*std::move(item.value));
    } else {
      *pair.mutable_error() = std::move(item.value.error().key_error);
    }
  }
  return response;
}

BufferBatchGetResponse KvStore::handle(const RegionView& region, const BufferBatchGetRequest& request) {
  BufferBatchGetResponse response;
  if (auto failure = check_keys(options_.api, request.context(), request.keys())) {
    set_failure(response, std::move(failure->error()));
    return response;
  }
  state_.saw_read_at(request.version());
  const std::set<std::string> keys(request.keys().begin(), request.keys().end());
  for (const std::string& raw : keys) {
    const Key key(raw);
    Outcome<LockSlot> slot = reader(region).load_lock(key);
    if (!slot) {
      *response.add_pairs()->mutable_error() = std::move(slot.error().key_error);
      continue;
    }
    const auto* lock = std::get_if<Lock>(&*slot);
    if (lock == nullptr || lock->start_ts != request.version()) continue;
    // A flushed deletion is told as an empty value.
    std::optional<std::string> value;
    if (lock->kind == LockKind::kDelete) value.emplace();
    if (lock->kind == LockKind::kPut) {
      value = lock->short_value ? lock->short_value : reader(region).long_value(key, lock->start_ts);
    }
    if (!value) continue;
    KvPair& pair = *response.add_pairs();
    pair.set_key(raw);
    pair.set_value(*std::move(value));
  }
  return response;
}

ScanLockResponse KvStore::handle(const RegionView& region, const ScanLockRequest& request) {
  ScanLockResponse response;
  state_.saw_read_at(request.max_version());
  const auto bound = [](const std::string& key) { return key.empty() ? std::nullopt : std::optional(Key(key)); };
  auto locks = reader(region).scan_locks(bound(request.start_key()), bound(request.end_key()), request.limit(),
                                         [&](const Lock& lock) { return lock.start_ts <= request.max_version(); });
  if (!locks) {
    set_failure(response, std::move(locks.error()));
    return response;
  }
  for (const LockedKey& locked : locks->first) {
    const auto* shared = std::get_if<SharedLocks>(&locked.lock);
    *response.add_locks() = shared != nullptr ? lock_info(*shared, locked.key.raw())
                                              : lock_info(std::get<Lock>(locked.lock), locked.key.raw());
  }
  return response;
}

MvccGetByKeyResponse KvStore::handle(const RegionView& region, const MvccGetByKeyRequest& request) {
  MvccGetByKeyResponse response;
  Outcome<MvccInfo> info = mvcc_info(reader(region), Key(request.key()));
  if (info) {
    *response.mutable_info() = *std::move(info);
  } else {
    set_failure_text(response, std::move(info.error()));
  }
  return response;
}

MvccGetByStartTsResponse KvStore::handle(const RegionView& region, const MvccGetByStartTsRequest& request) {
  MvccGetByStartTsResponse response;
  response.mutable_info();
  for (auto entry = data_.lower_bound(region.region.start_key());
       entry != data_.end() && contains(region.region, entry->first); ++entry) {
    const auto& writes = entry->second.writes;
    const bool found =
        std::ranges::any_of(writes, [&](const auto& write) { return write.second.start_ts == request.start_ts(); });
    if (!found) continue;
    const Key key = Key::from_encoded(entry->first);
    Outcome<MvccInfo> info = mvcc_info(reader(region), key);
    if (!info) break;
    response.set_key(key.raw());
    *response.mutable_info() = *std::move(info);
    break;
  }
  return response;
}

}  // namespace tikv::testing::store
