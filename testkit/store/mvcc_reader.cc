#include "testkit/store/mvcc_reader.h"

#include <algorithm>

namespace tikv::testing::store {

namespace {

/// TiKV follows a record's pointer to the last change when that saves enough records in between (SEEK_BOUND).
bool jumps(const Write& write) {
  constexpr std::uint64_t kSeekBound = 8;
  return write.last_change.ts != 0 && write.last_change.versions >= kSeekBound;
}

}  // namespace

const KeyRecords* MvccReader::records(const Key& key) const {
  const auto found = data_.find(key.encoded());
  return found == data_.end() ? nullptr : &found->second;
}

Outcome<LockSlot> MvccReader::load_lock(const Key& key) const {
  if (!contains(region_.region, key.encoded())) return aborted("key is not in the region");
  const KeyRecords* kept = records(key);
  return kept == nullptr ? LockSlot() : kept->lock;
}

std::optional<FoundWrite> MvccReader::seek_write(const Key& key, std::uint64_t ts) const {
  const KeyRecords* kept = records(key);
  if (kept == nullptr) return std::nullopt;
  const auto found = kept->writes.lower_bound(ts);
  if (found == kept->writes.end()) return std::nullopt;
  return FoundWrite{.commit_ts = found->first, .write = found->second};
}

std::optional<FoundWrite> MvccReader::seek_put(const Key& key, std::uint64_t ts, std::uint64_t fence_limit) const {
  const KeyRecords* kept = records(key);
  if (kept == nullptr) return std::nullopt;
  const auto& writes = kept->writes;
  for (auto record = writes.lower_bound(ts); record != writes.end();) {
    const Write& write = record->second;
    if (!write.valid_as_latest(fence_limit) || write.kind == WriteKind::kDelete) return std::nullopt;
    if (write.kind == WriteKind::kPut) return FoundWrite{.commit_ts = record->first, .write = write};
    if (write.last_change.none()) return std::nullopt;
    record = jumps(write) ? writes.find(write.last_change.ts) : std::next(record);
  }
  return std::nullopt;
}

std::optional<FoundWrite> MvccReader::seek_put_upwards(const Key& key, std::uint64_t ts) const {
  const KeyRecords* kept = records(key);
  if (kept == nullptr) return std::nullopt;
  const auto& writes = kept->writes;
  const auto change =
      std::find_if(writes.lower_bound(ts), writes.end(), [](const auto& record) { return record.second.is_change(); });
  if (change == writes.end() || change->second.kind == WriteKind::kDelete) return std::nullopt;
  if (!change->second.valid_as_latest(ts)) return std::nullopt;
  return FoundWrite{.commit_ts = change->first, .write = change->second};
}

CommitRecord MvccReader::commit_record(const Key& key, std::uint64_t start_ts) const {
  CommitRecord result;
  const KeyRecords* kept = records(key);
  if (kept == nullptr) return result;
  // A pessimistic transaction that started earlier may have committed later, so every record from the top is looked at.
  for (const auto& [commit_ts, write] : kept->writes) {
    if (write.start_ts == start_ts) {
      result.kind = CommitRecord::Kind::kRecord;
      result.found = FoundWrite{.commit_ts = commit_ts, .write = write};
      return result;
    }
    if (commit_ts == start_ts) {
      if (write.overlapped_rollback) {
        result.kind = CommitRecord::Kind::kOverlappedRollback;
      } else {
        result.found = FoundWrite{.commit_ts = commit_ts, .write = write};
      }
      return result;
    }
    if (write.is_change()) result.gc_fence = commit_ts;
    if (commit_ts < start_ts) break;
  }
  result.gc_fence = 0;
  return result;
}

namespace {

/// Records passed on the way from one to a lower one.
std::uint64_t steps_down(const std::map<std::uint64_t, Write, std::greater<>>& writes, std::uint64_t from,
                         std::uint64_t to) {
  std::uint64_t steps = 0;
  for (auto write = writes.find(from); write != writes.end() && write->first != to; ++write, ++steps) {
    if (jumps(write->second)) break;
  }
  return steps;
}

}  // namespace

LastChange MvccReader::last_change_above(const Key& key, const FoundWrite& found, std::uint64_t start_ts) const {
  if (found.write.is_change()) return {.ts = found.commit_ts, .versions = 1};
  if (!found.write.last_change.unknown()) {
    if (found.write.last_change.none()) return LastChange::not_exist();
    return {.ts = found.write.last_change.ts, .versions = found.write.last_change.versions + 1};
  }
  const std::optional<FoundWrite> put = seek_put(key, found.commit_ts, start_ts);
  if (!put) return LastChange::not_exist();
  return {.ts = put->commit_ts, .versions = steps_down(records(key)->writes, found.commit_ts, put->commit_ts) + 1};
}

Outcome<std::string> MvccReader::value_of(const Key& key, const Write& write) const {
  if (write.short_value) return *write.short_value;
  std::optional<std::string> value = long_value(key, write.start_ts);
  if (!value) return aborted("default not found");
  return *std::move(value);
}

std::optional<std::string> MvccReader::long_value(const Key& key, std::uint64_t start_ts) const {
  const KeyRecords* kept = records(key);
  if (kept == nullptr) return std::nullopt;
  const auto found = kept->values.find(start_ts);
  if (found == kept->values.end()) return std::nullopt;
  return found->second;
}

namespace {

/// Keeps the wanted ones of `locks`, the oldest first, at most `limit` (zero: all). Says whether some were left out.
bool keep_wanted(SharedLocks& locks, std::size_t limit, const std::function<bool(const Lock&)>& wanted) {
  std::erase_if(locks.by_start_ts, [&](const auto& entry) { return !wanted(entry.second); });
  if (limit == 0 || locks.by_start_ts.size() <= limit) return false;
  locks.by_start_ts.erase(std::next(locks.by_start_ts.begin(), static_cast<std::ptrdiff_t>(limit)),
                          locks.by_start_ts.end());
  return true;
}

}  // namespace

Outcome<std::pair<std::vector<LockedKey>, bool>> MvccReader::scan_locks(
    const std::optional<Key>& start, const std::optional<Key>& end, std::size_t limit,
    const std::function<bool(const Lock&)>& wanted) const {
  if (start && !contains_or_ends_at(region_.region, start->encoded())) {
    return region_failure(key_not_in_region(region_.region, start->encoded()));
  }
  std::vector<LockedKey> locks;
  std::size_t count = 0;
  for (auto entry = data_.lower_bound(start ? start->encoded() : region_.region.start_key()); entry != data_.end();
       ++entry) {
    if (!contains(region_.region, entry->first) || (end && entry->first >= end->encoded())) break;
    if (const auto* lock = std::get_if<Lock>(&entry->second.lock)) {
      if (!wanted(*lock)) continue;
      locks.push_back({.key = Key::from_encoded(entry->first), .lock = *lock});
      ++count;
    } else if (const auto* held = std::get_if<SharedLocks>(&entry->second.lock)) {
      SharedLocks shared = *held;
      keep_wanted(shared, limit == 0 ? 0 : limit - count, wanted);
      if (shared.by_start_ts.empty()) continue;
      count += shared.by_start_ts.size();
      locks.push_back({.key = Key::from_encoded(entry->first), .lock = std::move(shared)});
    } else {
      continue;
    }
    if (limit > 0 && count >= limit) return std::pair(std::move(locks), true);
  }
  return std::pair(std::move(locks), false);
}

}  // namespace tikv::testing::store
