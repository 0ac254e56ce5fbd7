#include "raw/raw_cluster.h"

#include <tikv/proto/kvrpcpb.pb.h>
#include <tikv/proto/pdpb.pb.h>

#include "proto/pd_methods.h"
#include "proto/tikv_methods.h"

namespace tikv::testing {
namespace {

namespace pdpb = proto::pdpb;
namespace kv = proto::kvrpcpb;

constexpr std::uint64_t kClusterId = 7001;
const char* const kStoreAddresses[] = {"", "store1:20160", "store2:20160"};

store::KvStoreOptions with_ttl() {
  store::KvStoreOptions options;
  options.api = store::StorageApi::kV1Ttl;
  return options;
}

template <class Response>
Response with_header() {
  Response response;
  response.mutable_header()->set_cluster_id(kClusterId);
  return response;
}

proto::metapb::Peer peer_on(const proto::metapb::Region& region, std::uint64_t store) {
  for (const auto& peer : region.peers()) {
    if (peer.store_id() == store) return peer;
  }
  return {};
}

bool meets(const proto::metapb::Region& region, const std::string& start, const std::string& end) {
  return (region.end_key().empty() || start < region.end_key()) && (end.empty() || region.start_key() < end);
}

}  // namespace

std::uint64_t RawCluster::Clock::unix_seconds() {
  return 1'700'000'000 + static_cast<std::uint64_t>(
                             std::chrono::duration_cast<std::chrono::seconds>(loop.now().time_since_epoch()).count());
}

RawCluster::RawCluster(runtime::Loop& loop) : net(loop), clock_(loop), keys_(with_ttl(), clock_) {
  Region all;
  all.meta.set_id(1);
  all.meta.mutable_region_epoch()->set_version(1);
  all.meta.mutable_region_epoch()->set_conf_ver(1);
  for (std::uint64_t store : {1, 2}) {
    auto& peer = *all.meta.add_peers();
    peer.set_id(10 + store);
    peer.set_store_id(store);
    stores_.emplace(kStoreAddresses[store], Regions(*this, store));
    addresses_.emplace(store, kStoreAddresses[store]);
  }
  regions_.emplace("", all);
  serve_pd();
  serve<kv::RawGetRequest>();
  serve<kv::RawBatchGetRequest>();
  serve<kv::RawPutRequest>();
  serve<kv::RawBatchPutRequest>();
  serve<kv::RawDeleteRequest>();
  serve<kv::RawBatchDeleteRequest>();
  serve<kv::RawDeleteRangeRequest>();
  serve<kv::RawScanRequest>();
  serve<kv::RawGetKeyTTLRequest>();
  serve<kv::RawCASRequest>();
  serve<kv::RawChecksumRequest>();
}

template <class Request>
void RawCluster::serve() {
  for (auto& [address, regions] : stores_) {
    net.on<Request>(address, [this, &regions](const Request& request) -> Reply {
      return Reply(store::answer(keys_, regions, request));
    });
  }
}

RawCluster::Region& RawCluster::at(const std::string& key) { return std::prev(regions_.upper_bound(key))->second; }

void RawCluster::split(const std::string& key) {
  Region& left = at(key);
  if (left.meta.start_key() == key) return;
  Region right = left;
  left.meta.set_end_key(key);
  left.meta.mutable_region_epoch()->set_version(left.meta.region_epoch().version() + 1);
  right.meta.set_start_key(key);
  right.meta.set_id(next_id_++);
  *right.meta.mutable_region_epoch() = left.meta.region_epoch();
  for (auto& peer : *right.meta.mutable_peers()) peer.set_id(next_id_++);
  right.leader_store = left.leader_store;
  regions_.emplace(key, right);
}

void RawCluster::move_leader(const std::string& key) {
  Region& region = at(key);
  region.leader_store = 3 - region.leader_store;
}

void RawCluster::swap_addresses() {
  std::swap(addresses_.at(1), addresses_.at(2));
  for (const auto& [store, address] : addresses_) stores_.at(address).store = store;
}

void RawCluster::leave_regions(std::uint64_t store, std::uint64_t successor) {
  for (auto& [start, region] : regions_) {
    auto& peers = *region.meta.mutable_peers();
    for (int i = peers.size() - 1; i >= 0; --i) {
      if (peers[i].store_id() == store) peers.DeleteSubrange(i, 1);
    }
    region.meta.mutable_region_epoch()->set_conf_ver(region.meta.region_epoch().conf_ver() + 1);
    if (region.leader_store == store) region.leader_store = successor;
  }
}

void RawCluster::retire(std::uint64_t store) {
  net.cut(addresses_.at(store));
  addresses_.erase(store);
  leave_regions(store, 3 - store);
}

