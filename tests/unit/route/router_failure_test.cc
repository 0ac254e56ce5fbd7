#include <tikv/when_all.h>

#include <span>

#include "fixture.h"

// Connections that break, stores that go and come back, answers that get lost.
namespace tikv::route {
namespace {

using namespace std::chrono_literals;
using testing::Fault;

class RouterFailures : public RouterTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(put("a", "old"));
    cluster_.writes = 0;
  }
  /// The next request to a store goes wrong like that.
  void fail_next(Fault fault) { cluster_.net.fail_step(cluster_.net.steps(), fault); }
};

TEST_F(RouterFailures, ARefusedConnectionIsTriedElsewhereAndAgain) {
  fail_next(Fault::kRefused);
  ASSERT_TRUE(put("a", "1"));
  EXPECT_EQ(cluster_.writes, 1);
}

TEST_F(RouterFailures, ALostReplyIsRepeatedIfThatDoesNoHarm) {
  fail_next(Fault::kReplyLost);
  ASSERT_TRUE(put("a", "1"));
  EXPECT_EQ(cluster_.writes, 2);
}

TEST_F(RouterFailures, TheCallerIsToldThatAnEarlierAttemptMayHaveWorked) {
  const region::RegionRef region = locate("a");
  fail_next(Fault::kReplyLost);
  auto reply = run(put_to(region, "a")).value();
  EXPECT_TRUE(reply.maybe_sent_before);
  EXPECT_FALSE(reply.moved);
  fail_next(Fault::kRefused);
  reply = run(put_to(locate("a"), "a")).value();
  EXPECT_FALSE(reply.maybe_sent_before) << "that one never left";
}

TEST_F(RouterFailures, AlsoWhenTheRegionIsGoneByTheTimeOfTheSecondAttempt) {
  const region::RegionRef region = locate("a");
  fail_next(Fault::kReplyLost);
  bool done = false;
  runtime::run_on(loop_, put_to(region, "a")).start([&](Result<Reply<proto::kvrpcpb::RawPutResponse>> reply) {
    EXPECT_TRUE(reply.value().moved);
    EXPECT_TRUE(reply.value().maybe_sent_before);
    done = true;
  });
  loop_.run_for(5ms);
  cluster_.errors.push_back(FakeRegions::error([](RegionError& e) { e.mutable_region_not_found(); }));
  loop_.run_for(1s);
  EXPECT_TRUE(done);
}

// The store is told each time that it may have seen the request before, also by what is made anew for another region.
TEST_F(RouterFailures, WhatMayHaveBeenDoneIsSentAsARepetitionEver) {
  const std::size_t before = cluster_.net.sent().size();
  fail_next(Fault::kReplyLost);
  auto twice = [this]() -> Task<Result<void>> {
    Retry patience(loop_, budget_);
    proto::kvrpcpb::RawPutRequest request;
    request.set_key("a");
    for (bool moved = true; moved;) {
      const region::RegionRef region = co_await cache_.locate("a").or_return();
      proto::kvrpcpb::RawPutRequest once = request;
      const auto reply = co_await router_.send_to_region(patience, region, once).or_return();
      moved = reply.moved;
    }
    co_return Result<void>();
  };
  bool done = false;
  runtime::run_on(loop_, twice()).start([&](Result<void> result) {
    EXPECT_TRUE(result);
    done = true;
  });
  loop_.run_for(5ms);
  cluster_.errors.push_back(FakeRegions::error([](RegionError& e) { e.mutable_region_not_found(); }));
  loop_.run_for(1s);
  EXPECT_TRUE(done);
  std::vector<bool> repeated;
  for (const auto& sent : std::span(cluster_.net.sent()).subspan(before)) {
    if (sent.method != "RawPut") continue;
    repeated.push_back(sent.as<proto::kvrpcpb::RawPutRequest>().context().is_retry_request());
  }
  EXPECT_EQ(repeated, (std::vector<bool>{false, true, true}));
}

