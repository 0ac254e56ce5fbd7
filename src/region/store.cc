#include "region/store.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/probe.h"
#include "observe/span_scope.h"
#include "pd/pd_client.h"
#include "region/store_check.h"
#include "runtime/wait.h"

namespace tikv::region {
namespace {

struct LivenessRow {
  std::string_view name;
  int metric;  // client-go's livenessState: reachable, unreachable, unknown
};
constexpr std::array<LivenessRow, 3> kLiveness = {{{"reachable", 0}, {"suspect", 2}, {"down", 1}}};

std::string_view text_of(const std::shared_ptr<const std::string>& address) noexcept {
  return address ? std::string_view(*address) : std::string_view();
}

}  // namespace

std::string_view to_string(Liveness liveness) noexcept { return kLiveness[static_cast<std::size_t>(liveness)].name; }

StoreCache::StoreCache(runtime::Loop& loop, pd::PdClient& pd, net::Transport& transport, StoreOptions options)
    : loop_(loop),
      pd_(pd),
      transport_(transport),
      options_(std::move(options)),
      observer_(observe::or_silent(options_.observer)),
      background_(loop) {}

StoreCache::~StoreCache() = default;

Store& StoreCache::get(std::uint64_t id) {
  std::unique_ptr<Store>& store = stores_[id];
  if (store) return *store;
  store = std::make_unique<Store>(id);
  if (const observe::Metrics* metrics = observer_.metrics()) {
    store->metrics_ = std::make_unique<observe::StoreMetrics>(metrics->series, id, options_.request_source);
  }
  return *store;
}

std::vector<DebugState::Store> StoreCache::debug_state() const {
  std::vector<DebugState::Store> all;
  for (const auto& [id, store] : stores_) {
    DebugState::Store& state = all.emplace_back();
    state.id = id;
    state.address = text_of(store->address_);
    state.liveness = to_string(store->liveness_);
    state.removed = store->tombstone_;
    state.failures = store->epoch_;
  }
  std::ranges::sort(all, {}, &DebugState::Store::id);
  return all;
}

void StoreCache::set_liveness(Store& store, Liveness liveness) noexcept {
  if (store.liveness_ == liveness) return;
  const bool was_down = store.liveness_ == Liveness::kDown;
  store.liveness_ = liveness;
  if (store.metrics_) store.metrics_->liveness(kLiveness[static_cast<std::size_t>(liveness)].metric);
  const std::string_view address = text_of(store.address_);
  if (liveness == Liveness::kDown) {
    observer_.log().warn("store does not answer", {{"store", store.id_}, {"address", address}});
  } else if (was_down) {
    observer_.log().info("store answers again", {{"store", store.id_}, {"address", address}});
  }
}

void StoreCache::fail_regions(Store& store) noexcept {
  ++store.epoch_;
  if (const observe::Metrics* metrics = observer_.metrics()) {
    metrics->region.event(observe::RegionEvent::kStoreInvalidated).add(1);
  }
}

void StoreCache::retire(Store& store) {
  TIKV_PROBE("store: gone for good");
  if (!store.tombstone_) {
    fail_regions(store);
    observer_.log().info("store was removed from the cluster",
                         {{"store", store.id_}, {"address", text_of(store.address_)}});
  }
  store.tombstone_ = true;
  store.resolved_ = true;
  if (store.address_) transport_.forget(*store.address_);
}

Task<void> StoreCache::look_up(Store* store, std::shared_ptr<SharedResult<void>> lookup) {
  const runtime::TimePoint asked = loop_.now();
  auto found = co_await pd_.get_store(store->id_);
  if (const observe::Metrics* metrics = observer_.metrics()) {
    metrics->region.answered(observe::LookUp::kStore, found.has_value(), loop_.now() - asked);
  }
  store->lookup_ = nullptr;
  if (!found) {
    lookup->set(std::unexpected(std::move(found).error()));
    co_return;
  }
  if (*found) {
    pd::StoreInfo& info = **found;
    const bool moved = store->address_ && *store->address_ != info.address;
    TIKV_PROBE_IF(moved, "store: it has another address");
    if (moved) {
      transport_.forget(*store->address_);
      observer_.log().info("store has moved", {{"store", store->id_},
                                               {"from", std::string_view(*store->address_)},
                                               {"to", std::string_view(info.address)}});
    }
    if (!store->address_ || moved) store->address_ = std::make_shared<const std::string>(std::move(info.address));
    store->resolved_ = true;
  } else {
    retire(*store);
  }
  lookup->set({});
}

Task<Result<void>> StoreCache::resolve(Store& store) { return wait_for(look_up_of(store)); }

Task<Result<void>> StoreCache::wait_for(std::shared_ptr<SharedResult<void>> lookup) {
  detail::TaskContext& context = co_await runtime::own_context();
  observe::SpanScope span(observer_.tracer(), context, "tikv.store_lookup");
  Result<void> found = co_await SharedResult<void>::wait(std::move(lookup), "looking up a store");
  span.end();
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
  if (const observe::Metrics* metrics = observer_.metrics()) {
    metrics->region.event(observe::RegionEvent::kSendFailed).add(1);
  }
  if (store.epoch_ != epoch || store.tombstone_) return;
  TIKV_PROBE("store: suspected");
  fail_regions(store);
  if (store.liveness_ == Liveness::kReachable) set_liveness(store, Liveness::kSuspect);
  start_check(store);
}

void StoreCache::start_check(Store& store) {
  if (store.checking_ || store.tombstone_ || !store.address_ || stop_.stop_requested() || loop_.closing()) return;
  store.checking_ = true;
  background_.spawn(check_until_well(&store), std::chrono::nanoseconds{0}, stop_.get_token());
}

void StoreCache::on_wrong_store(Store& store) {
  fail_regions(store);
  store.resolved_ = false;
  observer_.log().info("another store answers at a store's address",
                       {{"store", store.id_}, {"address", text_of(store.address_)}});
  if (store.address_) transport_.forget(*store.address_);
}

Task<bool> StoreCache::check(const Store& store) {
  const std::shared_ptr<const std::string> address = store.address_;
  const runtime::TimePoint asked = loop_.now();
  const bool well = co_await answers(transport_, address, options_.check_timeout);
  if (const observe::Metrics* metrics = observer_.metrics()) {
    (well ? metrics->region.check_good : metrics->region.check_failed).add(1);
    metrics->series.histogram(observe::Metric::kStoreCheckTime, {*address})
        .observe(observe::seconds(loop_.now() - asked));
  }
  co_return well;
}

Task<void> StoreCache::check_until_well(Store* store) {
  std::chrono::milliseconds pause = options_.check_pause_base;
  runtime::TimePoint asked = loop_.now();
  while (!store->tombstone_) {
    const bool well = co_await check(*store);
    TIKV_PROBE_IF(!well, "store: down");
    TIKV_PROBE_IF(well && store->liveness_ == Liveness::kDown, "store: well again");
    if (!well && store->liveness_ == Liveness::kReachable) fail_regions(*store);
    set_liveness(*store, well ? Liveness::kReachable : Liveness::kDown);
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
