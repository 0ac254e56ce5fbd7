#include "admin/cluster_info.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "base/codec.h"

namespace tikv::admin {
namespace {

pd::RegionInfo region(std::string start, std::string end) {
  pd::RegionInfo info;
  info.id = 7;
  info.start_key = std::move(start);
  info.end_key = std::move(end);
  info.epoch_version = 3;
  info.epoch_conf_version = 4;
  info.peers = {{71, 1}, {72, 2, true}, {73, 3, false, true}};
  info.leader_peer_id = 71;
  info.down_peers = {{73, 3, false, true}};
  info.pending_peers = {{72, 2, true}};
  return info;
}

TEST(ClusterInfo, RawRangesStayAsTheyAre) {
  EXPECT_EQ(pd_range(KeyRange("a", "b"), KeyMode::kRaw), KeyRange("a", "b"));
  EXPECT_EQ(region_info(region("a", "b"), KeyMode::kRaw).range, KeyRange("a", "b"));
}

TEST(ClusterInfo, TransactionalRangesAreEncodedAndBordersDecoded) {
  const KeyRange encoded = pd_range(KeyRange("a", "user/0123456789"), KeyMode::kTransactional);
  EXPECT_EQ(encoded, KeyRange(base::encode_bytes("a"), base::encode_bytes("user/0123456789")));
  EXPECT_EQ(region_info(region(encoded.start, encoded.end), KeyMode::kTransactional).range,
            KeyRange("a", "user/0123456789"));
}

TEST(ClusterInfo, OpenBordersStayOpen) {
  EXPECT_EQ(pd_range(KeyRange::all(), KeyMode::kTransactional), KeyRange::all());
  EXPECT_EQ(region_info(region("", ""), KeyMode::kTransactional).range, KeyRange::all());
}

TEST(ClusterInfo, ARegionBelowAllTransactionalKeysIsEmptyNotOpen) {
  // A raw key's region may end below the form of the empty key, the first there is.
  const RegionInfo info = region_info(region("", std::string(1, '\0')), KeyMode::kTransactional);
  EXPECT_TRUE(info.range.empty());
  EXPECT_FALSE(info.range.contains(""));
}

TEST(ClusterInfo, PeersKeepTheirRoles) {
  const RegionInfo info = region_info(region("", ""), KeyMode::kRaw);
  EXPECT_EQ(info.id, 7u);
  EXPECT_EQ(info.epoch_version, 3u);
  EXPECT_EQ(info.epoch_conf_version, 4u);
  EXPECT_EQ(info.peers, (std::vector<Peer>{{71, 1}, {72, 2, true}, {73, 3, false, true}}));
  EXPECT_EQ(info.leader, (Peer{71, 1}));
  EXPECT_EQ(info.down_peers, (std::vector<Peer>{{73, 3, false, true}}));
  EXPECT_EQ(info.pending_peers, (std::vector<Peer>{{72, 2, true}}));
}

TEST(ClusterInfo, NoLeaderIsNoPeer) {
  pd::RegionInfo without = region("", "");
  without.leader_peer_id = 0;
  EXPECT_EQ(region_info(without, KeyMode::kRaw).leader, std::nullopt);
}

TEST(ClusterInfo, StoresKeepWhatPdTells) {
  pd::StoreInfo store;
  store.id = 4;
  store.address = "tikv4:20160";
  store.status_address = "tikv4:20180";
  store.version = "8.5.0";
  store.state = pd::StoreState::kOffline;
  store.labels = {{"zone", "z1"}};
  store.start_seconds = 1'700'000'000;
  const StoreInfo info = store_info(store);
  EXPECT_EQ(info.id, 4u);
  EXPECT_EQ(info.address, "tikv4:20160");
  EXPECT_EQ(info.status_address, "tikv4:20180");
  EXPECT_EQ(info.version, "8.5.0");
  EXPECT_EQ(info.state, StoreState::kOffline);
  EXPECT_EQ(info.labels, store.labels);
  EXPECT_EQ(info.started.time_since_epoch(), std::chrono::seconds(1'700'000'000));
}

}  // namespace
}  // namespace tikv::admin
