#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tikv::proto::kvrpcpb {
class LockInfo;
}

namespace tikv::lock {

/// A lock that was met on a key: which transaction holds it, and where to ask what became of that one.
struct Lock {
  Lock() = default;
  std::string key;
  std::string primary;              ///< The key whose state decides over the whole transaction.
  std::uint64_t start_ts = 0;       ///< Names the transaction.
  std::uint64_t ttl_ms = 0;         ///< From `start_ts` on. 0: the store wants the lock resolved whatever its age.
  std::uint64_t txn_size = 0;       ///< Keys of the transaction in the region, as its owner estimated.
  std::uint64_t for_update_ts = 0;  ///< Of a pessimistic lock.
  std::uint64_t min_commit_ts = 0;
  bool pessimistic = false;   ///< Taken before the commit began: holds no value and does not block reads.
  bool async_commit = false;  ///< The transaction is committed once all its keys are locked.

  friend bool operator==(const Lock&, const Lock&) = default;
};

/// Appends the lock of `info`; of a key that several transactions share, the lock of each.
void append_locks(const proto::kvrpcpb::LockInfo& info, std::vector<Lock>& locks);

}  // namespace tikv::lock
