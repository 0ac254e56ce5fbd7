#include "pd_fixture.h"

namespace tikv::pd {
namespace {

class ConnectTest : public PdFixture {};

TEST_F(ConnectTest, FindsLeaderAndClusterThroughAnyEndpoint) {
  pd_.leader = "pd3:2379";
  make_client({"http://pd2:2379"});
  ASSERT_TRUE(connect());
  EXPECT_EQ(client_->cluster_id(), 42u);
  EXPECT_EQ(client_->leader_address(), "pd3:2379");
}

TEST_F(ConnectTest, OneEndpointThatAnswersIsEnough) {
  net_.cut("pd1:2379");
  net_.freeze("pd2:2379");
  pd_.leader = "pd3:2379";
  const auto start = loop_.now();
  ASSERT_TRUE(connect());
  EXPECT_LE(since(start), 200ms) << "a frozen member is not waited for";
}

TEST_F(ConnectTest, RequestsNameClusterAndCaller) {
  ASSERT_TRUE(connect());
  ASSERT_TRUE(run(client_->get_all_stores()));
  const auto request = net_.sent().back().as<pdpb::GetAllStoresRequest>();
  EXPECT_EQ(request.header().cluster_id(), 42u);
  EXPECT_EQ(request.header().caller_id(), "tikv-cpp");
}

TEST_F(ConnectTest, BadEndpointsAreRefusedWithoutAsking) {
  for (const char* endpoint : {"", "pd1", "pd1:x", "https://pd1:2379", "ftp://pd1:2379"}) {
    make_client({"pd1:2379", endpoint});
    const Result<void> connected = connect();
    ASSERT_FALSE(connected) << endpoint;
    EXPECT_EQ(connected.error().kind(), ErrorKind::kInvalidArgument) << endpoint;
  }
  make_client({});
  EXPECT_EQ(connect().error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(net_.steps(), 0u);
}

TEST_F(ConnectTest, NothingReachableTellsWhatWasTried) {
  for (const char* address : {"pd1:2379", "pd2:2379", "pd3:2379"}) net_.cut(address);
  const auto start = loop_.now();
  const Result<void> connected = connect();
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().kind(), ErrorKind::kUnavailable);
  EXPECT_LE(since(start), options_.connect_budget);
  EXPECT_GT(connected.error().attempt_count(), 3u);
  std::set<std::string> tried;
  for (const Attempt& attempt : connected.error().attempts()) {
    tried.insert(attempt.address);
    EXPECT_EQ(attempt.outcome, "connection (connection refused)");
  }
  EXPECT_EQ(tried.size(), 3u);
}

TEST_F(ConnectTest, APdThatIsJustStartingIsWaitedFor) {
  for (const char* address : {"pd1:2379", "pd2:2379", "pd3:2379"}) net_.cut(address);
  const auto connected = start(client_->connect());
  loop_.run_for(1s);
  EXPECT_FALSE(connected->done());
  net_.heal("pd2:2379");
  wait(connected);
  EXPECT_TRUE(*connected->value);
}

TEST_F(ConnectTest, AClusterWithoutLeaderIsWaitedFor) {
  pd_.leader.clear();
  const auto connected = start(client_->connect());
  loop_.run_for(1s);
  EXPECT_FALSE(connected->done());
  pd_.leader = "pd2:2379";
  wait(connected);
  EXPECT_TRUE(*connected->value);
  EXPECT_EQ(client_->leader_address(), "pd2:2379");
}

TEST_F(ConnectTest, SomethingElseAnsweringIsNoPdAndSaidAtOnce) {
  struct Row {
    const char* what;
    std::function<Reply()> reply;
  };
  const Row rows[] = {
      {"no gRPC", [] { return Reply::malformed(); }},
      {"a gRPC server without PD", [] { return Reply::status(net::StatusCode::kUnimplemented); }},
      {"an empty answer", []() -> Reply { return pdpb::GetMembersResponse(); }},
  };
  for (const Row& row : rows) {
    net_.on<pdpb::GetMembersRequest>("web:80", [&row](const pdpb::GetMembersRequest&) { return row.reply(); });
    make_client({"web:80"});
    const auto start = loop_.now();
    const Result<void> connected = connect();
    ASSERT_FALSE(connected) << row.what;
    EXPECT_EQ(connected.error().kind(), ErrorKind::kNotPd) << row.what;
    EXPECT_LE(since(start), 10ms) << row.what;
    ASSERT_EQ(connected.error().attempts().size(), 1u) << row.what;
    EXPECT_EQ(connected.error().attempts()[0].address, "web:80");
  }
}

TEST_F(ConnectTest, FailedTlsIsSaidAtOnce) {
  net_.on<pdpb::GetMembersRequest>("pd1:2379", [](const pdpb::GetMembersRequest&) { return Reply::untrusted("why"); });
  make_client({"pd1:2379"});
  const auto start = loop_.now();
  const Result<void> connected = connect();
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().kind(), ErrorKind::kTls);
  EXPECT_EQ(connected.error().advice(), Advice::kGiveUp);
  EXPECT_LE(since(start), 10ms);
  EXPECT_EQ(connected.error().attempts()[0].outcome, "tls (why)");
}

TEST_F(ConnectTest, WithTlsEveryMemberIsAnAddress) {
  options_.tls = true;
  make_client({"https://pd2:2379", "http://pd1:2379"});
  EXPECT_TRUE(connect());
}

TEST_F(ConnectTest, AWrongEndpointAmongRightOnesDoesNoHarm) {
  net_.on<pdpb::GetMembersRequest>("web:80", [](const pdpb::GetMembersRequest&) { return Reply::malformed(); });
  make_client({"web:80", "pd1:2379"});
  EXPECT_TRUE(connect());
}

TEST_F(ConnectTest, EndpointsOfTwoClustersAreRefused) {
  net_.on<pdpb::GetMembersRequest>("other:2379", [this](const pdpb::GetMembersRequest&) -> Reply {
    pdpb::GetMembersResponse response = pd_.members_response();
    response.mutable_header()->set_cluster_id(43);
    return response;
  });
  make_client({"pd1:2379", "other:2379"});
  const Result<void> connected = connect();
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().kind(), ErrorKind::kClusterMismatch);
}

