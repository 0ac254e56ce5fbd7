#include <gmock/gmock.h>
#include <tikv/proto/tikvpb.pb.h>

#include "base/codec.h"
#include "memory_fixture.h"

namespace tikv::testing::memory {
namespace {

namespace kvrpcpb = proto::kvrpcpb;
using namespace std::chrono_literals;

class StoresTest : public MemoryFixture {
 protected:
  auto put(const std::string& key, const std::string& value) {
    kvrpcpb::RawPutRequest request;
    request.set_key(key);
    request.set_value(value);
    return ask_region(key, request);
  }
  auto get(const std::string& key) {
    kvrpcpb::RawGetRequest request;
    request.set_key(key);
    return ask_region(key, request);
  }
};

TEST_F(StoresTest, AnswerRawRequests) {
  ASSERT_TRUE(put("k", "v").status.ok());
  EXPECT_EQ(get("k").response.value(), "v");
  EXPECT_TRUE(get("other").response.not_found());
  EXPECT_EQ(model().requests("RawGet"), 2U);
}

TEST_F(StoresTest, AnswerTransactions) {
  kvrpcpb::PrewriteRequest prewrite;
  auto& mutation = *prewrite.add_mutations();
  mutation.set_op(kvrpcpb::Put);
  mutation.set_key("k");
  mutation.set_value("v");
  prewrite.set_primary_lock("k");
  prewrite.set_start_version(10);
  prewrite.set_lock_ttl(3000);
  EXPECT_EQ(ask_region("k", prewrite).response.errors_size(), 0);
  kvrpcpb::CommitRequest commit;
  commit.set_start_version(10);
  commit.set_commit_version(20);
  commit.add_keys("k");
  EXPECT_FALSE(ask_region("k", commit).response.has_error());
  kvrpcpb::GetRequest get;
  get.set_key("k");
  get.set_version(30);
  EXPECT_EQ(ask_region("k", get).response.value(), "v");
}

TEST_F(StoresTest, FollowersNameTheLeader) {
  kvrpcpb::RawGetRequest request;
  const auto& region = model().topology().at("k");
  request.mutable_context()->set_region_id(region.meta.id());
  *request.mutable_context()->mutable_region_epoch() = region.meta.region_epoch();
  *request.mutable_context()->mutable_peer() = *region.peer_on(2);
  request.set_key("k");
  const auto answer = ask(store_address(2), request);
  ASSERT_TRUE(answer.response.region_error().has_not_leader());
  EXPECT_EQ(answer.response.region_error().not_leader().leader().store_id(), 1U);
}

TEST_F(StoresTest, AnOldEpochLearnsTheNewRegions) {
  kvrpcpb::RawGetRequest request;
  request.set_key("a");
  const auto& before = model().topology().at("a");
  request.mutable_context()->set_region_id(before.meta.id());
  *request.mutable_context()->mutable_region_epoch() = before.meta.region_epoch();
  *request.mutable_context()->mutable_peer() = *before.leader_peer();
  ASSERT_TRUE(model().split("m"));
  const auto answer = ask(store_address(1), request);
  EXPECT_EQ(answer.response.region_error().epoch_not_match().current_regions_size(), 2);
}

TEST_F(StoresTest, SplitRegionEncodesTransactionalKeys) {
  kvrpcpb::SplitRegionRequest request;
  request.add_split_keys("m");
  const auto answer = ask_region("a", request);
  ASSERT_EQ(answer.response.regions_size(), 2);
  EXPECT_EQ(answer.response.regions(1).start_key(), base::encode_bytes("m"));
  request.set_is_raw_kv(true);
  request.set_split_keys(0, "d");
  EXPECT_EQ(ask_region("a", request).response.regions(0).end_key(), "d");
  request.set_split_keys(0, "d");
  EXPECT_TRUE(ask_region("a", request).response.region_error().has_key_not_in_region());
}

TEST_F(StoresTest, AKilledLeaderIsReplacedAndKeepsItsData) {
  ASSERT_TRUE(put("k", "v").status.ok());
  ASSERT_TRUE(model().kill(cluster::ServerId::store(1)));
  EXPECT_EQ(get("k").status.outcome, net::Outcome::kConnection);
  loop_.run_for(1s);
  EXPECT_NE(model().topology().at("k").leader_peer()->store_id(), 1U);
  EXPECT_EQ(get("k").response.value(), "v");
  ASSERT_TRUE(model().restart(cluster::ServerId::store(1)));
  ASSERT_TRUE(model().move_leader("k", 1));
  EXPECT_EQ(get("k").response.value(), "v");
}

TEST_F(StoresTest, AnIsolatedLeaderAnswersThatItDoesNotLead) {
  ASSERT_TRUE(model().isolate(1));
  const auto answer = get("k");
  ASSERT_TRUE(answer.response.region_error().has_not_leader());
  EXPECT_FALSE(answer.response.region_error().not_leader().has_leader());
  loop_.run_for(1s);
  EXPECT_FALSE(get("k").response.has_region_error());
}

TEST_F(StoresTest, TwoOfThreeDownServeNothing) {
  ASSERT_TRUE(model().kill(cluster::ServerId::store(2)));
  ASSERT_TRUE(model().kill(cluster::ServerId::store(3)));
  EXPECT_TRUE(get("k").response.region_error().has_not_leader());
  loop_.run_for(1s);
  EXPECT_EQ(model().topology().at("k").leader_peer(), nullptr);
  ASSERT_TRUE(model().restart(cluster::ServerId::store(2)));
  loop_.run_for(1s);
  EXPECT_NE(model().topology().at("k").leader_peer(), nullptr);
}

TEST_F(StoresTest, AnotherClusterIdIsRefused) {
  kvrpcpb::RawGetRequest request;
  request.set_key("k");
  request.mutable_context()->set_cluster_id(4711);
  EXPECT_EQ(ask_region("k", request).status.code, net::StatusCode::kInvalidArgument);
}

TEST_F(StoresTest, WhatIsNotThereIsUnimplemented) {
  EXPECT_EQ(ask_region("k", kvrpcpb::GCRequest()).status.code, net::StatusCode::kUnimplemented);
}

TEST_F(StoresTest, ServersSayThatTheyAreWell) {
  proto::tikvpb::BatchCommandsEmptyResponse response;  // a number in field 1, like the health service's
  const proto::Method method{.path = "/grpc.health.v1.Health/Check"};
  for (const auto* address : {"pd1:2379", "store2:20160"}) {
    std::optional<net::Status> status;
    begin(address, proto::tikvpb::BatchCommandsEmptyRequest(), response, status, method);
    loop_.run_for(100ms);
    ASSERT_TRUE(status && status->ok()) << address;
    EXPECT_EQ(response.test_id(), 1U);
  }
}

TEST_F(StoresTest, AFrozenStoreAnswersWhenThawed) {
  ASSERT_TRUE(put("k", "v").status.ok());
  ASSERT_TRUE(model().freeze(cluster::ServerId::store(1)));
  EXPECT_EQ(get("k").status.outcome, net::Outcome::kDeadline);

  kvrpcpb::RawGetResponse response;
  std::optional<net::Status> status;
  kvrpcpb::RawGetRequest request;
  const auto& region = model().topology().at("k");
  request.mutable_context()->set_region_id(region.meta.id());
  *request.mutable_context()->mutable_region_epoch() = region.meta.region_epoch();
  *request.mutable_context()->mutable_peer() = *region.leader_peer();
  request.set_key("k");
  begin(store_address(1), request, response, status);
  loop_.run_for(100ms);
  EXPECT_FALSE(status);
  ASSERT_TRUE(model().thaw(cluster::ServerId::store(1)));
  loop_.run_for(100ms);
  ASSERT_TRUE(status);
  EXPECT_EQ(response.value(), "v");
}

}  // namespace
}  // namespace tikv::testing::memory
