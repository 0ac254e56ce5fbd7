#include "pd/region_convert.h"

#include <gtest/gtest.h>

namespace tikv::pd {
namespace {

namespace pdpb = proto::pdpb;
namespace metapb = proto::metapb;

metapb::Region sample_region() {
  metapb::Region region;
  region.set_id(4);
  region.set_start_key("a");
  region.set_end_key("b");
  region.mutable_region_epoch()->set_version(5);
  region.mutable_region_epoch()->set_conf_ver(6);
  for (std::uint64_t i = 1; i <= 3; ++i) {
    metapb::Peer& peer = *region.add_peers();
    peer.set_id(40 + i);
    peer.set_store_id(i);
  }
  region.mutable_peers(1)->set_role(metapb::Learner);
  region.mutable_peers(2)->set_is_witness(true);
  return region;
}

RegionInfo sample_info() {
  RegionInfo info;
  info.id = 4;
  info.start_key = "a";
  info.end_key = "b";
  info.epoch_version = 5;
  info.epoch_conf_version = 6;
  info.peers = {{.id = 41, .store_id = 1},
                {.id = 42, .store_id = 2, .learner = true},
                {.id = 43, .store_id = 3, .witness = true}};
  info.leader_peer_id = 41;
  return info;
}

TEST(RegionConvertTest, CarriesEverything) {
  pdpb::GetRegionResponse response;
  EXPECT_EQ(region_of(response), std::nullopt);
  *response.mutable_region() = sample_region();
  *response.mutable_leader() = response.region().peers(0);
  *response.add_down_peers()->mutable_peer() = response.region().peers(1);
  *response.add_pending_peers() = response.region().peers(2);
  RegionInfo expected = sample_info();
  expected.down_peers = {expected.peers[1]};
  expected.pending_peers = {expected.peers[2]};
  EXPECT_EQ(region_of(response), expected);
}

TEST(RegionConvertTest, ReadsBothFormsOfAScan) {
  pdpb::ScanRegionsResponse old;
  *old.add_region_metas() = sample_region();
  *old.add_region_metas() = sample_region();
  *old.add_leaders() = old.region_metas(0).peers(0);
  RegionInfo without_leader = sample_info();
  without_leader.leader_peer_id = 0;
  EXPECT_EQ(regions_of(old), (std::vector<RegionInfo>{sample_info(), without_leader}));

  pdpb::ScanRegionsResponse now = old;
  pdpb::Region& region = *now.add_regions();
  *region.mutable_region() = sample_region();
  *region.mutable_leader() = sample_region().peers(0);
  EXPECT_EQ(regions_of(now), (std::vector<RegionInfo>{sample_info()}));

  pdpb::BatchScanRegionsResponse batch;
  *batch.add_regions() = region;
  EXPECT_EQ(regions_of(batch), (std::vector<RegionInfo>{sample_info()}));
}

TEST(StoreConvertTest, CarriesEverything) {
  metapb::Store store;
  store.set_id(9);
  store.set_address("s:1");
  store.set_peer_address("s:2");
  store.set_status_address("s:3");
  store.set_version("8.5.0");
  store.set_start_timestamp(1234);
  store.set_node_state(metapb::Serving);
  metapb::StoreLabel& label = *store.add_labels();
  label.set_key("zone");
  label.set_value("z1");
  const StoreInfo info = store_of(store);
  EXPECT_EQ(info.id, 9u);
  EXPECT_EQ(info.address, "s:1");
  EXPECT_EQ(info.peer_address, "s:2");
  EXPECT_EQ(info.status_address, "s:3");
  EXPECT_EQ(info.version, "8.5.0");
  EXPECT_EQ(info.start_seconds, 1234);
  EXPECT_EQ(info.state, StoreState::kUp);
  EXPECT_EQ(info.label("zone"), "z1");
  EXPECT_EQ(info.label("host"), "");
}

TEST(StoreConvertTest, OldAndNewStatesAgree) {
  metapb::Store store;
  EXPECT_EQ(store_of(store).state, StoreState::kUp);
  store.set_state(metapb::Offline);
  EXPECT_EQ(store_of(store).state, StoreState::kOffline);
  store.set_state(metapb::Tombstone);
  EXPECT_EQ(store_of(store).state, StoreState::kTombstone);
  store.set_state(metapb::Up);
  store.set_node_state(metapb::Removing);
  EXPECT_EQ(store_of(store).state, StoreState::kOffline);
  store.set_node_state(metapb::Removed);
  EXPECT_EQ(store_of(store).state, StoreState::kTombstone);
}

}  // namespace
}  // namespace tikv::pd