TEST_F(ConnectTest, StopsWithItsDeadlineAndItsToken) {
  for (const char* address : {"pd1:2379", "pd2:2379", "pd3:2379"}) net_.freeze(address);
  const auto start_time = loop_.now();
  const Result<void> late = run(client_->connect(), 300ms);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind(), ErrorKind::kDeadline);
  EXPECT_EQ(since(start_time), 300ms);

  std::stop_source stop;
  const auto stopped = start(client_->connect(), 1h, stop.get_token());
  loop_.run_for(50ms);
  stop.request_stop();
  loop_.run_for(0ms);
  ASSERT_TRUE(stopped->done());
  EXPECT_EQ(stopped->value->error().kind(), ErrorKind::kCancelled);
}

TEST_F(ConnectTest, CloseEndsEverythingAtOnce) {
  ASSERT_TRUE(connect());
  net_.freeze("pd1:2379");
  const auto region = start(client_->get_region("k"));
  const auto timestamp = start(client_->get_timestamp());
  const auto again = start(client_->get_timestamp());
  loop_.run_for(10ms);
  EXPECT_FALSE(region->done() || timestamp->done());
  const auto before = loop_.now();
  close();
  wait(region, timestamp, again);
  EXPECT_EQ(since(before), 0ms);
  EXPECT_EQ(region->value->error().kind(), ErrorKind::kClosed);
  EXPECT_EQ(timestamp->value->error().kind(), ErrorKind::kClosed);
  EXPECT_EQ(again->value->error().kind(), ErrorKind::kClosed);
  EXPECT_EQ(run(client_->get_store(1)).error().kind(), ErrorKind::kClosed);
  EXPECT_EQ(run(client_->get_timestamp()).error().kind(), ErrorKind::kClosed);
  EXPECT_EQ(run(client_->connect()).error().kind(), ErrorKind::kClosed);
}

TEST_F(ConnectTest, CloseEndsASearchForTheLeader) {
  for (const char* address : {"pd1:2379", "pd2:2379", "pd3:2379"}) net_.freeze(address);
  const auto connected = start(client_->connect());
  loop_.run_for(10ms);
  close();
  wait(connected);
  EXPECT_EQ(connected->value->error().kind(), ErrorKind::kClosed);
}

TEST_F(ConnectTest, ALoopThatClosesEndsCallsToo) {
  ASSERT_TRUE(connect());
  net_.freeze("pd1:2379");
  const auto region = start(client_->get_region("k"));
  const auto timestamp = start(client_->get_timestamp());
  loop_.run_for(10ms);
  loop_.close();
  ASSERT_TRUE(region->done() && timestamp->done());
  EXPECT_EQ(region->value->error().kind(), ErrorKind::kClosed);
  EXPECT_EQ(timestamp->value->error().kind(), ErrorKind::kClosed);
}

}  // namespace
}  // namespace tikv::pd
