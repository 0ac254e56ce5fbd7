#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "testkit/store/mvcc_reader.h"
#include "testkit/store/mvcc_txn.h"
#include "testkit/store/txn_state.h"

namespace tikv::testing::store {

/// Commits the transaction of `txn` on one key. A key that it has committed already is no failure; a pessimistic lock
/// is dropped without a commit.
Outcome<void> commit_key(const MvccReader& reader, MvccTxn& txn, const Key& key, std::uint64_t commit_ts);

/// Rolls the transaction of `txn` back on one key. With a `current_ts` a lock that still lives is left
/// (`kKeyIsLocked`); zero does not look at its time to live. `protect` keeps the rollback from being folded into a
/// later one.
Outcome<void> rollback_key(const MvccReader& reader, MvccTxn& txn, const Key& key, std::uint64_t current_ts,
                           bool protect);

/// What is known of a transaction from its primary.
struct TxnStatus {
  enum class Kind {
    kRolledBack,
    kCommitted,
    kLocked,
    kTtlExpired,
    kPessimisticTtlExpired,
    kLockNotExist,
    kLockNotExistDoNothing,
  };
  Kind kind = Kind::kRolledBack;
  std::uint64_t commit_ts = 0;
  /// `kLocked`.
  Lock lock;
  bool min_commit_ts_pushed = false;
};

Outcome<TxnStatus> check_txn_status(const proto::kvrpcpb::CheckTxnStatusRequest& request, const MvccReader& reader,
                                    TxnState& state, MvccTxn& txn);

/// Prolongs the primary's lock; gives its time to live.
Outcome<std::uint64_t> txn_heart_beat(const proto::kvrpcpb::TxnHeartBeatRequest& request, const MvccReader& reader,
                                      MvccTxn& txn);

struct SecondaryLocks {
  /// All of them, if `commit_ts` is zero and the transaction lives.
  std::vector<proto::kvrpcpb::LockInfo> locks;
  std::uint64_t commit_ts = 0;
};

/// The locks of an async commit beside the primary's. A missing one is rolled back for good.
Outcome<SecondaryLocks> check_secondary_locks(const proto::kvrpcpb::CheckSecondaryLocksRequest& request,
                                              const MvccReader& reader, TxnState& state, MvccTxn& txn);

/// Commits (or, with a zero, rolls back) `locks` by the commit_ts of their transactions.
Outcome<void> resolve_locks(const std::vector<LockedKey>& locks,
                            const std::map<std::uint64_t, std::uint64_t>& commit_ts_of, const MvccReader& reader,
                            TxnState& state, MvccTxn& txn);

/// Drops the transaction's pessimistic lock on the key if its for_update_ts is not above the given one.
Outcome<void> pessimistic_rollback_key(const MvccReader& reader, MvccTxn& txn, const Key& key,
                                       std::uint64_t for_update_ts);

}  // namespace tikv::testing::store
