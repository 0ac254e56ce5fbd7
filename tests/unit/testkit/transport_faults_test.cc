#include "memory_fixture.h"

namespace tikv::testing::memory {
namespace {

namespace kvrpcpb = proto::kvrpcpb;
using namespace std::chrono_literals;

class TransportFaultsTest : public MemoryFixture {
 protected:
  Answer<kvrpcpb::RawPutResponse> put(const std::string& value) {
    kvrpcpb::RawPutRequest request;
    request.set_key("k");
    request.set_value(value);
    return ask_region("k", request);
  }
  std::string value() {
    kvrpcpb::RawGetRequest request;
    request.set_key("k");
    return ask_region("k", request).response.value();
  }
  FaultId next_put(FaultKind kind, std::chrono::milliseconds delay = 0ms) {
    return model().faults().add({.method = "RawPut", .kind = kind, .delay = delay});
  }
};

TEST_F(TransportFaultsTest, ADroppedRequestDoesNothing) {
  next_put(FaultKind::kDropRequest);
  const auto answer = put("v");
  EXPECT_EQ(answer.status.outcome, net::Outcome::kDeadline);
  EXPECT_TRUE(answer.status.sent);
  EXPECT_EQ(value(), "");
}

TEST_F(TransportFaultsTest, ADroppedReplyHidesWhatWasDone) {
  const FaultId id = next_put(FaultKind::kDropReply);
  EXPECT_EQ(put("v").status.outcome, net::Outcome::kDeadline);
  EXPECT_EQ(value(), "v");
  EXPECT_EQ(model().faults().hits(id), 1U);
}

TEST_F(TransportFaultsTest, DelaysTakeVirtualTime) {
  next_put(FaultKind::kDelayReply, 2s);
  auto before = loop_.now();
  EXPECT_TRUE(put("v").status.ok());
  EXPECT_GE(loop_.now() - before, 2s);
  next_put(FaultKind::kDelayRequest, 1s);
  before = loop_.now();
  EXPECT_TRUE(put("w").status.ok());
  EXPECT_GE(loop_.now() - before, 1s);
  EXPECT_EQ(value(), "w");
}

TEST_F(TransportFaultsTest, BrokenConnectionsBeforeAndAfter) {
  next_put(FaultKind::kBreakBefore);
  EXPECT_EQ(put("v").status.outcome, net::Outcome::kConnection);
  EXPECT_EQ(value(), "");
  next_put(FaultKind::kBreakAfter);
  const auto after = put("v");
  EXPECT_EQ(after.status.outcome, net::Outcome::kConnection);
  EXPECT_TRUE(after.status.sent);
  EXPECT_EQ(value(), "v");
}

TEST_F(TransportFaultsTest, ARegionErrorStandsForTheAnswer) {
  model().faults().add(
      {.method = "RawPut", .kind = FaultKind::kRegionError, .region_error = RegionErrorKind::kStaleCommand});
  EXPECT_TRUE(put("v").response.region_error().has_stale_command());
  EXPECT_EQ(value(), "");
}

TEST_F(TransportFaultsTest, AStatusStandsForTheAnswer) {
  next_put(FaultKind::kStatus);
  EXPECT_EQ(put("v").status.code, net::StatusCode::kUnavailable);
}

TEST_F(TransportFaultsTest, ADuplicateIsCarriedOutTwice) {
  kvrpcpb::RawCASRequest swap;
  swap.set_key("k");
  swap.set_value("v");
  swap.set_previous_not_exist(true);
  model().faults().add({.method = "RawCompareAndSwap", .kind = FaultKind::kDuplicate});
  // The first has swapped already, so the second, whose answer is given, fails.
  EXPECT_FALSE(ask_region("k", swap).response.succeed());
  EXPECT_EQ(value(), "v");
}

TEST_F(TransportFaultsTest, ALateDuplicateIsCarriedOutOnceMore) {
  next_put(FaultKind::kDuplicate, 2s);
  EXPECT_TRUE(put("v").status.ok());
  EXPECT_TRUE(put("w").status.ok());
  loop_.run_for(1s);
  EXPECT_EQ(value(), "w");
  loop_.run_for(2s);
  EXPECT_EQ(value(), "v");
}

// Not though it would be, by then.
TEST_F(TransportFaultsTest, WhatWasRefusedIsNotCarriedOutByItsDuplicate) {
  next_put(FaultKind::kDuplicate, 2s);
  const auto& region = model().topology().at("k");
  kvrpcpb::RawPutRequest request;
  request.mutable_context()->set_region_id(region.meta.id());
  *request.mutable_context()->mutable_region_epoch() = region.meta.region_epoch();
  *request.mutable_context()->mutable_peer() = *region.peer_on(2);
  request.set_key("k");
  request.set_value("v");
  EXPECT_TRUE(ask(store_address(2), request).response.region_error().has_not_leader());
  ASSERT_TRUE(model().move_leader("k", 2));
  loop_.run_for(5s);
  EXPECT_EQ(value(), "");
  EXPECT_FALSE(ask(store_address(2), request).response.has_region_error());
  EXPECT_EQ(value(), "v");
}

TEST_F(TransportFaultsTest, AKilledStoreEndsItsCalls) {
  next_put(FaultKind::kDelayReply, 2s);
  kvrpcpb::RawPutRequest request;
  const auto& region = model().topology().at("k");
  request.mutable_context()->set_region_id(region.meta.id());
  *request.mutable_context()->mutable_region_epoch() = region.meta.region_epoch();
  *request.mutable_context()->mutable_peer() = *region.leader_peer();
  request.set_key("k");
  request.set_value("v");
  kvrpcpb::RawPutResponse response;
  std::optional<net::Status> status;
  begin(store_address(1), request, response, status);
  loop_.run_for(10ms);
  EXPECT_FALSE(status);
  ASSERT_TRUE(model().kill(cluster::ServerId::store(1)));
  loop_.run_for(10ms);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->outcome, net::Outcome::kConnection);
  EXPECT_TRUE(status->sent);
  loop_.run_for(5s);
  EXPECT_EQ(transport_.calls_under_way(), 0U);
}

TEST_F(TransportFaultsTest, AnUnknownAddressIsNeverSentTo) {
  const auto answer = ask("nowhere:1", kvrpcpb::RawPutRequest());
  EXPECT_EQ(answer.status.outcome, net::Outcome::kConnection);
  EXPECT_FALSE(answer.status.sent);
}

TEST_F(TransportFaultsTest, TheSameSeedGivesTheSameTimes) {
  const auto run = [] {
    runtime::SimLoop loop({.seed = 42});
    MemoryCluster cluster(loop);
    MemoryTransport transport(cluster);
    std::vector<std::int64_t> times;
    for (int i = 0; i < 5; ++i) {
      proto::pdpb::GetMembersResponse response;
      std::optional<net::Status> status;
      auto task = runtime::run_on(
          loop, call_once(&transport, "pd1:2379", &proto::MethodOf<proto::pdpb::GetMembersRequest>::method,
                          proto::pdpb::GetMembersRequest(), &response));
      std::move(task).start([&status](net::Status end) { status = std::move(end); });
      loop.run_until([&status] { return status.has_value(); });
      times.push_back(loop.now().time_since_epoch().count());
    }
    return times;
  };
  EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace tikv::testing::memory
