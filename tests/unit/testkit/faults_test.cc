#include "testkit/cluster/faults.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace tikv::testing::cluster {
namespace {

const ServerId kStore1 = ServerId::store(1);
const ServerId kStore2 = ServerId::store(2);

TEST(FaultScript, HitsTheNextRequestOfTheMethodOnce) {
  FaultScript script;
  const FaultId id = script.add({.method = "KvPrewrite"});
  EXPECT_FALSE(script.meet(kStore1, "KvGet"));
  EXPECT_TRUE(script.meet(kStore1, "KvPrewrite"));
  EXPECT_FALSE(script.meet(kStore1, "KvPrewrite"));
  EXPECT_EQ(script.hits(id), 1U);
}

TEST(FaultScript, KnowsWhoseRequestItHitLast) {
  FaultScript script;
  const FaultId id = script.add({.method = "KvGet", .skip = 1, .times = 2});
  EXPECT_FALSE(script.meet(kStore1, "KvGet"));
  EXPECT_EQ(script.last_hit(id), std::nullopt);
  EXPECT_TRUE(script.meet(kStore1, "KvGet"));
  EXPECT_EQ(script.last_hit(id), kStore1);
  EXPECT_TRUE(script.meet(kStore2, "KvGet"));
  EXPECT_EQ(script.last_hit(id), kStore2);
  EXPECT_EQ(script.last_hit(id + 1), std::nullopt);
}

TEST(FaultScript, SkipsAndRepeats) {
  FaultScript script;
  script.add({.method = "KvGet", .skip = 1, .times = 2});
  EXPECT_FALSE(script.meet(kStore1, "KvGet"));
  EXPECT_TRUE(script.meet(kStore1, "KvGet"));
  EXPECT_TRUE(script.meet(kStore1, "KvGet"));
  EXPECT_FALSE(script.meet(kStore1, "KvGet"));
}

TEST(FaultScript, ZeroTimesHoldsUntilRemoved) {
  FaultScript script;
  const FaultId id = script.add({.method = "KvGet", .times = 0});
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(script.meet(kStore1, "KvGet"));
  script.remove(id);
  EXPECT_FALSE(script.meet(kStore1, "KvGet"));
  EXPECT_TRUE(script.empty());
}

TEST(FaultScript, CanMeanOneServerOrAnyMethod) {
  FaultScript script;
  script.add({.method = "", .server = 2, .times = 0});
  EXPECT_FALSE(script.meet(kStore1, "KvGet"));
  EXPECT_TRUE(script.meet(kStore2, "KvGet"));
  EXPECT_TRUE(script.meet(kStore2, "RawPut"));
}

TEST(FaultScript, TheFirstRuleInTurnDecides) {
  FaultScript script;
  script.add({.method = "KvGet", .kind = FaultKind::kDropReply, .skip = 1});
  script.add({.method = "KvGet", .kind = FaultKind::kStatus, .times = 0});
  EXPECT_EQ(script.meet(kStore1, "KvGet")->fault.kind, FaultKind::kStatus);
  EXPECT_EQ(script.meet(kStore1, "KvGet")->fault.kind, FaultKind::kDropReply);
  EXPECT_EQ(script.meet(kStore1, "KvGet")->fault.kind, FaultKind::kStatus);
}

TEST(RegionErrors, AreFilledInFromTheCluster) {
  const Topology topology({1, 2, 3}, 3);
  const RegionState& region = topology.at("");
  const auto make = [&](Fault fault) { return make_region_error(fault, topology, region.meta.id(), 2); };

  const auto not_leader = make({.region_error = RegionErrorKind::kNotLeader});
  EXPECT_EQ(not_leader.not_leader().leader().store_id(), 1U);
  EXPECT_FALSE(make({.region_error = RegionErrorKind::kNotLeader, .hide_leader = true}).not_leader().has_leader());
  const auto epoch = make({.region_error = RegionErrorKind::kEpochNotMatch});
  ASSERT_EQ(epoch.epoch_not_match().current_regions_size(), 1);
  EXPECT_EQ(epoch.epoch_not_match().current_regions(0).id(), region.meta.id());
  const auto busy = make({.delay = std::chrono::milliseconds(70), .region_error = RegionErrorKind::kServerIsBusy});
  EXPECT_EQ(busy.server_is_busy().backoff_ms(), 70U);
}

TEST(RegionErrors, EveryKindSetsAFieldOfItsOwn) {
  const Topology topology({1}, 1);
  const auto last = static_cast<int>(RegionErrorKind::kUndeterminedResult);
  std::set<std::string> seen;
  for (int kind = 0; kind <= last; ++kind) {
    const Fault fault{.region_error = static_cast<RegionErrorKind>(kind)};
    seen.insert(make_region_error(fault, topology, 2, 1).SerializeAsString());
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(last) + 1);
}

}  // namespace
}  // namespace tikv::testing::cluster
