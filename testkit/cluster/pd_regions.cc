#include <utility>
#include <vector>

#include "testkit/cluster/pd_service.h"

namespace tikv::testing::cluster {

using namespace proto::pdpb;

namespace {

/// Fills a response or region of PD's with a region as it is.
template <class Out>
void describe(const RegionState& region, Out& out) {
  *out.mutable_region() = region.meta;
  if (const auto* leader = region.leader_peer()) *out.mutable_leader() = *leader;
}

/// Whether the ranges are in order and apart; if not, why.
bool ordered(const BatchScanRegionsRequest& request, std::string& why) {
  for (int i = 0; i < request.ranges_size(); ++i) {
    const auto& range = request.ranges(i);
    if (i > 0 && range.start_key() < request.ranges(i - 1).end_key()) {
      why = "invalid key range, ranges overlapped";
      return false;
    }
    if (!range.end_key().empty() && range.start_key() > range.end_key()) {
      why = "invalid key range, start key > end key";
      return false;
    }
  }
  return true;
}

}  // namespace

void PdService::add_region_methods() {
  add("/pdpb.PD/GetRegion", Role::kFollower, &PdService::get_region);
  add("/pdpb.PD/GetPrevRegion", Role::kFollower, &PdService::get_prev_region);
  add("/pdpb.PD/GetRegionByID", Role::kFollower, &PdService::get_region_by_id);
  add("/pdpb.PD/ScanRegions", Role::kFollower, &PdService::scan_regions);
  add("/pdpb.PD/BatchScanRegions", Role::kFollower, &PdService::batch_scan_regions);
  add("/pdpb.PD/ScatterRegion", Role::kLeader, &PdService::scatter_region);
  add("/pdpb.PD/GetOperator", Role::kLeader, &PdService::get_operator);
  add("/pdpb.PD/SplitRegions", Role::kLeader, &PdService::split_regions);
  add("/pdpb.PD/SplitAndScatterRegions", Role::kLeader, &PdService::split_and_scatter);
}

void PdService::get_region(const GetRegionRequest& request, GetRegionResponse& response) {
  describe(known().at(request.region_key()), response);
}

void PdService::get_prev_region(const GetRegionRequest& request, GetRegionResponse& response) {
  if (const RegionState* region = known().before(request.region_key())) describe(*region, response);
}

void PdService::get_region_by_id(const GetRegionByIDRequest& request, GetRegionResponse& response) {
  if (const RegionState* region = known().find(request.region_id())) describe(*region, response);
}

void PdService::scan_regions(const ScanRegionsRequest& request, ScanRegionsResponse& response) {
  const auto limit = static_cast<std::size_t>(std::max(0, request.limit()));
  for (const RegionState* region : known().scan(request.start_key(), request.end_key(), limit)) {
    describe(*region, *response.add_regions());
    *response.add_region_metas() = region->meta;
    auto& leader = *response.add_leaders();
    if (const auto* peer = region->leader_peer()) leader = *peer;
  }
}

void PdService::batch_scan_regions(const BatchScanRegionsRequest& request, BatchScanRegionsResponse& response) {
  std::string why;
  if (!ordered(request, why)) return set_pd_error(response, UNKNOWN, std::move(why));
  std::uint64_t last = 0;
  for (const KeyRange& range : request.ranges()) {
    for (const RegionState* region : known().scan(range.start_key(), range.end_key(), 0)) {
      if (region->meta.id() == last) continue;  // it met the range before as well
      if (request.limit() > 0 && response.regions_size() >= request.limit()) return;
      last = region->meta.id();
      describe(*region, *response.add_regions());
    }
  }
}

void PdService::query_region(std::uint64_t member_id, const std::string& bytes, ReplyFn reply) {
  auto work = [this, bytes]() -> RpcReply {
    QueryRegionRequest request;
    if (!request.ParseFromString(bytes)) return RpcReply::failed(RpcCode::kInternal, "not a QueryRegionRequest");
    if (request.header().cluster_id() != parts_.pd.cluster_id) return mismatch(request.header().cluster_id());
    auto response = std::make_unique<QueryRegionResponse>();
    response->mutable_header()->set_cluster_id(parts_.pd.cluster_id);
    query_regions(request, *response);
    return RpcReply::of(std::move(response));
  };
  serve(member_id, "QueryRegion", std::move(work), std::move(reply));
}

void PdService::query_regions(const QueryRegionRequest& request, QueryRegionResponse& response) {
  const auto put = [&response](const RegionState* region) -> std::uint64_t {
    if (region == nullptr) return 0;
    describe(*region, (*response.mutable_regions_by_id())[region->meta.id()]);
    return region->meta.id();
  };
  for (const std::string& key : request.keys()) response.add_key_id_map(put(&known().at(key)));
  for (const std::string& key : request.prev_keys()) response.add_prev_key_id_map(put(known().before(key)));
  for (const std::uint64_t id : request.ids()) put(known().find(id));
}

void PdService::scatter_region(const ScatterRegionRequest&, ScatterRegionResponse& response) {
  // Every region is where it should be.
  response.set_finished_percentage(100);
}

void PdService::get_operator(const GetOperatorRequest& request, GetOperatorResponse& response) {
  response.set_region_id(request.region_id());
  response.set_desc("scatter-region");
  response.set_status(SUCCESS);
  response.set_kind("region");
}

std::vector<std::uint64_t> PdService::split_at(const google::protobuf::RepeatedPtrField<std::string>& keys) {
  std::vector<std::uint64_t> added;
  for (const std::string& key : keys) {
    const RegionState& region = parts_.topology.at(key);
    if (region.meta.start_key() == key) continue;
    const auto parts = parts_.topology.split(region.meta.id(), {key});
    if (parts) added.push_back(parts->front());
  }
  return added;
}

void PdService::split_regions(const SplitRegionsRequest& request, SplitRegionsResponse& response) {
  for (const std::uint64_t id : split_at(request.split_keys())) response.add_regions_id(id);
  response.set_finished_percentage(100);
}

void PdService::split_and_scatter(const SplitAndScatterRegionsRequest& request,
                                  SplitAndScatterRegionsResponse& response) {
  for (const std::uint64_t id : split_at(request.split_keys())) response.add_regions_id(id);
  response.set_split_finished_percentage(100);
  response.set_scatter_finished_percentage(100);
}

}  // namespace tikv::testing::cluster
