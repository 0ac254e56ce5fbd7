#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "client/shard.h"

namespace tikv::client {

/// A client's shards, and its end. What `tikv::Client` holds.
class Shards {
 public:
  /// At least one.
  explicit Shards(std::vector<ShardRef> shards);

  /// Connects all of them. On failure they are closed again. On the first one's loop. `self` stays while it runs.
  static Task<Result<void>> connect(std::shared_ptr<Shards> self);

  /// What there is now in all of them, collected on their loops one after the other. `self` stays while it runs.
  static Task<Result<DebugState>> debug_state(std::shared_ptr<Shards> self);

  /// Whose turn it is to take new work. Any thread.
  const ShardRef& next() noexcept { return shards_[turn_.fetch_add(1, std::memory_order_relaxed) % shards_.size()]; }
  const ShardRef& first() const noexcept { return shards_.front(); }
  std::uint64_t cluster_id() const noexcept { return cluster_id_; }

  /// Closes all of them, once: waits where that is possible, and leaves it to the shards on an io thread.
  void close() noexcept;

 private:
  std::vector<ShardRef> shards_;
  std::atomic<std::size_t> turn_{0};
  std::atomic<bool> closed_{false};
  std::uint64_t cluster_id_ = 0;
};

}  // namespace tikv::client