TEST_F(RouterFailures, ReadsLeaveNoDoubt) {
  budget_ = 2s;
  for (std::uint64_t store = 1; store <= 3; ++store) cluster_.stop_store(store);
  const Error error = get("a").error();
  EXPECT_EQ(error.kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(error.applied(), Applied::kNo);
}

TEST_F(RouterFailures, AWriteThatFailsInTheEndTellsWhetherItMayHaveWorked) {
  budget_ = 2s;
  fail_next(Fault::kReplyLost);
  loop_.submit([] {});
  bool done = false;
  runtime::run_on(loop_, put_task("a", "1")).start([&](Result<void> result) {
    EXPECT_EQ(result.error().kind(), ErrorKind::kUnavailable);
    EXPECT_EQ(result.error().applied(), Applied::kUnknown);
    EXPECT_EQ(result.error().advice(), Advice::kOutcomeUnknown);
    done = true;
  });
  loop_.run_for(1ms);
  for (std::uint64_t store = 1; store <= 3; ++store) cluster_.stop_store(store);
  loop_.run_for(100s);
  EXPECT_TRUE(done);
}

TEST_F(RouterFailures, ACasIsSentOnceWhenItsReplyIsLost) {
  fail_next(Fault::kReplyLost);
  const Error error = cas("a").error();
  EXPECT_EQ(error.kind(), ErrorKind::kUndetermined);
  EXPECT_EQ(error.applied(), Applied::kUnknown);
  EXPECT_EQ(error.attempt_count(), 1u);
  EXPECT_EQ(cluster_.writes, 1);
  EXPECT_EQ(cluster_.data["a"], "new") << "it did work, and a second one would have said that it did not";
  loop_.run_for(60s);
  EXPECT_EQ(cluster_.writes, 1);
}

TEST_F(RouterFailures, ACasThatNeverLeftIsTriedAgain) {
  fail_next(Fault::kRefused);
  EXPECT_TRUE(cas("a").value());
  EXPECT_EQ(cluster_.writes, 1);
}

TEST_F(RouterFailures, ACasThatWasRefusedForTheRegionIsTriedAgain) {
  cluster_.split("m");
  cluster_.at("a").leader_store = 2;
  EXPECT_TRUE(cas("a").value());
  EXPECT_EQ(cluster_.writes, 1);
}

TEST_F(RouterFailures, ACasWithAnUndeterminedResultIsNotRepeated) {
  for (const auto fill :
       {+[](RegionError& e) { e.mutable_undetermined_result(); }, +[](RegionError& e) { e.mutable_stale_command(); }}) {
    cluster_.data["a"] = "old";
    cluster_.writes = 0;
    cluster_.errors_after.push_back(FakeRegions::error(fill));
    const Error error = cas("a").error();
    EXPECT_EQ(error.kind(), ErrorKind::kUndetermined);
    EXPECT_EQ(error.applied(), Applied::kUnknown);
    EXPECT_EQ(cluster_.writes, 1);
  }
}

TEST_F(RouterFailures, ACasOutOfTimeSaysSoAndThatItMayHaveWorked) {
  fail_next(Fault::kNoAnswer);
  const Error late = runtime::run_on(loop_, cas_task("a")).with_timeout(100ms).get().error();
  EXPECT_EQ(late.kind(), ErrorKind::kDeadline);
  EXPECT_EQ(late.applied(), Applied::kUnknown);
  EXPECT_EQ(late.attempt_count(), 1u);
  EXPECT_EQ(late.attempts()[0].outcome, "deadline");
  EXPECT_EQ(late.attempts()[0].took, 100ms);
  // And without a deadline, when the attempt's own limit passes.
  fail_next(Fault::kNoAnswer);
  EXPECT_EQ(cas("a").error().kind(), ErrorKind::kUndetermined);
}

TEST_F(RouterFailures, ACancelledWriteSaysThatItMayHaveWorked) {
  cluster_.net.latency = 100ms;
  std::stop_source stop;
  Error error(ErrorKind::kServer, "");
  runtime::run_on(loop_, put_task("a", "1")).with_stop(stop.get_token()).start([&](Result<void> result) {
    error = result.error();
  });
  loop_.run_for(10ms);
  loop_.submit([&] { stop.request_stop(); });
  loop_.run_for(1ms);
  EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
  EXPECT_EQ(error.applied(), Applied::kUnknown);
  EXPECT_NE(cache_.find("a"), nullptr) << "a caller who leaves says nothing against region or store";
  EXPECT_TRUE(put("a", "2"));
  EXPECT_EQ(cluster_.data["a"], "2");
}

TEST_F(RouterFailures, ClosingEndsWhatIsUnderWay) {
  cluster_.net.latency = 100ms;
  Error error(ErrorKind::kServer, "");
  runtime::run_on(loop_, put_task("a", "1")).start([&](Result<void> result) { error = result.error(); });
  loop_.run_for(10ms);
  loop_.close();
  loop_.run_for(1ms);
  EXPECT_EQ(error.kind(), ErrorKind::kClosed);
  EXPECT_EQ(error.applied(), Applied::kUnknown);
}

TEST_F(RouterFailures, AKilledLeadersRegionIsServedByItsSuccessor) {
  cluster_.stop_store(1);
  cluster_.at("a").leader_store = 2;
  const runtime::TimePoint began = loop_.now();
  ASSERT_TRUE(put("a", "1"));
  EXPECT_LE(loop_.now() - began, 250ms);
  // What comes later does not try the dead store first.
  const std::size_t before = sends(1);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(put("a", "2"));
  EXPECT_EQ(sends(1), before);
}

TEST_F(RouterFailures, OtherRegionsOfAKilledStoreAreLookedUpAgain) {
  cluster_.split("m");
  ASSERT_TRUE(put("a", "1"));
  ASSERT_TRUE(put("x", "1"));
  cluster_.stop_store(1);
  cluster_.at("a").leader_store = 2;
  cluster_.at("x").leader_store = 3;
  ASSERT_TRUE(put("a", "2"));
  const std::size_t before = sends(1);
  ASSERT_TRUE(put("x", "2"));
  EXPECT_EQ(sends(1), before) << "it was not asked again to find out";
}

TEST_F(RouterFailures, ARestartedStoreIsUsedAgainPromptly) {
  cluster_.stop_store(1);  // and no other leader is elected
  bool done = false;
  runtime::run_on(loop_, put_task("a", "1")).start([&](Result<void> result) {
    EXPECT_TRUE(result) << result.error().to_string();
    done = true;
  });
  loop_.run_for(5s);
  EXPECT_FALSE(done);
  cluster_.start_store(1);
  loop_.run_for(2s);
  EXPECT_TRUE(done);
}

TEST_F(RouterFailures, ThePdIsNotFloodedWhileAStoreIsDown) {
  cluster_.stop_store(1);
  for (int i = 0; i < 200; ++i) runtime::run_on(loop_, put_task("a", "1")).start([](Result<void>) {});
  loop_.run_for(10s);
  EXPECT_LE(region_loads(), 200u) << "shared by all that wait";
  cluster_.start_store(1);
  loop_.run_for(20s);
  EXPECT_EQ(cluster_.writes, 200);
}

TEST_F(RouterFailures, AFrozenLeaderIsLeftWhenTheAttemptsTimeIsUp) {
  cluster_.net.freeze(FakeRegions::store_address(1));
  cluster_.at("a").leader_store = 2;
  const runtime::TimePoint began = loop_.now();
  ASSERT_TRUE(runtime::run_on(loop_, put_task("a", "1", {.timeout = 500ms})).get());
  EXPECT_LE(loop_.now() - began, 1s);
}

// Callers with little patience find out all the same that a store is frozen.
TEST_F(RouterFailures, AFrozenLeaderIsFoundOutByImpatientCallers) {
  cluster_.net.freeze(FakeRegions::store_address(1));
  cluster_.at("a").leader_store = 2;
  EXPECT_EQ(runtime::run_on(loop_, put_task("a", "1")).with_timeout(50ms).get().error().kind(), ErrorKind::kDeadline);
  loop_.run_for(2s);
  EXPECT_TRUE(runtime::run_on(loop_, put_task("a", "1")).with_timeout(50ms).get());
}

TEST_F(RouterFailures, AStoreAtAnothersAddressIsLookedUp) {
  // Store 1 moved; what answers at its old address is store 2.
  cluster_.addresses[1] = FakeRegions::store_address(1);
  cluster_.net.on<proto::kvrpcpb::RawPutRequest>("moved:1", [&](const auto&) -> testing::Reply {
    ++cluster_.writes;
    return proto::kvrpcpb::RawPutResponse();
  });
  cluster_.errors.push_back(FakeRegions::error([](RegionError& e) { e.mutable_store_not_match(); }));
  cluster_.addresses[1] = "moved:1";
  ASSERT_TRUE(put("a", "1"));
  EXPECT_EQ(cluster_.net.count("RawPut", "moved:1"), 1u);
  EXPECT_EQ(cluster_.net.forgotten().front(), FakeRegions::store_address(1));
}

TEST_F(RouterFailures, ARemovedStoresRegionsAreServedByOthers) {
  FakeRegions::Region& region = cluster_.at("a");
  cluster_.stop_store(1);
  cluster_.addresses.erase(1);
  region.stores = {2, 3};
  region.conf = 2;
  region.leader_store = 3;
  ASSERT_TRUE(put("a", "1"));
  EXPECT_EQ(cluster_.data["a"], "1");
}

// A request that fails has the picture of the region that it began with, whatever is known by then.
TEST_F(RouterFailures, APeerMayBeGoneWhenARequestToItFails) {
  const region::RegionRef before = locate("a");
  cluster_.net.latency = 100ms;
  bool done = false;
  runtime::run_on(loop_, put_task("a", "1")).start([&](Result<void> result) {
    EXPECT_TRUE(result) << result.error().to_string();
    done = true;
  });
  loop_.run_for(10ms);
  cluster_.net.latency = 1ms;
  FakeRegions::Region& region = cluster_.at("a");
  region.stores = {2, 3};
  region.conf = 2;
  region.leader_store = 2;
  cache_.invalidate(*before);
  ASSERT_EQ(locate("a")->peers.size(), 2U);
  ASSERT_FALSE(done);
  cluster_.stop_store(1);
  loop_.run_for(5s);
  EXPECT_TRUE(done);
  EXPECT_GE(sends(2), 1U) << "the one under way failed";
  EXPECT_EQ(cluster_.data["a"], "1");
  EXPECT_EQ(cache_.find("a")->peers.size(), 2U);
}

TEST_F(RouterFailures, AStoreOfAnotherClusterIsFatal) {
  cluster_.net.on<proto::kvrpcpb::RawPutRequest>(FakeRegions::store_address(1), [](const auto&) {
    return testing::Reply::status(net::StatusCode::kInvalidArgument,
                                  "the cluster id of the request does not match the TiKV cluster");
  });
  EXPECT_EQ(put("a", "1").error().kind(), ErrorKind::kClusterMismatch);
}

TEST_F(RouterFailures, PdOutOfReachIsSaidWithItsAttempts) {
  cluster_.net.cut(FakeRegions::kPd);
  cache_.invalidate(*locate("a"));
  const Error error = put("a", "1").error();
  EXPECT_EQ(error.kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(error.applied(), Applied::kNo);
  EXPECT_GE(error.attempt_count(), 1u);
}

// A cold put, with each of its steps going wrong once in each way.
TEST(RouterSteps, EachMayFail) {
  class Cold : public RouterTest {
   public:
    using RouterTest::cas;
    using RouterTest::cluster_;
    using RouterTest::loop_;
    using RouterTest::put;
    void TestBody() override {}
  };
  std::size_t steps = 0;
  {
    Cold probe;
    const std::size_t before = probe.cluster_.net.steps();
    ASSERT_TRUE(probe.put("a", "1"));
    steps = probe.cluster_.net.steps() - before;
    EXPECT_EQ(steps, 3u) << "region, store, put";
  }
  for (std::size_t step = 0; step < steps; ++step) {
    for (const Fault fault : testing::kAllFaults) {
      const std::string where = "step " + std::to_string(step) + " " + std::string(testing::to_string(fault));
      {
        Cold flow;
        flow.cluster_.net.fail_step(flow.cluster_.net.steps() + step, fault);
        const Result<void> result = flow.put("a", "1");
        EXPECT_TRUE(result) << where << ": " << result.error().to_string();
        EXPECT_EQ(flow.cluster_.data["a"], "1") << where;
      }
      Cold flow;
      flow.cluster_.data["a"] = "old";
      flow.cluster_.net.fail_step(flow.cluster_.net.steps() + step, fault);
      const Result<bool> result = flow.cas("a");
      flow.loop_.run_for(100s);
      EXPECT_LE(flow.cluster_.writes, 1) << where << ": never twice";
      if (result) {
        EXPECT_TRUE(*result) << where;
      } else {
        EXPECT_EQ(result.error().kind(), ErrorKind::kUndetermined) << where;
        EXPECT_EQ(result.error().applied(), Applied::kUnknown) << where;
        EXPECT_EQ(step, 2u) << where << ": only the write itself leaves a doubt";
      }
    }
  }
}

}  // namespace
}  // namespace tikv::route
