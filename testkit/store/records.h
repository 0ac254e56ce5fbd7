#pragma once

#include <tikv/proto/kvrpcpb.pb.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tikv::testing::store {

inline constexpr std::uint64_t kMaxTs = ~std::uint64_t{0};

/// Milliseconds of a timestamp: the low 18 bits count within one (client-go's physicalShiftBits).
constexpr std::uint64_t physical_ms(std::uint64_t ts) { return ts >> 18; }

enum class LockKind { kPut, kDelete, kLock, kPessimistic };
enum class WriteKind { kPut, kDelete, kLock, kRollback };

/// Where the newest Put or Delete below a record is. (0, 0): unknown. (0, n): there is none, or it is a Delete.
struct LastChange {
  std::uint64_t ts = 0;
  std::uint64_t versions = 0;

  bool unknown() const { return ts == 0 && versions == 0; }
  bool none() const { return ts == 0 && versions != 0; }
  static LastChange not_exist() { return {.ts = 0, .versions = 1}; }
};

/// A lock of one transaction on one key. Values up to 255 bytes are kept in it, longer ones beside it.
struct Lock {
  LockKind kind = LockKind::kPut;
  std::string primary;
  std::uint64_t start_ts = 0;
  std::uint64_t ttl_ms = 0;
  std::optional<std::string> short_value;
  /// Not zero: the transaction is pessimistic.
  std::uint64_t for_update_ts = 0;
  std::uint64_t txn_size = 0;
  std::uint64_t min_commit_ts = 0;
  bool use_async_commit = false;
  /// The primary's lock of an async commit names the others.
  std::vector<std::string> secondaries;
  /// Protected rollbacks of other transactions that this lock's commit may land on.
  std::vector<std::uint64_t> rollback_ts;
  LastChange last_change;
  bool locked_with_conflict = false;
  /// Not zero: written by a pipelined flush, and by which one.
  std::uint64_t generation = 0;

  bool pessimistic() const { return kind == LockKind::kPessimistic; }
  bool of_pessimistic_txn() const { return for_update_ts != 0; }
  bool expired_at(std::uint64_t current_ts) const { return physical_ms(start_ts) + ttl_ms < physical_ms(current_ts); }
};

/// Locks that several transactions hold on one key together.
struct SharedLocks {
  /// Set when an exclusive request waits: nobody joins any more.
  bool shrink_only = false;
  std::map<std::uint64_t, Lock> by_start_ts;
};

/// What locks a key: nothing, one transaction, or several that share it.
using LockSlot = std::variant<std::monostate, Lock, SharedLocks>;

/// A record of the write column family: a commit or a rollback.
struct Write {
  WriteKind kind = WriteKind::kPut;
  std::uint64_t start_ts = 0;
  std::optional<std::string> short_value;
  /// A rollback of the transaction whose start_ts equals this commit_ts was folded into this record.
  bool overlapped_rollback = false;
  /// Set with `overlapped_rollback`: the next Put or Delete above, or zero.
  std::optional<std::uint64_t> gc_fence;
  LastChange last_change;

  static Write rollback(std::uint64_t start_ts, bool is_protected);

  bool is_change() const { return kind == WriteKind::kPut || kind == WriteKind::kDelete; }
  bool is_protected_rollback() const;
  /// False if the version this record was fenced by is at or below `read_ts`: then this record was collected as
  /// garbage.
  bool valid_as_latest(std::uint64_t read_ts) const { return !gc_fence || *gc_fence == 0 || *gc_fence > read_ts; }
};

inline constexpr std::size_t kShortValueMaxBytes = 255;

WriteKind write_kind_of(LockKind kind);
proto::kvrpcpb::Op op_of(LockKind kind);
proto::kvrpcpb::Op op_of(WriteKind kind);

/// A lock as clients see it. `key` is the plain key.
proto::kvrpcpb::LockInfo lock_info(const Lock& lock, std::string_view key);
proto::kvrpcpb::LockInfo lock_info(const SharedLocks& locks, std::string_view key);

/// All that is kept for one key; versions newest first.
struct KeyRecords {
  LockSlot lock;
  std::map<std::uint64_t, Write, std::greater<>> writes;
  std::map<std::uint64_t, std::string, std::greater<>> values;

  bool empty() const { return std::holds_alternative<std::monostate>(lock) && writes.empty() && values.empty(); }
};

/// Keys in their encoded form.
using MvccData = std::map<std::string, KeyRecords, std::less<>>;

}  // namespace tikv::testing::store
