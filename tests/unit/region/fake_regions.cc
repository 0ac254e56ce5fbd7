#include "fake_regions.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "proto/pd_methods.h"
#include "proto/tikv_methods.h"

namespace tikv::testing {
namespace {

using namespace proto;
using Region = FakeRegions::Region;

bool contains(const Region& region, const std::string& key) {
  return key >= region.start && (region.end.empty() || key < region.end);
}

void fill_peer(metapb::Peer* peer, const Region& region, std::uint64_t store) {
  peer->set_id(FakeRegions::peer_id(region, store));
  peer->set_store_id(store);
}

void fill(metapb::Region* message, const Region& region) {
  message->set_id(region.id);
  message->set_start_key(region.start);
  message->set_end_key(region.end);
  message->mutable_region_epoch()->set_version(region.version);
  message->mutable_region_epoch()->set_conf_ver(region.conf);
  for (const std::uint64_t store : region.stores) fill_peer(message->add_peers(), region, store);
}

template <class Response>
void fill_region(Response* response, const Region& region) {
  fill(response->mutable_region(), region);
  if (region.leader_store != 0) fill_peer(response->mutable_leader(), region, region.leader_store);
}

template <class Response>
Response with_header() {
  Response response;
  response.mutable_header()->set_cluster_id(FakeRegions::kClusterId);
  return response;
}

}  // namespace

FakeRegions::FakeRegions(runtime::SimLoop& loop) : net(loop) {
  Region whole;
  whole.id = 1;
  regions_.push_back(whole);
  for (std::uint64_t store = 1; store <= 3; ++store) {
    addresses[store] = store_address(store);
    serve<kvrpcpb::RawGetRequest>(
        store, [](const auto& request) { return std::vector<std::string>{request.key()}; },
        [this](const auto& request, auto& response) {
          const auto found = data.find(request.key());
          response.set_not_found(found == data.end());
          if (found != data.end()) response.set_value(found->second);
        });
    serve<kvrpcpb::RawPutRequest>(
        store, [](const auto& request) { return std::vector<std::string>{request.key()}; },
        [this](const auto& request, auto&) {
          ++writes;
          data[request.key()] = request.value();
        });
    serve<kvrpcpb::RawCASRequest>(
        store, [](const auto& request) { return std::vector<std::string>{request.key()}; },
        [this](const auto& request, auto& response) {
          ++writes;
          response.set_succeed(data[request.key()] == request.previous_value());
          if (response.succeed()) data[request.key()] = request.value();
        });
    serve<kvrpcpb::RawBatchPutRequest>(
        store,
        [](const auto& request) {
          std::vector<std::string> keys;
          for (const auto& pair : request.pairs()) keys.push_back(pair.key());
          return keys;
        },
        [this](const auto& request, auto&) {
          ++writes;
          for (const auto& pair : request.pairs()) data[pair.key()] = pair.value();
        });
  }
  serve_pd();
}

void FakeRegions::serve_pd() {
  net.on<pdpb::GetMembersRequest>(kPd, [](const auto&) -> Reply {
    auto response = with_header<pdpb::GetMembersResponse>();
    pdpb::Member* member = response.add_members();
    member->set_name("pd");
    member->set_member_id(1);
    member->add_client_urls("http://" + std::string(kPd));
    *response.mutable_leader() = *member;
    return response;
  });
  net.on<pdpb::GetRegionRequest>(kPd, [this](const pdpb::GetRegionRequest& request) -> Reply {
    auto response = with_header<pdpb::GetRegionResponse>();
    for (const Region& region : pd_regions())
      if (contains(region, request.region_key())) fill_region(&response, region);
    return response;
  });
  net.on(kGetPrevRegion, kPd, [this](const pdpb::GetRegionRequest& request) -> Reply {
    auto response = with_header<pdpb::GetRegionResponse>();
    const std::vector<Region>& regions = pd_regions();
    for (std::size_t i = 1; i < regions.size(); ++i)
      if (contains(regions[i], request.region_key())) fill_region(&response, regions[i - 1]);
    return response;
  });
  net.on<pdpb::GetRegionByIDRequest>(kPd, [this](const pdpb::GetRegionByIDRequest& request) -> Reply {
    auto response = with_header<pdpb::GetRegionResponse>();
    for (const Region& region : pd_regions())
      if (region.id == request.region_id()) fill_region(&response, region);
    return response;
  });
  net.on<pdpb::ScanRegionsRequest>(kPd, [this](const pdpb::ScanRegionsRequest& request) -> Reply {
    auto response = with_header<pdpb::ScanRegionsResponse>();
    for (const Region& region : pd_regions()) {
      const bool in = (region.end.empty() || region.end > request.start_key()) &&
                      (request.end_key().empty() || region.start < request.end_key());
      if (in && (request.limit() <= 0 || response.regions_size() < request.limit()))
        fill_region(response.add_regions(), region);
    }
    return response;
  });
  net.on<pdpb::BatchScanRegionsRequest>(kPd, [this](const pdpb::BatchScanRegionsRequest& request) -> Reply {
    auto response = with_header<pdpb::BatchScanRegionsResponse>();
    for (const Region& region : pd_regions()) {
      const bool in = std::any_of(request.ranges().begin(), request.ranges().end(), [&](const auto& range) {
        return (region.end.empty() || region.end > range.start_key()) &&
               (range.end_key().empty() || region.start < range.end_key());
      });
      if (in && (request.limit() <= 0 || response.regions_size() < request.limit()))
        fill_region(response.add_regions(), region);
    }
    return response;
  });
  net.on<pdpb::GetStoreRequest>(kPd, [this](const pdpb::GetStoreRequest& request) -> Reply {
    auto response = with_header<pdpb::GetStoreResponse>();
    response.mutable_store()->set_id(request.store_id());
    if (addresses.contains(request.store_id())) {
      response.mutable_store()->set_address(addresses[request.store_id()]);
    } else {
      response.mutable_store()->set_state(metapb::Tombstone);
    }
    return response;
  });
}

template <class Request, class Keys, class Work>
void FakeRegions::serve(std::uint64_t store, Keys keys, Work work) {
  net.on<Request>(store_address(store), [this, store, keys, work](const Request& request) -> Reply {
    ResponseOf<Request> response;
    if (std::optional<errorpb::Error> error = check(request.context(), store, keys(request))) {
      *response.mutable_region_error() = std::move(*error);
      return response;
    }
    work(request, response);
    if (!errors_after.empty()) {
      response.Clear();
      *response.mutable_region_error() = std::move(errors_after.front());
      errors_after.pop_front();
    }
    return response;
  });
}

std::optional<errorpb::Error> FakeRegions::check(const kvrpcpb::Context& context, std::uint64_t store,
                                                 const std::vector<std::string>& keys) {
  errorpb::Error error;
  if (!errors.empty()) {
    error = std::move(errors.front());
    errors.pop_front();
    return error;
  }
  if (context.peer().store_id() != store) {
    error.mutable_store_not_match()->set_actual_store_id(store);
    return error;
  }
  const auto region =
      std::find_if(regions_.begin(), regions_.end(), [&](const Region& r) { return r.id == context.region_id(); });
  if (region == regions_.end() || std::count(region->stores.begin(), region->stores.end(), store) == 0) {
    error.mutable_region_not_found()->set_region_id(context.region_id());
    return error;
  }
  if (region->leader_store != store) {
    error.mutable_not_leader()->set_region_id(region->id);
    if (region->leader_store != 0)
      fill_peer(error.mutable_not_leader()->mutable_leader(), *region, region->leader_store);
    return error;
  }
  if (context.region_epoch().version() != region->version || context.region_epoch().conf_ver() != region->conf) {
    // As TiKV: the region and what was split off it, to its right.
    fill(error.mutable_epoch_not_match()->add_current_regions(), *region);
    if (std::next(region) != regions_.end())
      fill(error.mutable_epoch_not_match()->add_current_regions(), *std::next(region));
    return error;
  }
  for (const std::string& key : keys) {
    if (contains(*region, key)) continue;
    error.mutable_key_not_in_region()->set_key(key);
    return error;
  }
  return std::nullopt;
}

Region& FakeRegions::at(const std::string& key) {
  for (Region& region : regions_)
    if (contains(region, key)) return region;
  std::abort();  // the regions cover everything
}

Region& FakeRegions::by_id(std::uint64_t id) {
  for (Region& region : regions_)
    if (region.id == id) return region;
  std::abort();
}

Region& FakeRegions::split(const std::string& key) {
  const auto left = std::find_if(regions_.begin(), regions_.end(), [&](const Region& r) { return contains(r, key); });
  ++left->version;
  Region right = *left;
  right.id = next_id_++;
  right.start = key;
  left->end = key;
  return *regions_.insert(std::next(left), std::move(right));
}

void FakeRegions::merge(const std::string& key) {
  const auto left = std::find_if(regions_.begin(), regions_.end(), [&](const Region& r) { return contains(r, key); });
  const auto right = std::next(left);
  left->version = std::max(left->version, right->version) + 1;
  left->end = right->end;
  regions_.erase(right);
}

}  // namespace tikv::testing
