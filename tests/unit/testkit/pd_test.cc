#include <gmock/gmock.h>

#include "memory_fixture.h"

namespace tikv::testing::memory {
namespace {

namespace pdpb = proto::pdpb;

class PdTest : public MemoryFixture {
 protected:
  PdTest() : MemoryFixture({.pds = 3}) {}
  void SetUp() override {
    for (const auto* key : {"c", "m", "t"}) ASSERT_TRUE(model().split(key));
  }
};

TEST_F(PdTest, MembersAndLeaderNeedNoClusterId) {
  const auto answer = ask("pd2:2379", pdpb::GetMembersRequest());
  ASSERT_TRUE(answer.status.ok()) << answer.status.message;
  EXPECT_EQ(answer.response.members_size(), 3);
  EXPECT_EQ(answer.response.leader().client_urls(0), "http://pd1:2379");
  EXPECT_EQ(answer.response.header().cluster_id(), model().pd().cluster_id);
}

TEST_F(PdTest, AFollowerRefusesWhatTheLeaderAnswers) {
  pdpb::GetStoreRequest request;
  request.mutable_header()->set_cluster_id(model().pd().cluster_id);
  request.set_store_id(1);
  const auto answer = ask("pd2:2379", request);
  EXPECT_EQ(answer.status.outcome, net::Outcome::kStatus);
  EXPECT_EQ(answer.status.code, net::StatusCode::kUnavailable);
  EXPECT_EQ(answer.status.message, "not leader");
}

TEST_F(PdTest, AnotherClusterIdIsRefused) {
  pdpb::GetAllStoresRequest request;
  request.mutable_header()->set_cluster_id(4711);
  const auto answer = ask("pd1:2379", request);
  EXPECT_EQ(answer.status.code, net::StatusCode::kFailedPrecondition);
  EXPECT_THAT(answer.status.message, ::testing::HasSubstr("mismatch cluster id"));
}

TEST_F(PdTest, FindsRegionsByKeyAndId) {
  pdpb::GetRegionRequest request;
  request.set_region_key("d");
  const auto found = ask_pd(request);
  ASSERT_TRUE(found.status.ok());
  EXPECT_EQ(found.response.region().start_key(), "c");
  EXPECT_EQ(found.response.region().end_key(), "m");
  EXPECT_EQ(found.response.leader().store_id(), 1U);

  const auto before = ask_pd(request, proto::kGetPrevRegion.method);
  EXPECT_EQ(before.response.region().end_key(), "c");
  request.set_region_key("a");
  EXPECT_FALSE(ask_pd(request, proto::kGetPrevRegion.method).response.has_region());

  pdpb::GetRegionByIDRequest by_id;
  by_id.set_region_id(found.response.region().id());
  EXPECT_EQ(ask_pd(by_id).response.region().start_key(), "c");
  by_id.set_region_id(4711);
  const auto none = ask_pd(by_id);
  EXPECT_TRUE(none.status.ok());
  EXPECT_FALSE(none.response.has_region());
}

TEST_F(PdTest, ScansRegions) {
  pdpb::ScanRegionsRequest request;
  request.set_start_key("d");
  request.set_limit(2);
  const auto answer = ask_pd(request);
  ASSERT_EQ(answer.response.regions_size(), 2);
  EXPECT_EQ(answer.response.regions(0).region().start_key(), "c");
  EXPECT_EQ(answer.response.regions(1).region().start_key(), "m");
  EXPECT_TRUE(answer.response.regions(1).has_leader());
}

TEST_F(PdTest, BatchScanGivesEachRegionOnce) {
  pdpb::BatchScanRegionsRequest request;
  const auto add = [&request](const char* start, const char* end) {
    auto& range = *request.add_ranges();
    range.set_start_key(start);
    range.set_end_key(end);
  };
  add("a", "b");
  add("b", "d");
  add("u", "");
  const auto answer = ask_pd(request);
  ASSERT_EQ(answer.response.regions_size(), 3);
  EXPECT_EQ(answer.response.regions(2).region().start_key(), "t");
  request.mutable_ranges(1)->set_start_key("aa");
  EXPECT_TRUE(ask_pd(request).response.header().has_error()) << "ranges overlap";
}

TEST_F(PdTest, DescribesStores) {
  const auto all = ask_pd(pdpb::GetAllStoresRequest());
  ASSERT_EQ(all.response.stores_size(), 3);
  EXPECT_EQ(all.response.stores(2).address(), "store3:20160");
  pdpb::GetStoreRequest unknown;
  unknown.set_store_id(99);
  EXPECT_TRUE(ask_pd(unknown).response.header().has_error());
}

TEST_F(PdTest, ElectsAnotherLeaderAfterAWhile) {
  ASSERT_TRUE(model().kill(cluster::ServerId::pd(1)));
  EXPECT_FALSE(ask("pd2:2379", pdpb::GetMembersRequest()).response.has_leader());
  EXPECT_EQ(ask("pd1:2379", pdpb::GetMembersRequest()).status.outcome, net::Outcome::kConnection);
  loop_.run_for(std::chrono::seconds(1));
  EXPECT_EQ(ask("pd2:2379", pdpb::GetMembersRequest()).response.leader().member_id(), 2U);
  ASSERT_TRUE(model().restart(cluster::ServerId::pd(1)));
  EXPECT_EQ(ask("pd1:2379", pdpb::GetMembersRequest()).response.leader().member_id(), 2U);
}

TEST_F(PdTest, WithoutAMajorityThereIsNoLeader) {
  ASSERT_TRUE(model().kill(cluster::ServerId::pd(1)));
  ASSERT_TRUE(model().kill(cluster::ServerId::pd(2)));
  loop_.run_for(std::chrono::seconds(1));
  EXPECT_FALSE(ask("pd3:2379", pdpb::GetMembersRequest()).response.has_leader());
}

TEST_F(PdTest, UnknownMethodsAreUnimplemented) {
  proto::Method method = proto::MethodOf<pdpb::GetMembersRequest>::method;
  method.path = "/pdpb.PD/NoSuchThing";
  EXPECT_EQ(ask("pd1:2379", pdpb::GetMembersRequest(), method).status.code, net::StatusCode::kUnimplemented);
}

TEST_F(PdTest, SplitsWhereItIsAsked) {
  pdpb::SplitRegionsRequest request;
  request.add_split_keys("e");
  request.add_split_keys("m");
  const auto answer = ask_pd(request);
  EXPECT_EQ(answer.response.finished_percentage(), 100U);
  EXPECT_EQ(answer.response.regions_id_size(), 1);
  EXPECT_EQ(model().topology().at("f").meta.start_key(), "e");
}

TEST_F(PdTest, GarbageCollectionStopsAtServiceSafePoints) {
  pdpb::UpdateServiceGCSafePointRequest service;
  service.set_service_id("backup");
  service.set_ttl(60);
  service.set_safe_point(50);
  EXPECT_EQ(ask_pd(service).response.min_safe_point(), 0U);
  service.set_service_id("gc_worker");
  service.set_safe_point(100);
  const auto worker = ask_pd(service);
  EXPECT_EQ(worker.response.min_safe_point(), 50U);
  EXPECT_EQ(worker.response.service_id(), "backup");

  pdpb::UpdateGCSafePointRequest update;
  update.set_safe_point(50);
  EXPECT_EQ(ask_pd(update).response.new_safe_point(), 50U);
  const auto state = ask_pd(pdpb::GetGCStateRequest());
  EXPECT_EQ(state.response.gc_state().gc_safe_point(), 50U);
  EXPECT_EQ(state.response.gc_state().txn_safe_point(), 50U);
  EXPECT_EQ(state.response.gc_state().gc_barriers_size(), 1);
}

TEST_F(PdTest, KeepsGlobalConfiguration) {
  pdpb::StoreGlobalConfigRequest store;
  store.set_config_path("/global/config/");
  auto& item = *store.add_changes();
  item.set_name("key");
  item.set_value("value");
  ASSERT_TRUE(ask_pd(store).status.ok());
  pdpb::LoadGlobalConfigRequest load;
  load.set_config_path("/global/config/");
  load.add_names("key");
  load.add_names("other");
  const auto loaded = ask_pd(load);
  ASSERT_EQ(loaded.response.items_size(), 2);
  EXPECT_EQ(loaded.response.items(0).payload(), "value");
  EXPECT_TRUE(loaded.response.items(1).has_error());
}

class LatePdTest : public MemoryFixture {
 protected:
  LatePdTest() : MemoryFixture({.heartbeat_delay = std::chrono::milliseconds(100)}) {}
  auto region_of(const std::string& key) {
    pdpb::GetRegionRequest request;
    request.set_region_key(key);
    return ask_pd(request).response;
  }
};

TEST_F(LatePdTest, HearsOfChangesAfterAWhile) {
  ASSERT_TRUE(model().split("m"));
  ASSERT_TRUE(model().move_leader("z", 2));
  EXPECT_EQ(region_of("z").region().start_key(), "");
  EXPECT_EQ(region_of("z").leader().store_id(), 1U);
  loop_.run_for(std::chrono::milliseconds(150));
  EXPECT_EQ(region_of("z").region().start_key(), "m");
  EXPECT_EQ(region_of("z").leader().store_id(), 2U);
  ASSERT_TRUE(model().move_leader("z", 3));
  EXPECT_EQ(region_of("z").leader().store_id(), 2U);
  loop_.run_for(std::chrono::milliseconds(150));
  EXPECT_EQ(region_of("z").leader().store_id(), 3U);
}

}  // namespace
}  // namespace tikv::testing::memory
