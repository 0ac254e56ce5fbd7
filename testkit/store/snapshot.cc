#include "testkit/store/snapshot.h"

#include <iterator>

namespace tikv::testing::store {

using proto::kvrpcpb::IsolationLevel;
using proto::kvrpcpb::WriteConflict;

namespace {

/// A snapshot at the maximum timestamp reads the newest commit. The primary's lock cannot have committed yet, unless
/// its commit_ts was computed when it was written.
bool latest_read_of_own_primary(const Lock& lock, const Key& key, std::uint64_t ts) {
  return ts == kMaxTs && key.raw() == lock.primary && !lock.use_async_commit;
}

std::optional<std::unexpected<Failure>> check_lock_for_snapshot(const Lock& lock, const Key& key,
                                                                const ReadView& view) {
  if (lock.start_ts > view.ts || lock.kind == LockKind::kLock || lock.pessimistic()) return std::nullopt;
  if (lock.min_commit_ts > view.ts || view.bypass.contains(lock.start_ts)) return std::nullopt;
  if (latest_read_of_own_primary(lock, key, view.ts)) return std::nullopt;
  return key_is_locked(lock_info(lock, key.raw()));
}

std::optional<std::unexpected<Failure>> check_lock_for_rc(const Lock& lock, const Key& key, const ReadView& view) {
  if (lock.kind == LockKind::kLock || lock.pessimistic() || view.bypass.contains(lock.start_ts)) return std::nullopt;
  return write_conflict({.start_ts = view.ts,
                         .conflict_start_ts = lock.start_ts,
                         .key = key.raw(),
                         .primary = lock.primary,
                         .reason = WriteConflict::RcCheckTs});
}

/// What the lock on a key means to a read: nothing, a failure, or (locks of transactions known as committed) the value.
struct LockVerdict {
  std::optional<std::unexpected<Failure>> failure;
  const Lock* read_through = nullptr;
};

LockVerdict judge(const LockSlot& slot, const Key& key, const ReadView& view, bool may_read_through) {
  LockVerdict verdict;
  const auto* lock = std::get_if<Lock>(&slot);
  if (lock == nullptr || view.isolation == IsolationLevel::RC) return verdict;
  verdict.failure = view.isolation == IsolationLevel::RCCheckTS ? check_lock_for_rc(*lock, key, view)
                                                                : check_lock_for_snapshot(*lock, key, view);
  if (verdict.failure && may_read_through && view.access.contains(lock->start_ts)) {
    verdict.failure.reset();
    verdict.read_through = lock;
  }
  return verdict;
}

Outcome<std::optional<ReadValue>> value_of_lock(const MvccReader& reader, const Key& key, const Lock& lock) {
  if (lock.kind != LockKind::kPut) return std::nullopt;
  if (lock.short_value) return ReadValue{.value = *lock.short_value};
  std::optional<std::string> value = reader.long_value(key, lock.start_ts);
  if (!value) return aborted("default not found");
  return ReadValue{.value = *std::move(value)};
}

std::unexpected<Failure> newer_version(const Key& key, std::uint64_t read_ts, std::uint64_t commit_ts) {
  return write_conflict({.start_ts = read_ts,
                         .conflict_commit_ts = commit_ts,
                         .key = internal_key(key, commit_ts),
                         .reason = WriteConflict::RcCheckTs});
}

/// A read that checks timestamps fails on newer records. Forwards it meets the newest first; backwards the oldest, and
/// it looks at a bounded number of records (TiKV's REVERSE_SEEK_BOUND).
std::optional<std::uint64_t> newer_commit(const KeyRecords& records, const ReadView& view, bool reverse) {
  constexpr std::ptrdiff_t kReverseSeekBound = 16;
  if (view.isolation != IsolationLevel::RCCheckTS || records.writes.empty()) return std::nullopt;
  if (!reverse) {
    const std::uint64_t newest = records.writes.begin()->first;
    return newest > view.ts ? std::optional(newest) : std::nullopt;
  }
  const auto first_visible = records.writes.lower_bound(view.ts);
  if (first_visible == records.writes.begin()) return std::nullopt;
  if (std::distance(first_visible, records.writes.end()) >= kReverseSeekBound) return std::nullopt;
  return std::prev(first_visible)->first;
}

Outcome<std::optional<ReadValue>> value_of_put(const MvccReader& reader, const Key& key,
                                               const std::optional<FoundWrite>& put, bool key_only) {
  if (!put) return std::nullopt;
  if (key_only) return ReadValue{.commit_ts = put->commit_ts};
  Outcome<std::string> value = reader.value_of(key, put->write);
  if (!value) return failed(value);
  return ReadValue{.value = *std::move(value), .commit_ts = put->commit_ts};
}

Outcome<std::optional<ReadValue>> scan_one(const MvccReader& reader, const Key& key, const KeyRecords& records,
                                           const ScanRange& range, const ReadView& view) {
  LockVerdict verdict = judge(records.lock, key, view, true);
  if (verdict.failure) return *std::move(verdict.failure);
  if (verdict.read_through != nullptr) {
    Outcome<std::optional<ReadValue>> value = value_of_lock(reader, key, *verdict.read_through);
    if (value && *value && range.key_only) (*value)->value.clear();
    return value;
  }
  if (const std::optional<std::uint64_t> newer = newer_commit(records, view, range.reverse)) {
    return newer_version(key, view.ts, *newer);
  }
  const std::optional<FoundWrite> put =
      range.reverse ? reader.seek_put_upwards(key, view.ts) : reader.seek_put(key, view.ts, view.ts);
  return value_of_put(reader, key, put, range.key_only);
}

/// A scan's bounds must lie within the region, as far as both are given.
bool within_region(const ScanRange& range, const proto::metapb::Region& region) {
  if (range.lower && !region.start_key().empty() && range.lower->encoded() < region.start_key()) return false;
  if (range.upper && !region.end_key().empty() && range.upper->encoded() > region.end_key()) return false;
  return true;
}

using Records = std::pair<MvccData::const_iterator, MvccData::const_iterator>;

Records records_in(const MvccReader& reader, const ScanRange& range) {
  const auto& region = reader.region().region;
  const MvccData& data = reader.data();
  const auto first = data.lower_bound(range.lower ? range.lower->encoded() : region.start_key());
  const std::string& end = range.upper ? range.upper->encoded() : region.end_key();
  const auto last = end.empty() ? data.end() : data.lower_bound(end);
  if (range.lower && !end.empty() && range.lower->encoded() >= end) return {data.end(), data.end()};
  return {first, last};
}

/// Collects what a scan gives, entry by entry.
class ScanCollector {
 public:
  ScanCollector(const MvccReader& reader, const ScanRange& range, const ReadView& view)
      : reader_(reader), range_(range), view_(view) {}

