#include "client/shard.h"

#include <utility>

#include "base/probe.h"
#include "client/layer_options.h"
#include "client/region_loading.h"

namespace tikv::client {
Shard::Cluster::Cluster(Shard& shard)
    : stores(shard.loop_, shard.pd_, shard.transport_, store_options(shard.options_, shard.observer())),
      raw_regions(shard.loop_, shard.pd_, stores, region::KeyMode::kRaw,
                  region_options(shard.options_, shard.observer())),
      txn_regions(shard.loop_, shard.pd_, stores, region::KeyMode::kTxn,
                  region_options(shard.options_, shard.observer())),
      raw_router(shard.loop_, shard.transport_, raw_regions,
                 router_options(shard.options_, shard.observer(), shard.pd_.cluster_id())),
      txn_router(shard.loop_, shard.transport_, txn_regions,
                 router_options(shard.options_, shard.observer(), shard.pd_.cluster_id())),
      locks(shard.loop_, txn_router, shard.pd_, shard.background_, shard.options_.commit.resolve_by_keys_below),
      transactions(shard.loop_, shard.home(), txn_router, shard.pd_, locks, shard.background_,
                   shard.options_.transaction, shard.closed_, shard.options_.commit, budgets(shard.options_)) {}

Shard::Shard(runtime::Loop& loop, LoopUse loop_use, net::Transport& transport, const ClientOptions& options,
             std::shared_ptr<const observe::Observer> observer)
    : loop_(loop),
      transport_(transport),
      options_(options),
      observer_(std::move(observer)),
      pd_(loop, transport, pd_options(options, *observer_)),
      background_(loop),
      upkeep_(loop),
      closing_(loop) {
  if (loop_use == LoopUse::kShared) share_.emplace(loop);
}

Shard::~Shard() = default;

Task<Result<void>> Shard::connect() {
  co_await pd_.connect().or_return();
  cluster_.emplace(*this);
  if (options_.regions.preload) {
    // What fails is looked up by whoever needs it.
    (void)co_await load_all_regions(pd_, cluster_->raw_regions, cluster_->txn_regions).with_timeout(kPreloadTime);
  }
  if (options_.regions.refresh_interval.count() > 0) {
    upkeep_.spawn(refresh_regions(options_.regions.refresh_interval, pd_, cluster_->raw_regions, cluster_->txn_regions),
                  std::chrono::nanoseconds{0}, stop_upkeep_.get_token());
  }
  co_return {};
}

Task<Result<void>> Shard::close() {
  refuse();
  stop_upkeep_.request_stop();
  co_await upkeep_.join();
  co_await background_.join().with_timeout(options_.close_timeout);
  if (cluster_) {
    co_await cluster_->raw_regions.close();
    co_await cluster_->txn_regions.close();
    co_await cluster_->stores.close();
  }
  co_await pd_.close();
  TIKV_PROBE_IF(background_.running() > 0, "close: what goes on in the background takes too long");
  // What is still in the background ends with the loop, or by its own budgets where the loop goes on.
  if (share_) {
    share_->close();
    co_await background_.join();
  }
  co_return {};
}

Task<Result<DebugState::Shard>> Shard::debug_state(std::shared_ptr<Shard> shard) {
  DebugState::Shard state;
  state.operations = shard->loop_.operations();
  state.background_tasks = shard->loop_.background();
  state.transaction_tasks = shard->background_.running();
  state.pd = shard->pd_.debug_state();
  state.connections = shard->transport_.connections();
  if (shard->cluster_) {
    state.locks_cleaning = shard->cluster_->locks.cleaning();
    state.raw_regions = shard->cluster_->raw_regions.size();
    state.txn_regions = shard->cluster_->txn_regions.size();
    state.stores = shard->cluster_->stores.debug_state();
  }
  co_return state;
}

void Shard::close_behind(std::shared_ptr<Shard> shard) {
  shard->refuse();
  runtime::Loop& loop = shard->loop();
  auto close = [shard = std::move(shard)] { shard->closing_.spawn(close_all(shard)); };
  if (loop.is_current()) {
    close();
  } else {
    loop.submit(std::move(close));
  }
}

Task<void> Shard::close_all(std::shared_ptr<Shard> shard) {
  co_await shard->close();
  if (shard->owns_loop()) shard->loop().close();
}

}  // namespace tikv::client
