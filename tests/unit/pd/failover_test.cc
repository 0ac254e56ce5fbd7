#include "pd_fixture.h"

namespace tikv::pd {
namespace {

class FailoverTest : public PdFixture {
 protected:
  FailoverTest() {
    pd_.add_region(1, "", "");
    pd_.add_store(1);
    EXPECT_TRUE(connect());
  }
  std::chrono::nanoseconds time_of_get_region() {
    const auto start = loop_.now();
    const auto region = run(client_->get_region("k"));
    EXPECT_TRUE(region.has_value());
    return since(start);
  }
};

TEST_F(FailoverTest, AFormerLeaderIsLeftAtOnce) {
  pd_.leader = "pd2:2379";
  // Refused by pd1, members asked, answered by pd2: three round trips and no pause.
  EXPECT_EQ(time_of_get_region(), 3ms);
  EXPECT_EQ(client_->leader_address(), "pd2:2379");
}

TEST_F(FailoverTest, ADeadLeaderIsLeftAtOnce) {
  net_.cut("pd1:2379");
  pd_.leader = "pd2:2379";
  EXPECT_LE(time_of_get_region(), 3ms);
}

TEST_F(FailoverTest, AFrozenLeaderIsLeftAfterTheRequestTimeout) {
  net_.freeze("pd1:2379");
  pd_.leader = "pd2:2379";
  EXPECT_EQ(time_of_get_region(), options_.request_timeout + 2ms);
}

TEST_F(FailoverTest, AFrozenLeaderIsNotGoneBackToWhileTheOthersWaitForItsLease) {
  net_.freeze("pd1:2379");
  const auto region = start(client_->get_region("k"));
  loop_.run_for(options_.request_timeout + 5s);
  EXPECT_EQ(net_.count("GetRegion"), 1u);
  pd_.leader = "pd2:2379";
  const auto elected = loop_.now();
  wait(region);
  EXPECT_TRUE(*region->value);
  EXPECT_LE(since(elected), options_.member_timeout + options_.backoff_max + 5ms);
}

TEST_F(FailoverTest, AFrozenLeaderThatComesBackIsUsedAgain) {
  net_.freeze("pd1:2379");
  const auto region = start(client_->get_region("k"));
  loop_.run_for(options_.request_timeout + 5s);
  net_.heal("pd1:2379");
  wait(region);
  EXPECT_TRUE(*region->value);
  EXPECT_EQ(client_->leader_address(), "pd1:2379");
}

TEST_F(FailoverTest, AFrozenLeaderIsLeftThoughDeadlinesAreShort) {
  net_.freeze("pd1:2379");
  pd_.leader = "pd2:2379";
  loop_.run_for(2s);  // since the members were asked
  const auto first = run(client_->get_region("k"), 100ms);
  EXPECT_EQ(first.error().kind(), ErrorKind::kDeadline);
  loop_.run_for(2ms);  // the members are asked behind the failed call
  EXPECT_TRUE(run(client_->get_region("k"), 100ms));
}

TEST_F(FailoverTest, AnElectionIsWaitedFor) {
  net_.cut("pd1:2379");
  pd_.leader.clear();
  const auto region = start(client_->get_region("k"));
  loop_.run_for(3s);
  EXPECT_FALSE(region->done());
  pd_.leader = "pd3:2379";
  const auto elected = loop_.now();
  wait(region);
  EXPECT_TRUE(*region->value);
  EXPECT_LE(since(elected), options_.backoff_max + Survey::kGrace);
}

TEST_F(FailoverTest, MembersThatHaveNotHeardAreNotBelieved) {
  net_.cut("pd1:2379");
  pd_.leader = "pd3:2379";
  // pd2 answers first, and still takes pd1 for the leader.
  net_.on<pdpb::GetMembersRequest>("pd2:2379", [this](const pdpb::GetMembersRequest&) -> Reply {
    pdpb::GetMembersResponse response = pd_.members_response();
    *response.mutable_leader() = response.members(0);
    return response;
  });
  net_.on<pdpb::GetMembersRequest>("pd3:2379", [this](const pdpb::GetMembersRequest&) -> Reply {
    return Reply(pd_.members_response()).after(20ms);
  });
  EXPECT_LE(time_of_get_region(), 30ms);
  EXPECT_EQ(client_->leader_address(), "pd3:2379");
}

TEST_F(FailoverTest, AClusterThatChangedItsMembersIsFoundThroughTheEndpoints) {
  // All the members the client knows are gone; the name in its configuration now leads to others.
  testing::FakePd others(net_, {"pd7:2379"});
  others.cluster_id = 42;
  others.add_region(1, "", "");
  for (const char* address : {"pd1:2379", "pd2:2379", "pd3:2379"}) net_.cut(address);
  make_client({"pd:2379"});
  net_.on<pdpb::GetMembersRequest>("pd:2379",
                                   [this](const pdpb::GetMembersRequest&) -> Reply { return pd_.members_response(); });
  ASSERT_TRUE(connect());
  net_.on<pdpb::GetMembersRequest>(
      "pd:2379", [&others](const pdpb::GetMembersRequest&) -> Reply { return others.members_response(); });
  EXPECT_TRUE(run(client_->get_region("k")));
  EXPECT_EQ(client_->leader_address(), "pd7:2379");
}

TEST_F(FailoverTest, CallersShareOneSearch) {
  net_.cut("pd1:2379");
  pd_.leader = "pd2:2379";
  const std::size_t asked = net_.count("GetMembers");
  std::vector<std::shared_ptr<Pending<Result<std::optional<RegionInfo>>>>> regions;
  for (int i = 0; i < 20; ++i) regions.push_back(start(client_->get_region("k")));
  for (const auto& region : regions) {
    wait(region);
    EXPECT_TRUE(*region->value);
  }
  EXPECT_EQ(net_.count("GetMembers") - asked, 3u);
}

TEST_F(FailoverTest, NobodyReachableIsUnavailableAfterTheBudget) {
  for (const char* address : {"pd1:2379", "pd2:2379", "pd3:2379"}) net_.cut(address);
  const auto start = loop_.now();
  const auto region = run(client_->get_region("k"));
  ASSERT_FALSE(region);
  EXPECT_EQ(region.error().kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(region.error().advice(), Advice::kRetryCall);
  EXPECT_LE(since(start), options_.retry_budget);
  EXPECT_GT(since(start), options_.retry_budget - 1s);
  EXPECT_EQ(region.error().attempts().size(), Error::kMaxAttempts);
  EXPECT_EQ(region.error().elapsed(), since(start));
  EXPECT_NE(region.error().message().find("GetRegion"), std::string::npos);
}

TEST_F(FailoverTest, TheDeadlineEndsTheSearch) {
  for (const char* address : {"pd1:2379", "pd2:2379", "pd3:2379"}) net_.cut(address);
  const auto start = loop_.now();
  const auto region = run(client_->get_region("k"), 1s);
  EXPECT_EQ(region.error().kind(), ErrorKind::kDeadline);
  EXPECT_EQ(since(start), 1s);
  EXPECT_GT(region.error().attempt_count(), 3u);
}

TEST_F(FailoverTest, ACancelledCallEndsAtOnceAndAlone) {
  net_.freeze("pd1:2379");
  std::stop_source stop;
  const auto cancelled = start(client_->get_region("k"), 1h, stop.get_token());
  const auto other = start(client_->get_region("k"));
  loop_.run_for(10ms);
  stop.request_stop();
  loop_.run_for(0ms);
  ASSERT_TRUE(cancelled->done());
  EXPECT_EQ(cancelled->value->error().kind(), ErrorKind::kCancelled);
  EXPECT_FALSE(other->done());
  pd_.leader = "pd2:2379";
  wait(other);
  EXPECT_TRUE(*other->value);
}

TEST_F(FailoverTest, ACallCancelledWhileTheLeaderIsSoughtEndsAlone) {
  for (const char* address : {"pd1:2379", "pd2:2379", "pd3:2379"}) net_.freeze(address);
  net_.cut("pd1:2379");
  std::stop_source stop;
  const auto cancelled = start(client_->get_region("k"), 1h, stop.get_token());
  const auto other = start(client_->get_region("k"));
  loop_.run_for(100ms);
  stop.request_stop();
  loop_.run_for(0ms);
  ASSERT_TRUE(cancelled->done());
  EXPECT_EQ(cancelled->value->error().kind(), ErrorKind::kCancelled);
  net_.heal("pd2:2379");
  pd_.leader = "pd2:2379";
  wait(other);
  EXPECT_TRUE(*other->value);
}

TEST_F(FailoverTest, AnotherClusterAtTheSameAddressesIsNoticed) {
  pd_.cluster_id = 43;
  const auto start = loop_.now();
  const auto region = run(client_->get_region("k"));
  ASSERT_FALSE(region);
  EXPECT_EQ(region.error().kind(), ErrorKind::kClusterMismatch);
  EXPECT_LE(since(start), 10ms);
  const auto timestamp = run(client_->get_timestamp());
  ASSERT_FALSE(timestamp);
  EXPECT_EQ(timestamp.error().kind(), ErrorKind::kClusterMismatch);
  EXPECT_EQ(client_->cluster_id(), 42u);

  pd_.cluster_id = 42;
  EXPECT_TRUE(run(client_->get_region("k"))) << "the right cluster is back";
  EXPECT_TRUE(run(client_->get_timestamp()));
}

TEST_F(FailoverTest, AnotherClusterThatAnswersAnythingIsNoticed) {
  net_.on<pdpb::GetAllStoresRequest>("pd1:2379", [](const pdpb::GetAllStoresRequest&) -> Reply {
    pdpb::GetAllStoresResponse response;
    response.mutable_header()->set_cluster_id(43);
    return response;
  });
  const auto stores = run(client_->get_all_stores());
  ASSERT_FALSE(stores);
  EXPECT_EQ(stores.error().kind(), ErrorKind::kClusterMismatch);
}

TEST_F(FailoverTest, AClusterThatIsStartingIsWaitedFor) {
  bool bootstrapped = false;
  net_.on<pdpb::GetAllStoresRequest>("pd1:2379", [&](const pdpb::GetAllStoresRequest&) -> Reply {
    pdpb::GetAllStoresResponse response;
    if (!bootstrapped) response.mutable_header()->mutable_error()->set_type(pdpb::NOT_BOOTSTRAPPED);
    return response;
  });
  const auto first = run(client_->get_all_stores());
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().kind(), ErrorKind::kUnavailable);
  EXPECT_NE(first.error().message().find("NOT_BOOTSTRAPPED"), std::string::npos);
  const auto second = start(client_->get_all_stores());
  loop_.run_for(1s);
  bootstrapped = true;
  wait(second);
  EXPECT_TRUE(*second->value);
}

TEST_F(FailoverTest, OldMembersAreAskedForBehindTheCall) {
  const std::size_t asked = net_.count("GetMembers");
  loop_.run_for(options_.member_max_age - 1s);
  ASSERT_TRUE(run(client_->get_region("k")));
  EXPECT_EQ(net_.count("GetMembers"), asked);
  loop_.run_for(2s);
  EXPECT_EQ(time_of_get_region(), 1ms);
  EXPECT_EQ(net_.count("GetMembers"), asked + 3);
  loop_.run_for(1h);
  EXPECT_EQ(net_.count("GetMembers"), asked + 3) << "an idle client asks nothing";
}

}  // namespace
}  // namespace tikv::pd
