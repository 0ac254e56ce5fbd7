#include "testkit/cluster/topology.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tikv::testing::cluster {
namespace {

using ::testing::ElementsAre;

class TopologyTest : public ::testing::Test {
 protected:
  const RegionState& at(std::string_view key) const { return topology_.at(key); }
  std::uint64_t id_at(std::string_view key) const { return at(key).meta.id(); }
  std::uint64_t leader_store(std::string_view key) const {
    const auto* leader = at(key).leader_peer();
    return leader == nullptr ? 0 : leader->store_id();
  }
  std::vector<std::string> starts() const {
    std::vector<std::string> all;
    for (const auto& region : topology_.regions()) all.push_back(region.first);
    return all;
  }
  void split(const std::string& key) { ASSERT_TRUE(topology_.split(id_at(key), {key})); }

  Topology topology_{{1, 2, 3}, 3};
};

TEST_F(TopologyTest, StartsWithOneRegionOfAllKeys) {
  EXPECT_THAT(starts(), ElementsAre(""));
  EXPECT_EQ(at("anything").meta.peers_size(), 3);
  EXPECT_EQ(leader_store(""), 1U);
  EXPECT_EQ(topology_.before("anything"), nullptr);
}

TEST_F(TopologyTest, SplitKeepsTheIdOnTheRightAndRaisesTheVersion) {
  const std::uint64_t old_id = id_at("");
  const std::uint64_t old_version = at("").meta.region_epoch().version();
  split("m");
  EXPECT_THAT(starts(), ElementsAre("", "m"));
  EXPECT_EQ(id_at("m"), old_id);
  EXPECT_NE(id_at("l"), old_id);
  EXPECT_EQ(at("l").meta.end_key(), "m");
  for (const auto* key : {"a", "z"}) {
    EXPECT_EQ(at(key).meta.region_epoch().version(), old_version + 1);
    EXPECT_EQ(leader_store(key), 1U);
  }
  EXPECT_EQ(topology_.before("z")->meta.id(), id_at("a"));
}

TEST_F(TopologyTest, SplitAtSeveralKeysMakesAllParts) {
  const auto parts = topology_.split(id_at(""), {"t", "c", "c", "m"});
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->size(), 4U);
  EXPECT_EQ(parts->back(), id_at("z"));
  EXPECT_THAT(starts(), ElementsAre("", "c", "m", "t"));
  EXPECT_EQ(at("m").meta.region_epoch().version(), 4U);
}

TEST_F(TopologyTest, SplitRefusesKeysOutsideAndIgnoresStarts) {
  split("m");
  EXPECT_FALSE(topology_.split(id_at("a"), {"z"}));
  EXPECT_FALSE(topology_.split(4711, {"z"}));
  const auto nothing = topology_.split(id_at("m"), {"m"});
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->size(), 1U);
  EXPECT_EQ(at("m").meta.region_epoch().version(), 2U);
}

TEST_F(TopologyTest, ScanGivesTheRegionsThatMeetTheRange) {
  for (const auto* key : {"c", "m", "t"}) split(key);
  EXPECT_EQ(topology_.scan("", "", 0).size(), 4U);
  EXPECT_EQ(topology_.scan("d", "m", 0).size(), 1U);
  EXPECT_EQ(topology_.scan("d", "n", 0).size(), 2U);
  EXPECT_EQ(topology_.scan("d", "", 2).size(), 2U);
  EXPECT_EQ(topology_.scan("d", "", 2).front()->meta.start_key(), "c");
}

TEST_F(TopologyTest, MergeTakesInTheRightNeighbour) {
  split("m");
  const std::uint64_t left = id_at("a");
  const std::uint64_t right = id_at("z");
  ASSERT_TRUE(topology_.merge_right(left));
  EXPECT_THAT(starts(), ElementsAre(""));
  EXPECT_EQ(id_at("z"), left);
  EXPECT_EQ(topology_.find(right), nullptr);
  EXPECT_EQ(at("z").meta.region_epoch().version(), 3U);
  EXPECT_FALSE(topology_.merge_right(left));
}

TEST_F(TopologyTest, PeersComeAndGo) {
  Topology topology({1, 2, 3, 4}, 3);
  const std::uint64_t id = topology.at("").meta.id();
  ASSERT_TRUE(topology.add_peer(id, 4));
  EXPECT_FALSE(topology.add_peer(id, 4));
  EXPECT_FALSE(topology.add_peer(id, 5));
  EXPECT_EQ(topology.find(id)->meta.region_epoch().conf_ver(), 2U);
  ASSERT_TRUE(topology.remove_peer(id, 1));
  EXPECT_EQ(topology.find(id)->meta.region_epoch().conf_ver(), 3U);
  EXPECT_EQ(topology.find(id)->peer_on(1), nullptr);
  // It led, so another does now.
  ASSERT_NE(topology.find(id)->leader_peer(), nullptr);
  EXPECT_TRUE(topology.led(*topology.find(id)));
}

TEST_F(TopologyTest, LeaderMovesOnRequest) {
  const std::uint64_t term = at("").term;
  ASSERT_TRUE(topology_.transfer_leader(id_at(""), 3));
  EXPECT_EQ(leader_store(""), 3U);
  EXPECT_EQ(at("").term, term + 1);
  EXPECT_FALSE(topology_.transfer_leader(id_at(""), 9));
}

TEST_F(TopologyTest, ElectionReplacesALostLeader) {
  topology_.set_connected(1, false);
  EXPECT_FALSE(topology_.led(at("")));
  EXPECT_TRUE(topology_.elect(id_at("")));
  EXPECT_NE(leader_store(""), 1U);
  EXPECT_TRUE(topology_.led(at("")));
  EXPECT_FALSE(topology_.elect(id_at("")));
}

TEST_F(TopologyTest, WithoutAMajorityNobodyLeads) {
  topology_.set_connected(2, false);
  topology_.set_connected(3, false);
  EXPECT_FALSE(topology_.view(1, id_at(""), 1)->leads());
  EXPECT_TRUE(topology_.elect(id_at("")));
  EXPECT_EQ(leader_store(""), 0U);
  topology_.set_connected(2, true);
  EXPECT_TRUE(topology_.elect(id_at("")));
  EXPECT_NE(leader_store(""), 0U);
}

TEST_F(TopologyTest, AStoreSeesItsOwnReplica) {
  split("m");
  const auto leader = topology_.view(1, id_at("z"), 2);
  ASSERT_TRUE(leader);
  EXPECT_TRUE(leader->leads());
  EXPECT_TRUE(leader->neighbours.empty());
  const auto follower = topology_.view(2, id_at("z"), 1);
  ASSERT_TRUE(follower);
  EXPECT_FALSE(follower->leads());
  EXPECT_EQ(follower->leader->store_id(), 1U);
  // Whoever asks with the old version learns of the part that was split off.
  ASSERT_EQ(follower->neighbours.size(), 1U);
  EXPECT_EQ(follower->neighbours[0].id(), id_at("a"));
  EXPECT_FALSE(topology_.view(9, id_at("z"), 2));
  EXPECT_FALSE(topology_.view(1, 4711, 2));
}

TEST_F(TopologyTest, ACutOffLeaderDoesNotLead) {
  topology_.set_connected(1, false);
  const auto view = topology_.view(1, id_at(""), 1);
  ASSERT_TRUE(view);
  EXPECT_FALSE(view->leader.has_value());
}

}  // namespace
}  // namespace tikv::testing::cluster
