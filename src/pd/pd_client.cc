#include "pd/pd_client.h"

#include <tikv/proto/pdpb.pb.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "pd/caller.h"
#include "pd/directory.h"
#include "pd/region_convert.h"
#include "pd/retry.h"
#include "pd/tso_stream.h"
#include "proto/pd_methods.h"

namespace tikv::pd {
namespace {

namespace pdpb = proto::pdpb;
namespace metapb = proto::metapb;

constexpr std::size_t kMaxLimit = std::numeric_limits<std::int32_t>::max();

std::int32_t limit_field(std::size_t limit) { return static_cast<std::int32_t>(std::min(limit, kMaxLimit)); }

Error reversed_range(const KeyRange& range, Redaction redaction) {
  return Error(ErrorKind::kInvalidArgument, "reversed range: start " + key_text(range.start, redaction) +
                                                " is above end " + key_text(range.end, redaction));
}

std::vector<std::string> addresses_of(const PdOptions& options) {
  std::vector<std::string> addresses;
  for (const std::string& endpoint : options.endpoints)
    if (std::optional<std::string> address = address_of(endpoint, options.tls))
      addresses.push_back(*std::move(address));
  return addresses;
}

std::optional<Error> bad_endpoint(const PdOptions& options) {
  if (options.endpoints.empty()) return Error(ErrorKind::kInvalidArgument, "no PD endpoint is given");
  for (const std::string& endpoint : options.endpoints) {
    if (address_of(endpoint, options.tls)) continue;
    const std::string why = endpoint.starts_with("https://") ? "TLS is not configured" : "it is no host:port";
    return Error(ErrorKind::kInvalidArgument, "PD endpoint \"" + endpoint + "\": " + why);
  }
  return std::nullopt;
}

/// The answer of the calls that look for one region.
Result<std::optional<RegionInfo>> one_region(const proto::Method& method, const Header& header,
                                             const pdpb::GetRegionResponse& response, Redaction redaction) {
  if (header.type == pdpb::REGION_NOT_FOUND) return std::nullopt;
  if (!header.ok()) return std::unexpected(header.error(method, redaction));
  return region_of(response);
}

}  // namespace

struct PdClient::Parts {
  Parts(runtime::Loop& on_loop, net::Transport& by_transport, PdOptions with)
      : loop(on_loop),
        options(std::move(with)),
        directory(on_loop, by_transport, options, addresses_of(options)),
        caller(on_loop, by_transport, directory, options),
        tso(on_loop, by_transport, directory, options) {}

  Task<Result<std::vector<RegionInfo>>> scan(KeyRange range, std::size_t limit);
  Task<Result<std::vector<RegionInfo>>> batch_scan(std::vector<KeyRange> ranges, std::size_t limit);
  Task<Result<std::vector<RegionInfo>>> scan_one_by_one(std::vector<KeyRange> ranges, std::size_t limit);
  Task<Result<std::vector<StoreInfo>>> stores(bool with_tombstones);

  Redaction redaction() const noexcept { return observe::or_silent(options.observer).redaction(); }

