#pragma once

#include <tikv/proto/kvrpcpb.pb.h>

#include <cstdint>
#include <optional>
#include <string>

#include "testkit/store/mvcc_reader.h"
#include "testkit/store/mvcc_txn.h"
#include "testkit/store/txn_state.h"

namespace tikv::testing::store {

/// What a request for pessimistic locks asks of each of its keys.
struct PessimisticLockTerms {
  std::string primary;
  std::uint64_t start_ts = 0;
  std::uint64_t lock_ttl_ms = 0;
  std::uint64_t for_update_ts = 0;
  std::uint64_t min_commit_ts = 0;
  bool return_values = false;
  bool check_existence = false;
  bool lock_only_if_exists = false;
  /// Lock although there is a newer version, and say so (TiKV's force lock).
  bool allow_lock_with_conflict = false;

  static PessimisticLockTerms of(const proto::kvrpcpb::PessimisticLockRequest& request);
};

struct PessimisticLockKey {
  Key key;
  bool should_not_exist = false;
  bool shared = false;
};

/// The answer for one locked key.
struct LockedKeyResult {
  enum class Kind { kEmpty, kValue, kExistence, kLockedWithConflict };
  Kind kind = Kind::kEmpty;
  /// The value of the newest version (empty when only its existence was asked for); absent when there is none.
  std::optional<std::string> value;
  std::uint64_t conflict_ts = 0;
};

/// Locks one key for a pessimistic transaction. `kKeyIsLocked`: held by another. `kNotInShrinkMode`: shared by others
/// that must first be kept from growing in number.
Outcome<LockedKeyResult> acquire_pessimistic_lock(const PessimisticLockTerms& terms, const PessimisticLockKey& wanted,
                                                  const MvccReader& reader, TxnState& state, MvccTxn& txn);

}  // namespace tikv::testing::store
