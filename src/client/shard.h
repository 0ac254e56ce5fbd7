#pragma once

#include <tikv/debug.h>
#include <tikv/options.h>
#include <tikv/task.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

#include "lock/resolver.h"
#include "observe/observer.h"
#include "pd/pd_client.h"
#include "region/region_cache.h"
#include "region/store.h"
#include "route/router.h"
#include "runtime/loop.h"
#include "runtime/loop_share.h"
#include "runtime/scope.h"
#include "txn/environment.h"

namespace tikv::net {
class Transport;
}

namespace tikv::client {

/// One loop's share of a client: everything that operations on that loop work with. Shares nothing with other shards.
/// Handles keep it alive. On its loop alone, except where it says so.
class Shard {
 public:
  /// Whose the loop is: this shard's, or one that goes on without it (simulations).
  enum class LoopUse : std::uint8_t { kOwn, kShared };

  Shard(runtime::Loop& loop, LoopUse loop_use, net::Transport& transport, const ClientOptions& options,
        std::shared_ptr<const observe::Observer> observer);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  /// Finds PD; nothing else may be called before. Errors: those of `PdClient::connect`.
  Task<Result<void>> connect();

  /// What there is now. `shard` stays while it runs.
  static Task<Result<DebugState::Shard>> debug_state(std::shared_ptr<Shard> shard);

  /// New operations end with `kClosed` from now on. Any thread.
  void refuse() noexcept { closed_.store(true, std::memory_order_relaxed); }
  const std::atomic<bool>& closed() const noexcept { return closed_; }
  /// Refuses, waits for background work for `ClientOptions::close_timeout` at most, and ends what runs by itself. On a
  /// shared loop it ends the calls under way, too, and then waits for what is left in the background; a loop of its own
  /// does so when it is closed. Once.
  Task<Result<void>> close();
  /// `close`, and then closes the loop if it is the shard's own, with nobody waiting. Any thread.
  static void close_behind(std::shared_ptr<Shard> shard);

  // Any thread.
  runtime::Loop& loop() const noexcept { return loop_; }
  /// What calls are bound to: the loop, or this shard's share of it.
  detail::Home& home() noexcept { return share_ ? static_cast<detail::Home&>(*share_) : loop_; }
  bool owns_loop() const noexcept { return !share_; }
  const ClientOptions& options() const noexcept { return options_; }
  const observe::Observer& observer() const noexcept { return *observer_; }

  pd::PdClient& pd() noexcept { return pd_; }
  route::Router& raw() noexcept { return cluster_->raw_router; }
  txn::Environment& transactions() noexcept { return cluster_->transactions; }

 private:
  /// What needs the cluster's id.
  struct Cluster {
    explicit Cluster(Shard& shard);
    region::StoreCache stores;
    // Raw and transactional regions have borders of different make, so each has its cache and its router.
    region::RegionCache raw_regions;
    region::RegionCache txn_regions;
    route::Router raw_router;
    route::Router txn_router;
    lock::LockResolver locks;
    txn::Environment transactions;
  };
  static Task<void> close_all(std::shared_ptr<Shard> shard);

  runtime::Loop& loop_;
  std::optional<runtime::LoopShare> share_;  // none: the loop is this shard's own
  net::Transport& transport_;
  const ClientOptions options_;
  const std::shared_ptr<const observe::Observer> observer_;
  std::atomic<bool> closed_{false};
  pd::PdClient pd_;
  std::optional<Cluster> cluster_;
  runtime::Scope background_;  // what transactions leave to be done
  runtime::Scope upkeep_;      // what goes on until the end
  std::stop_source stop_upkeep_;
  runtime::Scope closing_;
};

using ShardRef = std::shared_ptr<Shard>;

}  // namespace tikv::client
