#include "region/region_cache.h"

#include <tikv/proto/metapb.pb.h>

#include <algorithm>
#include <utility>

#include "base/codec.h"
#include "base/probe.h"
#include "observe/span_scope.h"
#include "pd/pd_client.h"
#include "region/border.h"
#include "region/shared_result.h"
#include "runtime/wait.h"

namespace tikv::region {
namespace {

// PD has no region for a key only for moments: while a cluster starts, or between a merge and its report.
constexpr std::chrono::milliseconds kHolePauseBase{10};
constexpr std::chrono::milliseconds kHolePauseMax{500};

// Above every key that a region is likely to start at.
constexpr std::size_t kHighKeyBytes = 64;

pd::Peer to_peer(const proto::metapb::Peer& peer) {
  pd::Peer out;
  out.id = peer.id();
  out.store_id = peer.store_id();
  out.learner = peer.role() == proto::metapb::Learner || peer.role() == proto::metapb::IncomingVoter;
  out.witness = peer.is_witness();
  return out;
}

pd::RegionInfo to_info(const proto::metapb::Region& region) {
  pd::RegionInfo info;
  info.id = region.id();
  info.epoch_version = region.region_epoch().version();
  info.epoch_conf_version = region.region_epoch().conf_ver();
  info.start_key = region.start_key();
  info.end_key = region.end_key();
  for (const proto::metapb::Peer& peer : region.peers()) info.peers.push_back(to_peer(peer));
  return info;
}

std::size_t first_electable(const std::vector<Peer>& peers) {
  const auto at = std::find_if(peers.begin(), peers.end(), electable);
  return at == peers.end() ? 0 : static_cast<std::size_t>(at - peers.begin());
}

bool reaches(const KeyRange& gap, std::string_view key, bool by_end) {
  if (!by_end) return gap.contains(key);
  if (key.empty()) return gap.end.empty();
  return key > gap.start && (gap.end.empty() || key <= gap.end);
}

}  // namespace

/// A look-up under way, and the keys whose requests wait for it.
struct RegionCache::Load : SharedResult<RegionRef> {
  explicit Load(KeyRange g) : gap(std::move(g)) {}
  KeyRange gap;
};

RegionCache::RegionCache(runtime::Loop& loop, pd::PdClient& pd, StoreCache& stores, KeyMode mode,
                         RegionCacheOptions options)
    : loop_(loop),
      pd_(pd),
      stores_(stores),
      mode_(mode),
      options_(options),
      observer_(observe::or_silent(options.observer)),
      background_(loop) {}

RegionCache::~RegionCache() = default;

std::string RegionCache::to_pd(std::string_view key) const {
  return mode_ == KeyMode::kRaw ? std::string(key) : base::encode_bytes(key);
}

KeyRange RegionCache::to_pd(const KeyRange& range) const {
  return {range.start.empty() ? std::string() : to_pd(range.start),
          range.end.empty() ? std::string() : to_pd(range.end)};
}

std::string RegionCache::from_pd(std::string border) const {
  return mode_ == KeyMode::kRaw ? std::move(border) : first_key_from(border);
}

RegionRef RegionCache::make(pd::RegionInfo info) {
  auto region = std::make_shared<Region>();
  region->id = info.id;
  region->epoch_version = info.epoch_version;
  region->epoch_conf_version = info.epoch_conf_version;
  region->start_key = from_pd(std::move(info.start_key));
  region->end_key = from_pd(std::move(info.end_key));
  region->peers = std::move(info.peers);
  const std::size_t leader = region->peer_index(info.leader_peer_id);
  region->state.leader = leader < region->peers.size() ? leader : first_electable(region->peers);
  for (const Peer& peer : region->peers) {
    Store& store = stores_.get(peer.store_id);
    region->state.stores.push_back({&store, store.epoch()});
  }
  const auto jitter = static_cast<std::uint64_t>(std::max<std::int64_t>(options_.ttl_jitter.count(), 1));
  region->state.expires =
      loop_.now() + options_.ttl + std::chrono::milliseconds(static_cast<std::int64_t>(loop_.random()() % jitter));
  return region;
}

// Null if the region holds no key of this mode. What is older than what is known does not go into the index, but is
// what PD says now: the store that is asked by it will tell.
RegionRef RegionCache::add(pd::RegionInfo info) {
  const bool bounded = !info.end_key.empty();
  const bool leader_known = info.leader_peer_id != 0;
  if (info.peers.empty()) return nullptr;
  RegionRef region = make(std::move(info));
  if (bounded && region->end_key <= region->start_key) return nullptr;
  const bool newest = index_.insert(region, leader_known);
  if (!newest && observer_.metrics() != nullptr) observer_.metrics()->region.stale_from_pd.add(1);
  return region;
}

void RegionCache::learn(pd::RegionInfo info) {
  const RegionRef& known = index_.find_by_id(info.id);
  const bool same =
      known && known->epoch_version == info.epoch_version && known->epoch_conf_version == info.epoch_conf_version;
  // Requests under way know it by what is there, and who leads better than PD.
  if (same && fresh(known)) return;
  add(std::move(info));
}

void RegionCache::invalidate(const Region& region) noexcept {
  if (region.state.usable && observer_.metrics() != nullptr) {
    observer_.metrics()->region.event(observe::RegionEvent::kInvalidated).add(1);
  }
  region.state.usable = false;
}

template <class T>
Task<Result<T>> RegionCache::measured(observe::LookUp what, Task<Result<T>> asking) {
  if (observer_.metrics() == nullptr) return asking;
  return measure(what, std::move(asking));
}

template <class T>
Task<Result<T>> RegionCache::measure(observe::LookUp what, Task<Result<T>> asking) {
  const runtime::TimePoint asked = loop_.now();
  Result<T> answer = co_await std::move(asking);
  observer_.metrics()->region.answered(what, answer.has_value(), loop_.now() - asked);
  co_return answer;
}

RegionRef RegionCache::fresh(const RegionRef& region) {
  if (!region) return nullptr;
  RegionState& state = region->state;
  const PeerStore& leader = state.stores[state.leader];
  const runtime::TimePoint now = loop_.recent();
  if (now >= state.expires || leader.epoch != leader.store->epoch()) {
    state.usable = false;
    return nullptr;
  }
  // Within the jitter of a full time to live is good enough, and spares writing to each region each time.
  state.expires = std::max(state.expires, now + options_.ttl);
  return region;
}

RegionRef RegionCache::find(std::string_view key) { return fresh(index_.find(key)); }
RegionRef RegionCache::find_by_end(std::string_view key) { return fresh(index_.find_by_end(key)); }

Task<Result<RegionRef>> RegionCache::locate(std::string key) { return locate(std::move(key), false); }
Task<Result<RegionRef>> RegionCache::locate_end(std::string key) { return locate(std::move(key), true); }

Task<Result<RegionRef>> RegionCache::locate(std::string key, bool by_end) {
  detail::TaskContext& context = co_await runtime::own_context();
  while (true) {
    if (RegionRef known = by_end ? find_by_end(key) : find(key)) co_return known;
    std::shared_ptr<Load> load = load_for(key, by_end);
    observe::SpanScope span(observer_.tracer(), context, "tikv.region_lookup");
    Result<RegionRef> found = co_await Load::wait(std::move(load), "looking up a region");
    span.end();
    if (!found) co_return std::unexpected(pd_.explain(std::move(found).error()));
    if (by_end ? (*found)->contains_by_end(key) : (*found)->contains(key)) co_return found;
    // It was another key's look-up, which has narrowed the gap.
  }
}

// One question for all keys in the same gap. When nothing is known yet, those that the answer does not help then find
// gaps to the left and to the right of it, so that n regions take about log n rounds, not n.
std::shared_ptr<RegionCache::Load> RegionCache::load_for(const std::string& key, bool by_end) {
  for (const std::shared_ptr<Load>& load : loads_)
    if (reaches(load->gap, key, by_end)) return load;
  if (const observe::Metrics* metrics = observer_.metrics()) {
    (index_.knows(key, by_end) ? metrics->region.load_expired : metrics->region.load_missing).add(1);
  }
  auto load = std::make_shared<Load>(index_.gap(key, by_end));
  loads_.push_back(load);
  background_.spawn(run(load, key, by_end), options_.load_budget, stop_.get_token());
  return load;
}

Task<void> RegionCache::run(std::shared_ptr<Load> load, std::string key, bool by_end) {
  std::chrono::milliseconds pause = kHolePauseBase;
  Result<RegionRef> result = nullptr;
  while (true) {
    auto info = co_await ask(key, by_end);
    if (!info) {
      result = std::unexpected(std::move(info).error());
      break;
    }
    if (*info) *result = add(std::move(**info));
    if (*result && (by_end ? (*result)->contains_by_end(key) : (*result)->contains(key))) break;
    TIKV_PROBE("region: PD knows none for a key");
    const runtime::Wake why = co_await runtime::sleep(pause);
    if (why != runtime::Wake::kReady) {
      result = std::unexpected(runtime::wake_error(why, "waiting for PD to know a key's region"));
      break;
    }
    pause = std::min(pause * 2, kHolePauseMax);
  }
  std::erase(loads_, load);
  load->set(std::move(result));
}

Task<Result<std::optional<pd::RegionInfo>>> RegionCache::ask(std::string key, bool by_end) {
  if (by_end && key.empty()) co_return co_await ask_last();
  auto asking = measured(observe::LookUp::kByKey, pd_.get_region(to_pd(key)));
  auto info = co_await std::move(asking).or_return();
  // A region that starts at the key is one too far; so is one without any key of this mode in front of it.
  while (by_end && info && from_pd(info->start_key) >= key) {
    const std::string start = std::move(info->start_key);
    auto asking_before = measured(observe::LookUp::kByKey, pd_.get_prev_region(start));
    info = co_await std::move(asking_before).or_return();
    if (info && info->start_key >= start) co_return std::nullopt;  // not before it: PD is of no use for now
  }
  co_return info;
}

Task<Result<std::optional<pd::RegionInfo>>> RegionCache::ask_last() {
  auto info = co_await pd_.get_region(std::string(kHighKeyBytes, '\xFF')).or_return();
  while (info && !info->end_key.empty()) {
    const std::string next = std::move(info->end_key);
    info = co_await pd_.get_region(next).or_return();
    if (info && !info->end_key.empty() && info->end_key <= next) co_return std::nullopt;  // as above
  }
  co_return info;
}

Task<Result<RegionRef>> RegionCache::locate_id(std::uint64_t id) {
  if (observer_.metrics() != nullptr) observer_.metrics()->region.load_by_id.add(1);
  auto asking = measured(observe::LookUp::kById, pd_.get_region_by_id(id));
  auto info = co_await std::move(asking).or_return();
  if (!info) co_return RegionRef();
  co_return add(std::move(*info));
}

std::optional<std::string> RegionCache::first_unknown(const KeyRange& range) {
  if (range.empty()) return std::nullopt;
  std::string key = range.start;
  while (true) {
    const RegionRef region = find(key);
    if (!region) return key;
    if (region->end_key.empty() || (!range.end.empty() && region->end_key >= range.end)) return std::nullopt;
    key = region->end_key;
  }
}

Task<Result<void>> RegionCache::prefetch(KeyRange range) {
  std::optional<std::string> from = first_unknown(range);
  if (!from) co_return Result<void>();
  range.start = std::move(*from);
  auto asking = measured(observe::LookUp::kScan, pd_.scan_regions(to_pd(range), options_.scan_limit));
  auto infos = co_await std::move(asking).or_return();
  for (pd::RegionInfo& info : infos) learn(std::move(info));
  co_return Result<void>();
}

Task<Result<void>> RegionCache::prefetch(std::vector<KeyRange> ranges) {
  std::vector<KeyRange> unknown;
  for (const KeyRange& range : ranges)
    if (std::optional<std::string> from = first_unknown(range))
      unknown.push_back(to_pd(KeyRange(std::move(*from), range.end)));
  if (unknown.empty()) co_return Result<void>();
  auto asking = measured(observe::LookUp::kBatchScan, pd_.batch_scan_regions(std::move(unknown), options_.scan_limit));
  auto infos = co_await std::move(asking).or_return();
  for (pd::RegionInfo& info : infos) learn(std::move(info));
  co_return Result<void>();
}

Task<Result<std::vector<RegionRef>>> RegionCache::locate_range(KeyRange range) {
  std::vector<RegionRef> regions;
  if (range.empty()) co_return regions;
  std::string key = range.start;
  while (true) {
    if (!find(key)) {
      KeyRange rest(key, range.end);
      co_await prefetch(std::move(rest)).or_return();
    }
    RegionRef region = co_await locate(key).or_return();
    regions.push_back(region);
    key = region->end_key;
    if (key.empty() || (!range.end.empty() && key >= range.end)) break;
  }
  co_return regions;
}

bool RegionCache::update_leader(const Region& region, const Peer& peer) {
  const std::size_t index = region.peer_index(peer.id);
  if (index == region.peers.size()) {
    invalidate(region);
    return false;
  }
  region.state.leader = index;
  return true;
}

RegionCache::EpochUpdate RegionCache::on_epoch_not_match(const Region& region, std::uint64_t store_id,
                                                         std::span<const proto::metapb::Region* const> current) {
  std::vector<pd::RegionInfo> infos;
  for (const proto::metapb::Region* message : current) infos.push_back(to_info(*message));
  for (const pd::RegionInfo& info : infos) {
    const bool behind =
        info.epoch_version < region.epoch_version || info.epoch_conf_version < region.epoch_conf_version;
    if (info.id == region.id && behind) return EpochUpdate::kAhead;
  }
  invalidate(region);
  for (pd::RegionInfo& info : infos) {
    // The store rejected the epoch as leader, so it is likely to lead what the region became.
    const auto here =
        std::find_if(info.peers.begin(), info.peers.end(), [&](const Peer& p) { return p.store_id == store_id; });
    if (here != info.peers.end() && electable(*here)) info.leader_peer_id = here->id;
    add(std::move(info));
  }
  return infos.empty() ? EpochUpdate::kInvalidated : EpochUpdate::kReplaced;
}

Task<void> RegionCache::close() {
  stop_.request_stop();
  co_await background_.join();
}

}  // namespace tikv::region
