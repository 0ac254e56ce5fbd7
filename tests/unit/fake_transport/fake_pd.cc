#include "fake_transport/fake_pd.h"

#include <utility>

#include "proto/pd_methods.h"

namespace tikv::testing {

namespace pdpb = proto::pdpb;
namespace metapb = proto::metapb;

FakePd::FakePd(FakeTransport& transport, std::vector<std::string> addresses)
    : members(std::move(addresses)), leader(members.front()), transport_(transport) {
  for (const std::string& address : members) {
    serve_members(address);
    serve_regions(address);
    serve_stores(address);
    serve_timestamps(address);
  }
}

pdpb::Region& FakePd::add_region(std::uint64_t id, std::string start, std::string end) {
  pdpb::Region& entry = regions[start];
  metapb::Region& region = *entry.mutable_region();
  region.set_id(id);
  region.set_start_key(std::move(start));
  region.set_end_key(std::move(end));
  region.mutable_region_epoch()->set_version(1);
  region.mutable_region_epoch()->set_conf_ver(1);
  for (std::uint64_t store = 1; store <= 3; ++store) {
    metapb::Peer& peer = *region.add_peers();
    peer.set_id(id * 10 + store);
    peer.set_store_id(store);
  }
  *entry.mutable_leader() = region.peers(0);
  return entry;
}

metapb::Store& FakePd::add_store(std::uint64_t id) {
  metapb::Store& store = stores[id];
  store.set_id(id);
  store.set_address("store" + std::to_string(id) + ":20160");
  store.set_node_state(metapb::Serving);
  return store;
}

pdpb::GetMembersResponse FakePd::members_response() const {
  pdpb::GetMembersResponse response;
  response.mutable_header()->set_cluster_id(cluster_id);
  for (std::size_t i = 0; i < members.size(); ++i) {
    pdpb::Member& member = *response.add_members();
    member.set_member_id(i + 1);
    member.add_client_urls("http://" + members[i]);
    if (members[i] == leader) *response.mutable_leader() = member;
  }
  return response;
}

pdpb::TsoResponse FakePd::next_timestamps(std::uint32_t count) {
  pdpb::TsoResponse response;
  response.mutable_header()->set_cluster_id(cluster_id);
  response.set_count(count);
  const std::int64_t step = std::int64_t{1} << suffix_bits;
  response.mutable_timestamp()->set_physical(physical_ms);
  response.mutable_timestamp()->set_logical(logical + step * (static_cast<std::int64_t>(count) - 1));
  response.mutable_timestamp()->set_suffix_bits(suffix_bits);
  logical += step * static_cast<std::int64_t>(count);
  return response;
}

template <class Request, class Response>
void FakePd::serve(const proto::Rpc<Request, Response>& rpc, const std::string& address,
                   std::function<void(const Request&, Response&)> fill) {
  transport_.on(rpc, address, [this, address, fill = std::move(fill)](const Request& request) -> Reply {
    if (leader != address) return Reply::status(net::StatusCode::kUnavailable, "not leader");
    if (request.header().cluster_id() != cluster_id) {
      return Reply::status(net::StatusCode::kFailedPrecondition, "mismatch cluster id");
    }
    Response response;
    response.mutable_header()->set_cluster_id(cluster_id);
    fill(request, response);
    return response;
  });
}

template <class Request>
void FakePd::serve(const std::string& address, std::function<void(const Request&, proto::ResponseOf<Request>&)> fill) {
  serve(proto::Rpc<Request, proto::ResponseOf<Request>>{proto::MethodOf<Request>::method}, address, std::move(fill));
}

void FakePd::serve_members(const std::string& address) {
  transport_.on<pdpb::GetMembersRequest>(
      address, [this](const pdpb::GetMembersRequest&) -> Reply { return members_response(); });
}

const pdpb::Region* FakePd::region_of(const std::string& key) const {
  auto it = regions.upper_bound(key);
  if (it == regions.begin()) return nullptr;
  const pdpb::Region& region = std::prev(it)->second;
  const std::string& end = region.region().end_key();
  return end.empty() || key < end ? &region : nullptr;
}

std::vector<const pdpb::Region*> FakePd::scan(const std::string& start, const std::string& end,
                                              std::int32_t limit) const {
  std::vector<const pdpb::Region*> found;
  for (const auto& [key, region] : regions) {
    const std::string& region_end = region.region().end_key();
    const bool before = !region_end.empty() && region_end <= start;
    const bool after = !end.empty() && key >= end;
    if (!before && !after) found.push_back(&region);
    if (limit > 0 && found.size() == static_cast<std::size_t>(limit)) break;
  }
  return found;
}

namespace {

void fill_region(const pdpb::Region* region, pdpb::GetRegionResponse& response) {
  if (region == nullptr) return;
  *response.mutable_region() = region->region();
  *response.mutable_leader() = region->leader();
  *response.mutable_down_peers() = region->down_peers();
  *response.mutable_pending_peers() = region->pending_peers();
}

}  // namespace

void FakePd::serve_regions(const std::string& address) {
  serve<pdpb::GetRegionRequest>(address,
                                [this](const pdpb::GetRegionRequest& request, pdpb::GetRegionResponse& response) {
                                  fill_region(region_of(request.region_key()), response);
                                });
  const std::function<void(const pdpb::GetRegionRequest&, pdpb::GetRegionResponse&)> previous =
      [this](const pdpb::GetRegionRequest& request, pdpb::GetRegionResponse& response) {
        const pdpb::Region* here = region_of(request.region_key());
        if (here == nullptr) return;
        const auto it = regions.find(here->region().start_key());
        if (it != regions.begin()) fill_region(&std::prev(it)->second, response);
      };
  serve(proto::kGetPrevRegion, address, previous);
  serve<pdpb::GetRegionByIDRequest>(
      address, [this](const pdpb::GetRegionByIDRequest& request, pdpb::GetRegionResponse& response) {
        for (const auto& [key, region] : regions)
          if (region.region().id() == request.region_id()) fill_region(&region, response);
      });
  serve<pdpb::ScanRegionsRequest>(
      address, [this](const pdpb::ScanRegionsRequest& request, pdpb::ScanRegionsResponse& response) {
        for (const pdpb::Region* region : scan(request.start_key(), request.end_key(), request.limit())) {
          *response.add_regions() = *region;
          *response.add_region_metas() = region->region();
          *response.add_leaders() = region->leader();
        }
      });
  serve<pdpb::BatchScanRegionsRequest>(
      address, [this](const pdpb::BatchScanRegionsRequest& request, pdpb::BatchScanRegionsResponse& response) {
        std::uint64_t last = 0;
        for (const pdpb::KeyRange& range : request.ranges()) {
          for (const pdpb::Region* region : scan(range.start_key(), range.end_key(), 0)) {
            if (region->region().id() == last) continue;
            if (request.limit() > 0 && response.regions_size() == request.limit()) return;
            *response.add_regions() = *region;
            last = region->region().id();
          }
        }
      });
}

void FakePd::serve_stores(const std::string& address) {
  serve<pdpb::GetStoreRequest>(address, [this](const pdpb::GetStoreRequest& request, pdpb::GetStoreResponse& response) {
    const auto it = stores.find(request.store_id());
    if (it != stores.end()) {
      *response.mutable_store() = it->second;
      return;
    }
    response.mutable_header()->mutable_error()->set_type(pdpb::UNKNOWN);
    response.mutable_header()->mutable_error()->set_message("invalid store ID, not found");
  });
  serve<pdpb::GetAllStoresRequest>(
      address, [this](const pdpb::GetAllStoresRequest& request, pdpb::GetAllStoresResponse& response) {
        for (const auto& [id, store] : stores) {
          const bool removed = store.node_state() == metapb::Removed || store.state() == metapb::Tombstone;
          if (!removed || !request.exclude_tombstone_stores()) *response.add_stores() = store;
        }
      });
}

void FakePd::serve_timestamps(const std::string& address) {
  transport_.on_stream<pdpb::TsoRequest>(address, [this, address](const pdpb::TsoRequest& request, StreamPeer& peer) {
    if (leader != address) return peer.end(status_of(net::StatusCode::kUnknown, "not leader"));
    if (request.header().cluster_id() != cluster_id) {
      return peer.end(status_of(net::StatusCode::kFailedPrecondition, "mismatch cluster id"));
    }
    tso_counts.push_back(request.count());
    peer.send(next_timestamps(request.count()), tso_delay);
  });
}

}  // namespace tikv::testing