  runtime::Loop& loop;
  PdOptions options;
  Directory directory;
  Caller caller;
  TsoStream tso;
};

PdClient::PdClient(runtime::Loop& loop, net::Transport& transport, PdOptions options)
    : parts_(std::make_unique<Parts>(loop, transport, std::move(options))) {}

PdClient::~PdClient() = default;

std::uint64_t PdClient::cluster_id() const noexcept { return parts_->directory.cluster_id().value_or(0); }

std::string PdClient::leader_address() const { return parts_->directory.leader(); }

DebugState::Pd PdClient::debug_state() const {
  DebugState::Pd state;
  state.members = parts_->directory.members().addresses;
  state.leader = parts_->directory.leader();
  state.searching = parts_->directory.searching();
  state.timestamp_callers = parts_->tso.batches().waiting();
  state.timestamp_requests = parts_->tso.batches().in_flight();
  return state;
}

Task<Result<void>> PdClient::connect() {
  if (auto error = bad_endpoint(parts_->options)) co_return std::unexpected(*std::move(error));
  Retry retry(parts_->loop, parts_->directory, parts_->options, parts_->options.connect_budget, "connecting to PD");
  do {
    co_await retry.ready().or_return();
  } while (parts_->directory.leader().empty());
  co_return Result<void>();
}

Error PdClient::explain(Error error) const {
  const AttemptLog& trouble = parts_->directory.trouble();
  if (trouble.empty() || error.attempt_count() > 0) return error;
  return trouble.error(error.kind(), error.message());
}

Task<Result<std::uint64_t>> PdClient::get_timestamp() { return parts_->tso.get(); }

Task<Result<std::optional<RegionInfo>>> PdClient::get_region(std::string key) {
  pdpb::GetRegionRequest request;
  request.set_region_key(std::move(key));
  pdpb::GetRegionResponse response;
  const Header header = co_await parts_->caller.call(request, response).or_return();
  co_return one_region(proto::MethodOf<pdpb::GetRegionRequest>::method, header, response, parts_->redaction());
}

Task<Result<std::optional<RegionInfo>>> PdClient::get_prev_region(std::string key) {
  pdpb::GetRegionRequest request;
  request.set_region_key(std::move(key));
  pdpb::GetRegionResponse response;
  const Header header = co_await parts_->caller.call(proto::kGetPrevRegion.method, request, response).or_return();
  co_return one_region(proto::kGetPrevRegion.method, header, response, parts_->redaction());
}

Task<Result<std::optional<RegionInfo>>> PdClient::get_region_by_id(std::uint64_t id) {
  pdpb::GetRegionByIDRequest request;
  request.set_region_id(id);
  pdpb::GetRegionResponse response;
  const Header header = co_await parts_->caller.call(request, response).or_return();
  co_return one_region(proto::MethodOf<pdpb::GetRegionByIDRequest>::method, header, response, parts_->redaction());
}

Task<Result<std::vector<RegionInfo>>> PdClient::Parts::scan(KeyRange range, std::size_t limit) {
  pdpb::ScanRegionsRequest request;
  request.set_start_key(std::move(range.start));
  request.set_end_key(std::move(range.end));
  request.set_limit(limit_field(limit));
  pdpb::ScanRegionsResponse response;
  const Header header = co_await caller.call(request, response).or_return();
  if (header.type == pdpb::REGION_NOT_FOUND) co_return std::vector<RegionInfo>();
  if (!header.ok())
    co_return std::unexpected(header.error(proto::MethodOf<pdpb::ScanRegionsRequest>::method, redaction()));
  co_return regions_of(response);
}

Task<Result<std::vector<RegionInfo>>> PdClient::Parts::batch_scan(std::vector<KeyRange> ranges, std::size_t limit) {
  pdpb::BatchScanRegionsRequest request;
  request.set_limit(limit_field(limit));
  for (KeyRange& range : ranges) {
    pdpb::KeyRange& field = *request.add_ranges();
    field.set_start_key(std::move(range.start));
    field.set_end_key(std::move(range.end));
  }
  pdpb::BatchScanRegionsResponse response;
  const Header header = co_await caller.call(request, response).or_return();
  if (header.type == pdpb::REGION_NOT_FOUND) co_return std::vector<RegionInfo>();
  if (!header.ok())
    co_return std::unexpected(header.error(proto::MethodOf<pdpb::BatchScanRegionsRequest>::method, redaction()));
  co_return regions_of(response);
}

Task<Result<std::vector<RegionInfo>>> PdClient::Parts::scan_one_by_one(std::vector<KeyRange> ranges,
                                                                       std::size_t limit) {
  std::vector<RegionInfo> all;
  for (KeyRange& range : ranges) {
    const std::size_t left = limit == 0 ? 0 : limit - all.size();
    std::vector<RegionInfo> some = co_await scan(std::move(range), left).or_return();
    for (RegionInfo& region : some) {
      // Neighbouring ranges may meet the same region.
      if (!all.empty() && all.back().id == region.id) continue;
      all.push_back(std::move(region));
    }
    if (limit != 0 && all.size() >= limit) break;
  }
  co_return all;
}

Task<Result<std::vector<RegionInfo>>> PdClient::scan_regions(KeyRange range, std::size_t limit) {
  if (range.reversed()) co_return std::unexpected(reversed_range(range, parts_->redaction()));
  if (range.empty()) co_return std::vector<RegionInfo>();
  co_return co_await parts_->scan(std::move(range), limit);
}

Task<Result<std::vector<RegionInfo>>> PdClient::batch_scan_regions(std::vector<KeyRange> ranges, std::size_t limit) {
  for (const KeyRange& range : ranges)
    if (range.reversed()) co_return std::unexpected(reversed_range(range, parts_->redaction()));
  std::erase_if(ranges, [](const KeyRange& range) { return range.empty(); });
  if (ranges.empty()) co_return std::vector<RegionInfo>();
  Result<std::vector<RegionInfo>> regions = co_await parts_->batch_scan(ranges, limit);
  if (regions || regions.error().kind() != ErrorKind::kUnsupported) co_return regions;
  co_return co_await parts_->scan_one_by_one(std::move(ranges), limit);
}

Task<Result<std::vector<StoreInfo>>> PdClient::Parts::stores(bool with_tombstones) {
  pdpb::GetAllStoresRequest request;
  request.set_exclude_tombstone_stores(!with_tombstones);
  pdpb::GetAllStoresResponse response;
  const Header header = co_await caller.call(request, response).or_return();
  if (!header.ok())
    co_return std::unexpected(header.error(proto::MethodOf<pdpb::GetAllStoresRequest>::method, redaction()));
  std::vector<StoreInfo> all;
  for (const metapb::Store& store : response.stores()) all.push_back(store_of(store));
  if (!with_tombstones)
    std::erase_if(all, [](const StoreInfo& store) { return store.state == StoreState::kTombstone; });
  co_return all;
}

Task<Result<std::optional<StoreInfo>>> PdClient::get_store(std::uint64_t id) {
  pdpb::GetStoreRequest request;
  request.set_store_id(id);
  pdpb::GetStoreResponse response;
  const Header header = co_await parts_->caller.call(request, response).or_return();
  if (header.type == pdpb::UNKNOWN) {
    // PD has no type of error for a store it doesn't know, only a text: the list of all stores tells for sure.
    std::vector<StoreInfo> all = co_await parts_->stores(false).or_return();
    const auto it = std::ranges::find(all, id, &StoreInfo::id);
    if (it == all.end()) co_return std::nullopt;
    co_return std::optional<StoreInfo>(std::move(*it));
  }
  if (header.type == pdpb::STORE_TOMBSTONE) co_return std::nullopt;
  if (!header.ok())
    co_return std::unexpected(header.error(proto::MethodOf<pdpb::GetStoreRequest>::method, parts_->redaction()));
  StoreInfo store = store_of(response.store());
  if (!response.has_store() || store.state == StoreState::kTombstone) co_return std::nullopt;
  co_return std::optional<StoreInfo>(std::move(store));
}

Task<Result<std::vector<StoreInfo>>> PdClient::get_all_stores(bool with_tombstones) {
  return parts_->stores(with_tombstones);
}

Task<Result<std::vector<MemberInfo>>> PdClient::get_members() {
  pdpb::GetMembersRequest request;
  pdpb::GetMembersResponse response;
  const Header header = co_await parts_->caller.call(request, response).or_return();
  if (!header.ok())
    co_return std::unexpected(header.error(proto::MethodOf<pdpb::GetMembersRequest>::method, parts_->redaction()));
  co_return members_of(response);
}

Task<void> PdClient::close() {
  parts_->directory.begin_close();
  parts_->tso.begin_close();
  co_await parts_->tso.join();
  co_await parts_->directory.join();
}

}  // namespace tikv::pd
