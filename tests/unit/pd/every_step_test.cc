// Each flow once with each of its requests going wrong in each way: it must come out right all the same, in time.
#include "pd_fixture.h"

namespace tikv::pd {
namespace {

class EveryStepTest : public ::testing::Test {};

/// What PD holds, and one flow through the client.
struct World {
  World() {
    pd.add_region(1, "", "m");
    pd.add_region(2, "m", "");
    pd.add_store(1);
    options.endpoints = {"pd1:2379", "pd2:2379"};
    client = std::make_unique<PdClient>(loop, net, options);
  }
  ~World() { runtime::run_on(loop, close(client.get())).get().value(); }
  static Task<Result<void>> close(PdClient* client) {
    co_await client->close();
    co_return Result<void>();
  }

  runtime::SimLoop loop;
  FakeTransport net{loop};
  FakePd pd{net, {"pd1:2379", "pd2:2379", "pd3:2379"}};
  PdOptions options;
  std::unique_ptr<PdClient> client;
};

Task<Result<void>> everything(PdClient* client) {
  co_await client->connect().or_return();
  const std::uint64_t first = co_await client->get_timestamp().or_return();
  const std::optional<RegionInfo> region = co_await client->get_region("z").or_return();
  const std::optional<RegionInfo> before = co_await client->get_prev_region("z").or_return();
  const std::optional<RegionInfo> by_id = co_await client->get_region_by_id(1).or_return();
  const std::vector<RegionInfo> scanned = co_await client->scan_regions(KeyRange(), 0).or_return();
  std::vector<KeyRange> ranges;
  ranges.emplace_back("a", "b");
  ranges.emplace_back("x", "y");
  const std::vector<RegionInfo> batch = co_await client->batch_scan_regions(std::move(ranges), 0).or_return();
  const std::optional<StoreInfo> store = co_await client->get_store(1).or_return();
  const std::optional<StoreInfo> none = co_await client->get_store(5).or_return();
  const std::vector<StoreInfo> stores = co_await client->get_all_stores().or_return();
  const std::uint64_t second = co_await client->get_timestamp().or_return();
  EXPECT_TRUE(region && region->id == 2);
  EXPECT_TRUE(before && before->id == 1);
  EXPECT_EQ(before, by_id);
  EXPECT_EQ(scanned.size(), 2u);
  EXPECT_EQ(scanned, batch);
  EXPECT_TRUE(store && store->id == 1);
  EXPECT_FALSE(none);
  EXPECT_EQ(stores.size(), 1u);
  EXPECT_GT(second, first);
  co_return Result<void>();
}

std::size_t steps_of_everything() {
  World world;
  EXPECT_TRUE(runtime::run_on(world.loop, everything(world.client.get())).get());
  return world.net.steps();
}

TEST_F(EveryStepTest, OneFaultAnywhereIsGotOver) {
  const std::size_t steps = steps_of_everything();
  ASSERT_GE(steps, 12u);
  for (std::size_t step = 0; step < steps; ++step) {
    for (const Fault fault : testing::kAllFaults) {
      SCOPED_TRACE("step " + std::to_string(step) + ": " + std::string(testing::to_string(fault)));
      World world;
      world.net.fail_step(step, fault);
      const auto start = world.loop.now();
      const Result<void> done = runtime::run_on(world.loop, everything(world.client.get())).get();
      EXPECT_TRUE(done) << done.error().to_string();
      // The dearest fault is an answer that never comes: one request's timeout, and a search for the leader.
      EXPECT_LE(world.loop.now() - start, world.options.request_timeout + 200ms);
    }
  }
}

TEST_F(EveryStepTest, ALeaderLostAnywhereIsGotOver) {
  const std::size_t steps = steps_of_everything();
  for (std::size_t step = 0; step < steps; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    World world;
    auto done = std::make_shared<std::optional<Result<void>>>();
    runtime::run_on(world.loop, everything(world.client.get())).start([done](Result<void> value) {
      done->emplace(std::move(value));
    });
    world.loop.run_until([&] { return world.net.steps() > step; });
    world.net.cut("pd1:2379");
    world.pd.leader = "pd2:2379";
    ASSERT_TRUE(world.loop.run_until([&] { return done->has_value(); }, world.loop.now() + 10s));
    EXPECT_TRUE(**done) << (*done)->error().to_string();
  }
}

TEST_F(EveryStepTest, ADeadlineOrCancelAnywhereEndsTheFlowThere) {
  World whole;
  const auto began = whole.loop.now();
  ASSERT_TRUE(runtime::run_on(whole.loop, everything(whole.client.get())).get());
  const auto duration = whole.loop.now() - began;
  for (std::chrono::nanoseconds at{0}; at < duration; at += 250us) {
    SCOPED_TRACE(std::to_string(at.count()) + " ns");
    World world;
    const auto start = world.loop.now();
    const Result<void> late = runtime::run_on(world.loop, everything(world.client.get())).with_timeout(at).get();
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().kind(), ErrorKind::kDeadline);
    EXPECT_LE(world.loop.now() - start, at + 1ns);

    std::stop_source stop;
    auto done = std::make_shared<std::optional<Result<void>>>();
    runtime::run_on(world.loop, everything(world.client.get()))
        .with_stop(stop.get_token())
        .start([done](Result<void> value) { done->emplace(std::move(value)); });
    world.loop.run_for(at);
    if (done->has_value()) continue;  // the second flow finds its leader known, and is faster
    stop.request_stop();
    world.loop.run_for(0ns);
    ASSERT_TRUE(done->has_value());
    EXPECT_EQ((*done)->error().kind(), ErrorKind::kCancelled);
  }
}

}  // namespace
}  // namespace tikv::pd
