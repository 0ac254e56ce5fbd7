#include "route/router.h"

#include "fixture.h"

namespace tikv::route {
namespace {

using namespace std::chrono_literals;
using RouterSends = RouterTest;
using proto::kvrpcpb::RawGetRequest;
using proto::kvrpcpb::RawPutRequest;

TEST_F(RouterSends, ToTheLeaderOfTheKeysRegion) {
  cluster_.split("m").leader_store = 2;
  cluster_.data["x"] = "1";
  EXPECT_EQ(get("x").value(), "1");
  EXPECT_EQ(get("a").value(), "");
  EXPECT_EQ(sends(2), 1u);
  EXPECT_EQ(sends(1), 1u);
  // The second time, only the store is asked.
  const std::size_t steps = cluster_.net.steps();
  EXPECT_EQ(get("y").value(), "");
  EXPECT_EQ(cluster_.net.steps(), steps + 1);
}

TEST_F(RouterSends, WithTheWholeContext) {
  cluster_.errors.push_back(FakeRegions::error([](RegionError& e) { e.mutable_region_not_initialized(); }));
  ASSERT_TRUE(runtime::run_on(loop_, put_task("a", "1", {.timeout = 25s})).with_timeout(10s).get());
  std::vector<RawPutRequest> requests;
  for (const auto& sent : cluster_.net.sent())
    if (sent.method == "RawPut") requests.push_back(sent.as<RawPutRequest>());
  ASSERT_EQ(requests.size(), 2u);
  const auto& context = requests[0].context();
  EXPECT_EQ(context.region_id(), 1u);
  EXPECT_EQ(context.region_epoch().version(), 1u);
  EXPECT_EQ(context.region_epoch().conf_ver(), 1u);
  EXPECT_EQ(context.peer().id(), 101u);
  EXPECT_EQ(context.peer().store_id(), 1u);
  EXPECT_EQ(context.api_version(), proto::kvrpcpb::V1);
  EXPECT_EQ(context.cluster_id(), FakeRegions::kClusterId);
  EXPECT_EQ(context.request_source(), "external_tikv");
  EXPECT_FALSE(context.is_retry_request());
  EXPECT_LE(context.max_execution_duration_ms(), 10000u) << "nobody waits longer";
  EXPECT_GT(context.max_execution_duration_ms(), 9000u);
  EXPECT_TRUE(requests[1].context().is_retry_request());
}

TEST_F(RouterSends, WithTheCallersTraceAndWithoutOneNothingOfIt) {
  ASSERT_TRUE(get("a"));
  EXPECT_EQ(cluster_.net.sent().back().as<RawGetRequest>().context().trace_id(), "");
  EXPECT_EQ(cluster_.net.sent().back().as<RawGetRequest>().context().trace_control_flags(), 0u);
  const TraceContext caller = *TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  ASSERT_TRUE(runtime::run_on(loop_, get_task("a")).with_trace(caller).get());
  const auto request = cluster_.net.sent().back().as<RawGetRequest>();
  EXPECT_EQ(request.context().trace_id(), std::string(caller.trace_id.begin(), caller.trace_id.end()));
  EXPECT_EQ(request.context().trace_control_flags(), 2u) << "sampled: the store traces the request";
}

TEST_F(RouterSends, AWriteIsGivenTwentySecondsToExecuteAtMost) {
  ASSERT_TRUE(put("a", "1"));
  EXPECT_EQ(cluster_.net.sent().back().as<RawPutRequest>().context().max_execution_duration_ms(), 20000u);
  ASSERT_TRUE(get("a"));
  EXPECT_EQ(cluster_.net.sent().back().as<RawGetRequest>().context().max_execution_duration_ms(), 30000u);
}

TEST_F(RouterSends, ToTheNewLeaderWhenToldWhoThatIs) {
  ASSERT_TRUE(put("a", "1"));
  cluster_.at("a").leader_store = 3;
  const runtime::TimePoint began = loop_.now();
  ASSERT_TRUE(put("a", "2"));
  EXPECT_LE(loop_.now() - began, 5ms) << "no pause, but PD tells where the store is";
  EXPECT_EQ(region_loads(), 1u);
  EXPECT_EQ(sends(3), 1u);
  ASSERT_TRUE(put("a", "3"));
  EXPECT_EQ(sends(3), 2u) << "remembered";
}

TEST_F(RouterSends, ToOtherPeersWhileThereIsNoLeader) {
  ASSERT_TRUE(put("a", "1"));
  cluster_.at("a").leader_store = 0;
  loop_.submit([] {});
  bool done = false;
  runtime::run_on(loop_, put_task("a", "2")).start([&](Result<void> result) {
    EXPECT_TRUE(result) << result.error().to_string();
    done = true;
  });
  loop_.run_for(300ms);
  EXPECT_FALSE(done);
  EXPECT_GE(sends(2), 1u);
  EXPECT_GE(sends(3), 1u);
  cluster_.at("a").leader_store = 2;
  loop_.run_for(2s);
  EXPECT_TRUE(done);
  EXPECT_EQ(cluster_.data["a"], "2");
}

TEST_F(RouterSends, ToALeaderOnAPeerThatWasNotKnown) {
  ASSERT_TRUE(put("a", "1"));
  FakeRegions::Region& region = cluster_.at("a");
  region.stores = {2, 3};
  region.conf = 4;
  region.leader_store = 2;
  ASSERT_TRUE(put("a", "2"));
  EXPECT_EQ(cluster_.data["a"], "2");
}

TEST_F(RouterSends, AnewWhenTheRegionSplit) {
  ASSERT_TRUE(put("a", "1"));
  cluster_.split("g");
  cluster_.split("p");
  const runtime::TimePoint began = loop_.now();
  ASSERT_TRUE(put("x", "2"));
  EXPECT_LE(loop_.now() - began, 20ms);
  EXPECT_EQ(cluster_.data["x"], "2");
}

TEST_F(RouterSends, AnewWhenTheRegionMerged) {
  cluster_.split("g");
  ASSERT_TRUE(put("a", "1"));
  ASSERT_TRUE(put("x", "1"));
  cluster_.merge("a");
  ASSERT_TRUE(put("x", "2"));
  EXPECT_EQ(cluster_.data["x"], "2");
  EXPECT_EQ(cache_.find("x")->id, 1u);
  ASSERT_TRUE(put("a", "3"));
}

// PD does not know of the split yet: the stores' own words count.
TEST_F(RouterSends, AnewWhenPdLagsBehind) {
  ASSERT_TRUE(put("a", "1"));
  cluster_.freeze_pd();
  cluster_.split("g");
  ASSERT_TRUE(put("x", "2"));
  ASSERT_TRUE(put("a", "2"));
  EXPECT_EQ(cluster_.data["x"], "2");
}

TEST_F(RouterSends, EventuallyWhenAStoreIsBehindItsPd) {
  cluster_.errors.push_back(FakeRegions::error([](RegionError& e) {
    auto* region = e.mutable_epoch_not_match()->add_current_regions();
    region->set_id(1);
    region->mutable_region_epoch()->set_version(0);
  }));
  ASSERT_TRUE(put("a", "1"));
  EXPECT_EQ(sends(), 2u);
  EXPECT_EQ(region_loads(), 1u) << "the region is right, the store has to catch up";
}

TEST_F(RouterSends, AnewAfterEachErrorThatSaysSo) {
  const std::vector<void (*)(RegionError&)> errors = {
      [](RegionError& e) { e.mutable_region_not_found(); },
      [](RegionError& e) { e.mutable_key_not_in_region(); },
      [](RegionError& e) { e.mutable_epoch_not_match(); },
      [](RegionError& e) { e.mutable_mismatch_peer_id(); },
      [](RegionError& e) { e.mutable_bucket_version_not_match(); },
      [](RegionError& e) { e.mutable_recoveryinprogress(); },
      [](RegionError& e) { e.mutable_is_witness(); },
  };
  for (const auto fill : errors) {
    const std::size_t loads = region_loads();
    cluster_.errors.push_back(FakeRegions::error(fill));
    ASSERT_TRUE(put("a", "1"));
    if (loads > 0) EXPECT_EQ(region_loads(), loads + 1);
  }
}

TEST_F(RouterSends, PausesUnlessANewEpochComesWithItsRegions) {
  const auto takes = [this] {
    const runtime::TimePoint began = loop_.now();
    EXPECT_TRUE(put("a", "1"));
    return loop_.now() - began;
  };
  takes();
  const auto undisturbed = takes();
  const auto pause = backoff_row(BackoffKind::kRegionMiss).base;
  cluster_.split("m");
  EXPECT_LT(takes(), 2 * undisturbed + pause);
  const std::vector<void (*)(RegionError&)> errors = {
      [](RegionError& e) { e.mutable_epoch_not_match(); },
      [](RegionError& e) { e.mutable_not_leader(); },
      [](RegionError& e) { e.mutable_server_is_busy(); },
      [](RegionError& e) { e.mutable_max_timestamp_not_synced(); },
  };
  for (const auto fill : errors) {
    cluster_.errors.push_back(FakeRegions::error(fill));
    EXPECT_GE(takes(), 2 * undisturbed + pause);
  }
}

TEST_F(RouterSends, AgainHereAfterEachErrorThatSaysSo) {
  ASSERT_TRUE(put("a", "1"));
  const std::vector<void (*)(RegionError&)> errors = {
      [](RegionError& e) { e.mutable_disk_full(); },
      [](RegionError& e) { e.mutable_server_is_busy(); },
      [](RegionError& e) { e.mutable_stale_command(); },
      [](RegionError& e) { e.mutable_undetermined_result(); },
      [](RegionError& e) { e.mutable_max_timestamp_not_synced(); },
      [](RegionError& e) { e.mutable_region_not_initialized(); },
      [](RegionError& e) { e.mutable_read_index_not_ready(); },
      [](RegionError& e) { e.mutable_proposal_in_merging_mode(); },
  };
  for (const auto fill : errors) {
    const std::size_t before = sends(1);
    cluster_.errors.push_back(FakeRegions::error(fill));
    ASSERT_TRUE(put("a", "1"));
    EXPECT_EQ(sends(1), before + 2);
  }
  EXPECT_EQ(region_loads(), 1u);
}

TEST_F(RouterSends, ToAnotherPeerAfterAnErrorOfAnUnknownKind) {
  ASSERT_TRUE(put("a", "1"));
  cluster_.errors.push_back(FakeRegions::error([](RegionError& e) { e.set_message("TiKV is Closing"); }));
  ASSERT_TRUE(put("a", "2"));
  EXPECT_GE(sends(2) + sends(3), 1u);
}

TEST_F(RouterSends, AfterThePauseThatABusyStoreAskedFor) {
  cluster_.errors.push_back(FakeRegions::error([](RegionError& e) { e.mutable_server_is_busy()->set_backoff_ms(40); }));
  const runtime::TimePoint began = loop_.now();
  ASSERT_TRUE(put("a", "1"));
  EXPECT_GE(loop_.now() - began, 40ms);
  EXPECT_LE(loop_.now() - began, 50ms);
}

TEST_F(RouterSends, AwayFromABusyStoreThatLeadsNoMore) {
  ASSERT_TRUE(put("a", "1"));
  cluster_.net.on<RawPutRequest>(FakeRegions::store_address(1), [](const auto&) -> testing::Reply {
    proto::kvrpcpb::RawPutResponse response;
    response.mutable_region_error()->mutable_server_is_busy();
    return response;
  });
  cluster_.at("a").leader_store = 3;
  ASSERT_TRUE(put("a", "2"));
  EXPECT_EQ(sends(1), 3u) << "one before, and two refusals";
}

TEST_F(RouterSends, BackToABusyStoreThatStillLeads) {
  ASSERT_TRUE(put("a", "1"));
  for (int i = 0; i < 4; ++i)
    cluster_.errors.push_back(FakeRegions::error([](RegionError& e) { e.mutable_server_is_busy(); }));
  ASSERT_TRUE(put("a", "2"));
  EXPECT_EQ(cluster_.data["a"], "2");
}

TEST_F(RouterSends, GivesUpWhereThatIsAllThereIsToDo) {
  cluster_.errors.push_back(
      FakeRegions::error([](RegionError& e) { e.mutable_raft_entry_too_large()->set_entry_size(9 << 20); }));
  Error error = put("a", "1").error();
  EXPECT_EQ(error.kind(), ErrorKind::kTooLarge);
  EXPECT_EQ(error.detail<SizeLimit>()->size, 9u << 20);
  EXPECT_EQ(error.applied(), Applied::kNo);
  EXPECT_EQ(error.attempt_count(), 1u);
  EXPECT_EQ(error.attempts()[0].outcome, "raft_entry_too_large");
  EXPECT_EQ(error.attempts()[0].address, FakeRegions::store_address(1));
  EXPECT_EQ(error.attempts()[0].region_id, 1u);
  EXPECT_EQ(error.attempts()[0].store_id, 1u);
  EXPECT_NE(error.message().find("RawPut"), std::string::npos);

  cluster_.errors.push_back(FakeRegions::error([](RegionError& e) { e.mutable_flashbackinprogress(); }));
  EXPECT_EQ(put("a", "1").error().kind(), ErrorKind::kServer);
  cluster_.net.on<RawGetRequest>(FakeRegions::store_address(1),
                                 [](const auto&) { return testing::Reply::status(net::StatusCode::kUnimplemented); });
  EXPECT_EQ(get("a").error().kind(), ErrorKind::kUnsupported);
}

TEST_F(RouterSends, UntilTheBudgetEnds) {
  budget_ = 3s;
  for (int i = 0; i < 10000; ++i)
    cluster_.errors.push_back(FakeRegions::error([](RegionError& e) { e.mutable_disk_full(); }));
  const Error error = put("a", "1").error();
  EXPECT_EQ(error.kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(error.applied(), Applied::kNo) << "each attempt was refused";
  EXPECT_GE(error.attempt_count(), 3u);
  EXPECT_EQ(error.attempts().back().outcome, "disk_full");
  EXPECT_GE(error.elapsed(), 3s);
  EXPECT_NE(error.message().find("tikvDiskFull"), std::string::npos);
}

TEST_F(RouterSends, WithoutEndlessLoopsWhenStoresContradictEachOther) {
  budget_ = 5s;
  // Each names the other leader.
  cluster_.net.on<RawGetRequest>("", [](const RawGetRequest& request) -> testing::Reply {
    proto::kvrpcpb::RawGetResponse response;
    auto* leader = response.mutable_region_error()->mutable_not_leader()->mutable_leader();
    leader->set_store_id(request.context().peer().store_id() % 3 + 1);
    leader->set_id(100 + leader->store_id());
    return response;
  });
  for (std::uint64_t store = 1; store <= 3; ++store)
    cluster_.net.on<RawGetRequest>(
        FakeRegions::store_address(store), [](const RawGetRequest& request) -> testing::Reply {
          proto::kvrpcpb::RawGetResponse response;
          auto* leader = response.mutable_region_error()->mutable_not_leader()->mutable_leader();
          leader->set_store_id(request.context().peer().store_id() % 3 + 1);
          leader->set_id(100 + leader->store_id());
          return response;
        });
  EXPECT_EQ(get("a").error().kind(), ErrorKind::kUnavailable);
  EXPECT_LE(sends(), 100u);
}

TEST_F(RouterSends, WithoutEndlessLoopsWhenARegionNeverSettles) {
  budget_ = 5s;
  for (int i = 0; i < 10000; ++i)
    cluster_.errors.push_back(FakeRegions::error([](RegionError& e) {
      auto* region = e.mutable_epoch_not_match()->add_current_regions();
      region->set_id(1);
      region->mutable_region_epoch()->set_version(1);
      region->mutable_region_epoch()->set_conf_ver(1);
      region->add_peers()->set_id(101);
      region->mutable_peers(0)->set_store_id(1);
    }));
  EXPECT_EQ(put("a", "1").error().kind(), ErrorKind::kUnavailable);
  EXPECT_LE(sends(), 100u);
}

TEST_F(RouterSends, ToOneRegionOnlyIfItIsThere) {
  const region::RegionRef region = locate("a");
  cluster_.split("m");
  auto reply = run(put_to(region, "z")).value();
  EXPECT_TRUE(reply.moved);
  EXPECT_FALSE(reply.maybe_sent_before);
  EXPECT_EQ(cluster_.writes, 0);
  reply = run(put_to(locate("z"), "z")).value();
  EXPECT_FALSE(reply.moved);
  EXPECT_EQ(cluster_.writes, 1);
}

TEST_F(RouterSends, NothingToARegionThatIsKnownToBeOver) {
  const region::RegionRef region = locate("a");
  cluster_.split("m");
  ASSERT_TRUE(put("z", "1"));
  const std::size_t before = sends();
  EXPECT_TRUE(run(put_to(region, "a")).value().moved);
  EXPECT_EQ(sends(), before);
}

TEST_F(RouterSends, NothingThatIsOverAlready) {
  ASSERT_TRUE(get("a"));
  std::stop_source stop;
  stop.request_stop();
  const std::size_t before = sends();
  const Error stopped = runtime::run_on(loop_, put_task("a", "1")).with_stop(stop.get_token()).get().error();
  EXPECT_EQ(stopped.kind(), ErrorKind::kCancelled);
  EXPECT_EQ(stopped.applied(), Applied::kNo);
  const auto too_late = [&]() -> Task<Result<void>> {
    co_await runtime::sleep(5ms);
    co_return co_await put_task("a", "1");
  };
  const Error late = runtime::run_on(loop_, too_late()).with_timeout(1ms).get().error();
  EXPECT_EQ(late.kind(), ErrorKind::kDeadline);
  EXPECT_EQ(late.applied(), Applied::kNo);
  EXPECT_EQ(sends(), before);
  EXPECT_NE(cache_.find("a"), nullptr) << "which says nothing against the region";
}

}  // namespace
}  // namespace tikv::route
