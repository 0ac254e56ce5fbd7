#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "testkit/store/failure.h"
#include "testkit/store/key.h"
#include "testkit/store/records.h"
#include "testkit/store/region_view.h"

namespace tikv::testing::store {

/// A write record and where it stands.
struct FoundWrite {
  std::uint64_t commit_ts = 0;
  Write write;
};

/// What the write records say of a transaction on a key.
struct CommitRecord {
  enum class Kind { kNone, kRecord, kOverlappedRollback };
  Kind kind = Kind::kNone;
  /// `kRecord`: the transaction's own commit or rollback. `kNone`: another transaction's commit that stands where our
  /// rollback would, if there is one.
  std::optional<FoundWrite> found;
  /// For such another's commit: the next Put or Delete above it, or zero.
  std::uint64_t gc_fence = 0;

  bool committed() const { return kind == Kind::kRecord && found->write.kind != WriteKind::kRollback; }
};

struct LockedKey {
  Key key;
  LockSlot lock;
};

/// Reads the records of one region as they stood before a command. Nothing here looks at other regions' keys: a key
/// outside the region is a failure where TiKV makes it one.
class MvccReader {
 public:
  MvccReader(const MvccData& data, const RegionView& region) : data_(data), region_(region) {}

  const RegionView& region() const { return region_; }
  const MvccData& data() const { return data_; }

  /// An `abort` when the key is not in the region: every command meets it here first.
  Outcome<LockSlot> load_lock(const Key& key) const;

  /// The newest record at or below `ts`, of any kind.
  std::optional<FoundWrite> seek_write(const Key& key, std::uint64_t ts) const;

  /// The newest Put at or below `ts`; nothing if a Delete or no change comes first. `fence_limit` is the reader's own
  /// ts.
  ///
  /// A Lock or Rollback record's word on the last change is believed, as TiKV does. It is not always true: a
  /// pessimistic transaction may commit below a record that was written before, and then its Put is not found from
  /// above.
  std::optional<FoundWrite> seek_put(const Key& key, std::uint64_t ts, std::uint64_t fence_limit) const;

  /// The same for a scan backwards, which meets the oldest record first and so finds what is there.
  std::optional<FoundWrite> seek_put_upwards(const Key& key, std::uint64_t ts) const;

  CommitRecord commit_record(const Key& key, std::uint64_t start_ts) const;

  /// Where the last change is for a record written above `found`.
  LastChange last_change_above(const Key& key, const FoundWrite& found, std::uint64_t start_ts) const;

  /// The value a Put record or lock stands for.
  Outcome<std::string> value_of(const Key& key, const Write& write) const;
  std::optional<std::string> long_value(const Key& key, std::uint64_t start_ts) const;

  /// Locks in [start, end) of the region that `wanted` accepts, at most `limit` of them (zero: all); a key's shared
  /// locks count each. An empty bound is open. True beside them: there may be more.
  Outcome<std::pair<std::vector<LockedKey>, bool>> scan_locks(const std::optional<Key>& start,
                                                              const std::optional<Key>& end, std::size_t limit,
                                                              const std::function<bool(const Lock&)>& wanted) const;

  const KeyRecords* records(const Key& key) const;

 private:
  const MvccData& data_;
  const RegionView& region_;
};

}  // namespace tikv::testing::store
