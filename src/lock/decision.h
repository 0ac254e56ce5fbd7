#pragma once

#include <chrono>
#include <cstdint>

#include "lock/lock_info.h"
#include "lock/txn_status.h"

// What a lock and its transaction's status mean. No I/O, no clock.
namespace tikv::lock {

/// The time until a lock with `ttl_ms` of the transaction of `start_ts` may be taken for abandoned, at the time
/// `now_ts`; 0 or less if that is already so.
std::chrono::milliseconds until_expired(std::uint64_t start_ts, std::uint64_t ttl_ms, std::uint64_t now_ts) noexcept;

enum class Step : std::uint8_t {
  kWait,                 ///< Its owner is alive, or nobody knows yet: leave the lock alone.
  kFinish,               ///< Commit or roll back the lock, as the transaction was.
  kRollBackPessimistic,  ///< Take away this one lock; the transaction's fate is open.
  kRecoverAsyncCommit,   ///< The owner is gone: all keys together tell whether it had committed.
};

/// `force_sync`: the transaction turned out to have fallen back from async commit to the ordinary one.
Step next_step(const Lock& lock, const TxnStatus& status, std::uint64_t now_ts, bool force_sync) noexcept;

enum class View : std::uint8_t {
  kBlocked,  ///< The lock may turn into a value that belongs in the snapshot.
  kIgnore,   ///< Whatever the lock holds is not in the snapshot: read what was before it.
  kAccess,   ///< The lock's value is in the snapshot: read it through the lock.
};

/// What a read at `read_ts` does about a lock of a transaction with `status`.
View view_of(const TxnStatus& status, std::uint64_t read_ts) noexcept;

/// The transaction has so few keys in the region that naming them is cheaper than searching the region for its locks.
/// client-go's `resolve-lock-lite-threshold`.
inline constexpr std::uint64_t kLiteThreshold = 512;

}  // namespace tikv::lock