  bool full() const { return items_.size() >= range_.limit; }

  /// False: the scan ends here with `failure()`.
  bool take(const std::string& encoded, const KeyRecords& records) {
    const Key key = Key::from_encoded(encoded);
    Outcome<std::optional<ReadValue>> value = scan_one(reader_, key, records, range_, view_);
    if (!value) {
      if (value.error().kind != FailureKind::kKeyIsLocked) {
        failure_ = std::move(value.error());
        return false;
      }
      items_.push_back({.value = failed(value), .key = {}});
    } else if (*value && sampled()) {
      items_.push_back({.value = std::move((*value)->value), .key = key.raw()});
    }
    return true;
  }

  Outcome<std::vector<ScanItem>> finish() && {
    if (failure_) return std::unexpected<Failure>(*std::move(failure_));
    return std::move(items_);
  }

 private:
  bool sampled() { return range_.sample_step == 0 || values_++ % range_.sample_step == 0; }

  const MvccReader& reader_;
  const ScanRange& range_;
  const ReadView& view_;
  std::size_t values_ = 0;
  std::vector<ScanItem> items_;
  std::optional<Failure> failure_;
};

}  // namespace

ReadView ReadView::of(const proto::kvrpcpb::Context& context, std::uint64_t ts) {
  return {.ts = ts,
          .isolation = context.isolation_level(),
          .bypass = {context.resolved_locks().begin(), context.resolved_locks().end()},
          .access = {context.committed_locks().begin(), context.committed_locks().end()}};
}

Outcome<std::optional<ReadValue>> point_get(const MvccReader& reader, const Key& key, const ReadView& view,
                                            bool need_commit_ts) {
  Outcome<LockSlot> slot = reader.load_lock(key);
  if (!slot) {
    // A read that looks at no lock goes to the write records with a cursor, and that fails differently.
    const std::string sought = internal_key(key, view.ts);
    const auto& region = reader.region().region;
    if (view.isolation == IsolationLevel::RC && !contains_or_ends_at(region, sought)) {
      return region_failure(key_not_in_region(region, sought));
    }
    return failed(slot);
  }
  LockVerdict verdict = judge(*slot, key, view, !need_commit_ts);
  if (verdict.failure) return *std::move(verdict.failure);
  if (verdict.read_through != nullptr) return value_of_lock(reader, key, *verdict.read_through);
  const KeyRecords* records = reader.records(key);
  if (records == nullptr) return std::nullopt;
  if (const std::optional<std::uint64_t> newer = newer_commit(*records, view, false)) {
    return newer_version(key, view.ts, *newer);
  }
  return value_of_put(reader, key, reader.seek_put(key, view.ts, view.ts), false);
}

Outcome<std::vector<ScanItem>> scan(const MvccReader& reader, const ScanRange& range, const ReadView& view) {
  if (!within_region(range, reader.region().region)) return aborted("the range exceeds the region");
  ScanCollector collector(reader, range, view);
  const auto [first, last] = records_in(reader, range);
  if (range.reverse) {
    for (auto entry = last; entry != first && !collector.full();) {
      --entry;
      if (!collector.take(entry->first, entry->second)) break;
    }
  } else {
    for (auto entry = first; entry != last && !collector.full(); ++entry) {
      if (!collector.take(entry->first, entry->second)) break;
    }
  }
  return std::move(collector).finish();
}

namespace {

void describe(const Lock& lock, proto::kvrpcpb::MvccLock& out) {
  out.set_type(op_of(lock.kind));
  out.set_start_ts(lock.start_ts);
  out.set_primary(lock.primary);
  out.set_short_value(lock.short_value.value_or(std::string()));
  out.set_last_change_ts(lock.last_change.ts);
  out.set_versions_to_last_change(lock.last_change.versions);
}

void describe(std::uint64_t commit_ts, const Write& write, proto::kvrpcpb::MvccWrite& out) {
  out.set_type(op_of(write.kind));
  out.set_start_ts(write.start_ts);
  out.set_commit_ts(commit_ts);
  out.set_short_value(write.short_value.value_or(std::string()));
  out.set_has_overlapped_rollback(write.overlapped_rollback);
  if (write.gc_fence) {
    out.set_has_gc_fence(true);
    out.set_gc_fence(*write.gc_fence);
  }
}

}  // namespace

Outcome<proto::kvrpcpb::MvccInfo> mvcc_info(const MvccReader& reader, const Key& key) {
  Outcome<LockSlot> slot = reader.load_lock(key);
  if (!slot) return failed(slot);
  proto::kvrpcpb::MvccInfo info;
  if (const auto* lock = std::get_if<Lock>(&*slot)) describe(*lock, *info.mutable_lock());
  if (const auto* shared = std::get_if<SharedLocks>(&*slot); shared != nullptr && !shared->by_start_ts.empty()) {
    describe(shared->by_start_ts.begin()->second, *info.mutable_lock());
  }
  const KeyRecords* records = reader.records(key);
  if (records == nullptr) return info;
  for (const auto& [commit_ts, write] : records->writes) describe(commit_ts, write, *info.add_writes());
  for (const auto& [start_ts, value] : records->values) {
    info.add_values()->set_start_ts(start_ts);
    info.mutable_values(info.values_size() - 1)->set_value(value);
  }
  return info;
}

}  // namespace tikv::testing::store
