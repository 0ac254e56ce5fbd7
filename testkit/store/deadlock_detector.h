#pragma once

#include <tikv/proto/deadlock.pb.h>
#include <tikv/proto/kvrpcpb.pb.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "testkit/store/failure.h"
#include "testkit/store/key.h"

namespace tikv::testing::store {

/// Who waits for whom: edges from the start_ts of a waiting transaction to that of a lock's holder.
class DeadlockDetector {
 public:
  /// Adds the edges of a wait, one for each holder of `lock`; the failure to answer with if one closes a circle.
  std::optional<std::unexpected<Failure>> add(std::uint64_t waiter, const Key& key,
                                              const proto::kvrpcpb::LockInfo& lock, const std::string& tag);
  /// The wait is over.
  void remove(std::uint64_t waiter, const Key& key, const proto::kvrpcpb::LockInfo& lock);

 private:
  /// The keys one transaction waits for another on, the first with the tag of the request.
  struct Edge {
    std::vector<std::string> keys;
    std::string tag;
  };
  using Chain = std::vector<proto::deadlock::WaitForEntry>;

  static proto::deadlock::WaitForEntry entry(std::uint64_t waiter, std::uint64_t holder, const std::string& key,
                                             const std::string& tag);
  /// The way from `from` to `to`, if there is one.
  std::optional<Chain> path(std::uint64_t from, std::uint64_t to) const;

  std::map<std::uint64_t, std::map<std::uint64_t, Edge>> edges_;
};

}  // namespace tikv::testing::store
