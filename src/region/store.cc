#include "region/store.h"

#include <algorithm>
#include <utility>

#include "base/probe.h"
#include "pd/pd_client.h"
#include "region/store_check.h"
#include "runtime/wait.h"

namespace tikv::region {

StoreCache::StoreCache(runtime::Loop& loop, pd::PdClient& pd, net::Transport& transport, StoreOptions options)
    : loop_(loop), pd_(pd), transport_(transport), options_(options), background_(loop) {}

StoreCache::~StoreCache() = default;

Store& StoreCache::get(std::uint64_t id) {
  std::unique_ptr<Store>& store = stores_[id];
  if (!store) store = std::make_unique<Store>(id);
  return *store;
}

void StoreCache::retire(Store& store) {
  TIKV_PROBE("store: gone for good");
  if (!store.tombstone_) ++store.epoch_;
  store.tombstone_ = true;
  store.resolved_ = true;
  if (store.address_) transport_.forget(*store.address_);
}

Task<void> StoreCache::look_up(Store* store, std::shared_ptr<SharedResult<void>> lookup) {
  auto found = co_await pd_.get_store(store->id_);
  store->lookup_ = nullptr;
  if (!found) {
    lookup->set(std::unexpected(std::move(found).error()));
    co_return;
  }
  if (*found) {
    pd::StoreInfo& info = **found;
    const bool moved = store->address_ && *store->address_ != info.address;
    TIKV_PROBE_IF(moved, "store: it has another address");
    if (moved) transport_.forget(*store->address_);
    if (!store->address_ || moved) store->address_ = std::make_shared<const std::string>(std::move(info.address));
    store->resolved_ = true;
  } else {
    retire(*store);
  }
  lookup->set({});
}

Task<Result<void>> StoreCache::resolve(Store& store) { return wait_for(look_up_of(store)); }

Task<Result<void>> StoreCache::wait_for(std::shared_ptr<SharedResult<void>> lookup) {
  Result<void> found = co_await SharedResult<void>::wait(std::move(lookup), "looking up a store");
  if (!found) co_return std::unexpected(pd_.explain(std::move(found).error()));
  co_return found;
}

std::shared_ptr<SharedResult<void>> StoreCache::look_up_of(Store& store) {
  std::shared_ptr<SharedResult<void>> lookup = store.lookup_;
  if (!lookup) {
    lookup = std::make_shared<SharedResult<void>>();
    store.lookup_ = lookup;
    background_.spawn(look_up(&store, lookup), options_.lookup_budget, stop_.get_token());
  }
  return lookup;
}

void StoreCache::on_send_failure(Store& store, std::uint32_t epoch) {
  if (store.epoch_ != epoch || store.tombstone_) return;
  TIKV_PROBE("store: suspected");
  ++store.epoch_;
  if (store.liveness_ == Liveness::kReachable) store.liveness_ = Liveness::kSuspect;
  start_check(store);
}

void StoreCache::start_check(Store& store) {
  if (store.checking_ || store.tombstone_ || !store.address_ || stop_.stop_requested() || loop_.closing()) return;
  store.checking_ = true;
  background_.spawn(check_until_well(&store), std::chrono::nanoseconds{0}, stop_.get_token());
}

void StoreCache::on_wrong_store(Store& store) {
  ++store.epoch_;
  store.resolved_ = false;
  if (store.address_) transport_.forget(*store.address_);
}

Task<void> StoreCache::check_until_well(Store* store) {
  std::chrono::milliseconds pause = options_.check_pause_base;
  runtime::TimePoint asked = loop_.now();
  while (!store->tombstone_) {
    const bool well = co_await answers(transport_, store->address_, options_.check_timeout);
    TIKV_PROBE_IF(!well, "store: down");
    TIKV_PROBE_IF(well && store->liveness_ == Liveness::kDown, "store: well again");
    if (!well && store->liveness_ == Liveness::kReachable) ++store->epoch_;
    store->liveness_ = well ? Liveness::kReachable : Liveness::kDown;
    if (well) break;
    const runtime::Wake why = co_await runtime::sleep(pause);
    if (why != runtime::Wake::kReady) break;
    pause = std::min(pause * 2, options_.check_pause_max);
    if (loop_.now() - asked < options_.resolve_interval) continue;
    asked = loop_.now();
    TIKV_PROBE("store: down for so long that PD is asked");
    co_await resolve(*store);  // an error leaves things as they are until next time
  }
  store->checking_ = false;
}

Task<void> StoreCache::close() {
  stop_.request_stop();
  co_await background_.join();
}

}  // namespace tikv::region