std::uint64_t RawCluster::replace(std::uint64_t store) {
  const std::uint64_t fresh = next_id_++;
  const std::string address = addresses_.at(store);
  addresses_.erase(store);
  addresses_.emplace(fresh, address);
  stores_.at(address).store = fresh;
  for (auto& [start, region] : regions_) {
    auto& peer = *region.meta.add_peers();
    peer.set_id(next_id_++);
    peer.set_store_id(fresh);
  }
  leave_regions(store, fresh);
  return fresh;
}

std::optional<store::RegionView> RawCluster::Regions::find_region(std::uint64_t region_id) const {
  for (const auto& [start, region] : cluster.regions_) {
    if (region.meta.id() != region_id) continue;
    store::RegionView view;
    view.region = region.meta;
    view.peer = peer_on(region.meta, store);
    view.leader = peer_on(region.meta, region.leader_store);
    return view;
  }
  return std::nullopt;
}

std::optional<std::string> RawCluster::stored(const std::string& key) {
  const Region& region = at(key);
  kv::RawGetRequest request;
  request.set_key(key);
  request.mutable_context()->set_region_id(region.meta.id());
  *request.mutable_context()->mutable_region_epoch() = region.meta.region_epoch();
  *request.mutable_context()->mutable_peer() = peer_on(region.meta, region.leader_store);
  const auto response = store::answer(keys_, stores_.at(addresses_.at(region.leader_store)), request);
  if (response.not_found()) return std::nullopt;
  return response.value();
}

void RawCluster::serve_pd() {
  net.on<pdpb::GetMembersRequest>(kPd, [](const pdpb::GetMembersRequest&) -> Reply {
    auto response = with_header<pdpb::GetMembersResponse>();
    auto& member = *response.add_members();
    member.set_name("pd1");
    member.set_member_id(1);
    member.add_client_urls(std::string("http://") + kPd);
    *response.mutable_leader() = member;
    return response;
  });
  net.on<pdpb::GetStoreRequest>(kPd, [this](const pdpb::GetStoreRequest& request) -> Reply {
    auto response = with_header<pdpb::GetStoreResponse>();
    response.mutable_store()->set_id(request.store_id());
    const auto address = addresses_.find(request.store_id());
    if (address == addresses_.end()) {
      response.mutable_store()->set_state(proto::metapb::Tombstone);
    } else {
      response.mutable_store()->set_address(address->second);
    }
    return response;
  });
  net.on<pdpb::GetRegionRequest>(kPd, [this](const pdpb::GetRegionRequest& request) -> Reply {
    auto response = with_header<pdpb::GetRegionResponse>();
    const Region& region = at(request.region_key());
    *response.mutable_region() = region.meta;
    *response.mutable_leader() = peer_on(region.meta, region.leader_store);
    return response;
  });
  const proto::Rpc<pdpb::GetRegionRequest, pdpb::GetRegionResponse> prev{proto::reads("/pdpb.PD/GetPrevRegion")};
  net.on(prev, kPd, [this](const pdpb::GetRegionRequest& request) -> Reply {
    auto response = with_header<pdpb::GetRegionResponse>();
    auto at_key = std::prev(regions_.upper_bound(request.region_key()));
    if (at_key == regions_.begin()) return response;
    const Region& region = std::prev(at_key)->second;
    *response.mutable_region() = region.meta;
    *response.mutable_leader() = peer_on(region.meta, region.leader_store);
    return response;
  });
  const auto add = [](auto& response, const Region& region) {
    auto& out = *response.add_regions();
    *out.mutable_region() = region.meta;
    *out.mutable_leader() = peer_on(region.meta, region.leader_store);
  };
  net.on<pdpb::ScanRegionsRequest>(kPd, [this, add](const pdpb::ScanRegionsRequest& request) -> Reply {
    auto response = with_header<pdpb::ScanRegionsResponse>();
    for (const auto& [start, region] : regions_) {
      if (request.limit() > 0 && response.regions_size() == request.limit()) break;
      if (meets(region.meta, request.start_key(), request.end_key())) add(response, region);
    }
    return response;
  });
  net.on<pdpb::BatchScanRegionsRequest>(kPd, [this, add](const pdpb::BatchScanRegionsRequest& request) -> Reply {
    auto response = with_header<pdpb::BatchScanRegionsResponse>();
    for (const auto& [start, region] : regions_) {
      if (request.limit() > 0 && response.regions_size() == request.limit()) break;
      for (const auto& range : request.ranges()) {
        if (!meets(region.meta, range.start_key(), range.end_key())) continue;
        add(response, region);
        break;
      }
    }
    return response;
  });
}

}  // namespace tikv::testing
