#include "bare_cluster.h"

#include <algorithm>

#include "base/codec.h"
#include "region/border.h"

namespace tikv::bench {
namespace {

namespace pb = proto;

pb::kvrpcpb::Context context_of(const pd::RegionInfo& info, const pd::Peer& leader, std::uint64_t cluster_id) {
  pb::kvrpcpb::Context context;
  context.set_region_id(info.id);
  context.mutable_region_epoch()->set_conf_ver(info.epoch_conf_version);
  context.mutable_region_epoch()->set_version(info.epoch_version);
  context.mutable_peer()->set_id(leader.id);
  context.mutable_peer()->set_store_id(leader.store_id);
  context.set_max_execution_duration_ms(20'000);
  context.set_request_source("external_tikv");
  context.set_cluster_id(cluster_id);
  return context;
}

}  // namespace

Task<Result<BareCluster>> BareCluster::learn(runtime::Loop& loop, net::Transport& transport, pd::PdOptions options,
                                             bool raw) {
  pd::PdClient pd(loop, transport, std::move(options));
  BareCluster cluster;
  co_await pd.connect().or_return();
  cluster.id_ = pd.cluster_id();
  cluster.pd_leader_ = pd.leader_address();
  KeyRange everything;
  const std::vector<pd::RegionInfo> infos = co_await pd.scan_regions(std::move(everything), 0).or_return();
  for (const pd::RegionInfo& info : infos) {
    const auto leader = std::find_if(info.peers.begin(), info.peers.end(),
                                     [&](const pd::Peer& peer) { return peer.id == info.leader_peer_id; });
    if (leader == info.peers.end()) co_return std::unexpected(Error(ErrorKind::kUnavailable, "a region has no leader"));
    const auto store = co_await pd.get_store(leader->store_id).or_return();
    if (!store) co_return std::unexpected(Error(ErrorKind::kUnavailable, "a leader's store is unknown"));
    Region region;
    region.start_key = raw ? info.start_key : region::first_key_from(info.start_key);
    region.address = store->address;
    region.context = context_of(info, *leader, cluster.id_);
    cluster.regions_.push_back(std::move(region));
  }
  co_await pd.close();
  co_return std::move(cluster);
}

const BareCluster::Region& BareCluster::region_of(std::string_view key) const {
  const auto after = std::upper_bound(regions_.begin(), regions_.end(), key,
                                      [](std::string_view k, const Region& region) { return k < region.start_key; });
  return *std::prev(after);
}

}  // namespace tikv::bench
