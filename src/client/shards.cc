#include "client/shards.h"

#include <utility>

namespace tikv::client {
namespace {

/// Time for what `Shard::close` does besides waiting for background work.
constexpr std::chrono::seconds kCloseSlack{5};

Error different_clusters(std::uint64_t first, std::uint64_t second) {
  return Error(ErrorKind::kClusterMismatch, "the PD endpoints belong to different clusters: " + std::to_string(first) +
                                                " and " + std::to_string(second));
}

}  // namespace

Shards::Shards(std::vector<ShardRef> shards) : shards_(std::move(shards)) {}

Task<Result<void>> Shards::connect(std::shared_ptr<Shards> self) {
  Result<void> result;
  for (std::size_t i = 0; result && i < self->shards_.size(); ++i) {
    const ShardRef& shard = self->shards_[i];
    auto connecting = runtime::run_on(shard->loop(), shard->connect());
    result = co_await std::move(connecting);
    if (!result) break;
    const std::uint64_t id = shard->pd().cluster_id();
    if (i == 0) self->cluster_id_ = id;
    if (id != self->cluster_id_) result = std::unexpected(different_clusters(self->cluster_id_, id));
  }
  if (!result) self->close();
  co_return result;
}

Task<Result<DebugState>> Shards::debug_state(std::shared_ptr<Shards> self) {
  DebugState state;
  state.cluster_id = self->cluster_id_;
  for (const ShardRef& shard : self->shards_) {
    if (shard->closed()) co_return std::unexpected(detail::closed_error());
    auto asking = runtime::run_on(shard->loop(), Shard::debug_state(shard));
    DebugState::Shard one = co_await std::move(asking).or_return();
    state.shards.push_back(std::move(one));
  }
  co_return state;
}

void Shards::close() noexcept {
  if (closed_.exchange(true)) return;
  for (const ShardRef& shard : shards_) shard->refuse();
  for (const ShardRef& shard : shards_) {
    if (detail::on_io_thread()) {
      Shard::close_behind(shard);
      continue;
    }
    auto closing = runtime::run_on(shard->loop(), shard->close());
    // Only a loop that is already closed refuses, and then there is nothing left to do.
    (void)std::move(closing).with_timeout(shard->options().close_timeout + kCloseSlack).get();
    if (shard->owns_loop()) shard->loop().close();
  }
}

}  // namespace tikv::client
