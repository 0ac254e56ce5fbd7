#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "world.h"

// What went down comes back, and the same client works again, soon. What does not come back is in nobody's way.
namespace tikv::testing {
namespace {

using namespace std::chrono_literals;
using cluster::ServerId;

class Recovery : public ::testing::Test {
 protected:
  explicit Recovery(WorldOptions options = {.pds = 3}) : world(options) {
    world.spread_transactional();
    EXPECT_TRUE(write("warm"));
  }

  /// One transaction over all regions, with a read of each.
  Result<void> write(const std::string& value, std::chrono::nanoseconds timeout = 30s) {
    auto body = [&value](Transaction& txn) -> Task<Result<void>> {
      for (const char* key : {"a", "k", "z"}) {
        co_await txn.get(key).or_return();
        co_await txn.put(key, value);
      }
      co_return Result<void>();
    };
    return world.run(client.transact(body).with_timeout(timeout)).result;
  }
  Result<std::optional<std::string>> read(const std::string& key, std::chrono::nanoseconds timeout) {
    Task<Result<std::uint64_t>> asking = client.timestamp();
    const Result<std::uint64_t> now = world.run(std::move(asking).with_timeout(timeout)).result;
    if (!now) return std::unexpected(now.error());
    return world.run(client.snapshot(*now).get(key).with_timeout(timeout)).result;
  }
  /// How long after now the client works again.
  std::chrono::nanoseconds time_to_work(const std::string& value) {
    const auto began = world.now();
    const Result<void> written = write(value);
    EXPECT_TRUE(written) << describe(written);
    const auto took = world.now() - began;
    EXPECT_EQ(read("k", 1s).value(), value);
    return took;
  }
  void for_each_store(void (World::*what)(ServerId)) {
    for (std::uint64_t id = 1; id <= 3; ++id) (world.*what)(ServerId::store(id));
  }
  void restart(ServerId server) { EXPECT_TRUE(world.model().restart(server)); }

  World world;
  Client& client = world.add_client();
};

TEST_F(Recovery, AfterAllStoresWereRestarted) {
  for_each_store(&World::kill);
  const Result<void> down = write("lost", 3s);
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().kind(), ErrorKind::kDeadline) << describe(down);
  EXPECT_GT(down.error().attempt_count(), 0U);
  world.loop.run_for(5min);
  for (std::uint64_t id = 1; id <= 3; ++id) restart(ServerId::store(id));
  EXPECT_LE(time_to_work("again"), 2s) << "an election, and a check of each store once a second";
}

TEST_F(Recovery, AfterTheWholeClusterWasRestarted) {
  for_each_store(&World::kill);
  for (std::uint64_t id = 1; id <= 3; ++id) world.kill(ServerId::pd(id));
  const Result<void> down = write("lost", 3s);
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().kind(), ErrorKind::kDeadline) << describe(down);
  EXPECT_GT(down.error().attempt_count(), 0U) << describe(down);
  world.loop.run_for(5min);
  for (std::uint64_t id = 1; id <= 3; ++id) restart(ServerId::pd(id));
  for (std::uint64_t id = 1; id <= 3; ++id) restart(ServerId::store(id));
  EXPECT_LE(time_to_work("again"), 2s);
}

TEST_F(Recovery, WhileACallWaits) {
  for_each_store(&World::kill);
  auto body = [](Transaction& txn) -> Task<Result<void>> {
    co_await txn.put("a", "patient");
    co_return Result<void>();
  };
  Task<Result<void>> task = client.transact(body);
  Started<Result<void>> waiting(std::move(task));
  world.loop.run_for(20s);
  EXPECT_FALSE(waiting.done());
  const auto back = world.now();
  for (std::uint64_t id = 1; id <= 3; ++id) restart(ServerId::store(id));
  ASSERT_TRUE(world.loop.run_until([&] { return waiting.done(); }, back + 1min));
  ASSERT_TRUE(waiting.value()) << describe(waiting.value());
  EXPECT_LE(world.now() - back, 3s);
}

TEST_F(Recovery, AfterEachStoreInTurn) {
  for (std::uint64_t id = 1; id <= 3; ++id) {
    SCOPED_TRACE("store " + std::to_string(id));
    world.kill(ServerId::store(id));
    EXPECT_LE(time_to_work("without " + std::to_string(id)), 1s) << "an election of 200 ms";
    world.loop.run_for(10s);
    EXPECT_LE(time_to_work("still without " + std::to_string(id)), 50ms) << "the new leaders are known";
    restart(ServerId::store(id));
    world.loop.run_for(10s);
    EXPECT_LE(time_to_work("with " + std::to_string(id)), 50ms);
  }
}

TEST_F(Recovery, AfterPdsLeaderIsKilled) {
  world.kill(ServerId::pd(world.model().pd().leader));
  EXPECT_LE(time_to_work("with a new leader"), 1s) << "an election of 200 ms";
  EXPECT_LE(time_to_work("as before"), 50ms);
}

TEST_F(Recovery, AfterPdsLeaderHangs) {
  const std::uint64_t leader = world.model().pd().leader;
  EXPECT_TRUE(world.model().freeze(ServerId::pd(leader)));
  EXPECT_TRUE(world.model().move_pd_leader(leader % 3 + 1));
  EXPECT_LE(time_to_work("with a new leader"), 4s) << "3 s until a timestamp stream is taken for dead";
  EXPECT_LE(time_to_work("as before"), 50ms);
}

TEST_F(Recovery, AfterPdWasAwayForLong) {
  for (std::uint64_t id = 1; id <= 3; ++id) world.kill(ServerId::pd(id));
  const Result<void> down = write("lost", 20s);
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().kind(), ErrorKind::kUnavailable) << describe(down);
  EXPECT_GT(down.error().attempt_count(), 0U) << describe(down);
  world.loop.run_for(10min);
  for (std::uint64_t id = 1; id <= 3; ++id) restart(ServerId::pd(id));
  EXPECT_LE(time_to_work("again"), 1s);
}

TEST_F(Recovery, LeadersThatMoveCostOneQuestionEach) {
  for (std::uint64_t round = 0; round < 6; ++round) {
    for (const char* key : {"a", "k", "z"}) world.move_leader(key, round % 3 + 1);
    EXPECT_LE(time_to_work(std::to_string(round)), 50ms) << "not_leader names the new one";
  }
}

TEST_F(Recovery, RegionsThatSplitAndMergeAreFollowed) {
  for (const char* border : {"b", "i", "q", "x"}) world.split(border);
  EXPECT_LE(time_to_work("split"), 50ms);
  EXPECT_TRUE(world.model().merge(""));
  EXPECT_LE(time_to_work("merged"), 100ms);
}

// ---- a store is gone for good

class Gone : public Recovery {
 protected:
  Gone() : Recovery({.replicas = 1}) {}
};

TEST_F(Gone, AKilledStoreIsNotInTheWayOfOthers) {
  world.kill(ServerId::store(2));  // with "k", whose only replica it had
  std::vector<Started<Result<std::optional<std::string>>>> stuck;
  const std::uint64_t now = world.run(client.timestamp()).result.value();
  for (int i = 0; i < 50; ++i) stuck.emplace_back(client.snapshot(now).get("k").with_timeout(10s));
  for (int i = 0; i < 20; ++i) {
    const auto began = world.now();
    EXPECT_EQ(read("a", 1s).value(), "warm");
    EXPECT_EQ(read("z", 1s).value(), "warm");
    EXPECT_LE(world.now() - began, 50ms);
    world.loop.run_for(300ms);
  }
  ASSERT_TRUE(world.loop.run_until([&] { return std::ranges::all_of(stuck, [](auto& one) { return one.done(); }); }));
  for (const auto& one : stuck) {
    EXPECT_EQ(one.value().error().kind(), ErrorKind::kDeadline) << describe(one.value());
    EXPECT_GT(one.value().error().attempt_count(), 0U) << describe(one.value());
  }
}

TEST_F(Gone, AFrozenStoreIsNotInTheWayOfOthers) {
  EXPECT_TRUE(world.model().freeze(ServerId::store(2)));
  const std::uint64_t now = world.run(client.timestamp()).result.value();
  std::vector<Started<Result<std::optional<std::string>>>> stuck;
  for (int i = 0; i < 50; ++i) stuck.emplace_back(client.snapshot(now).get("k").with_timeout(10s));
  for (int i = 0; i < 20; ++i) {
    const auto began = world.now();
    EXPECT_EQ(read("a", 1s).value(), "warm");
    EXPECT_LE(world.now() - began, 50ms);
    world.loop.run_for(300ms);
  }
  EXPECT_TRUE(world.model().thaw(ServerId::store(2)));
  ASSERT_TRUE(world.loop.run_until([&] { return std::ranges::all_of(stuck, [](auto& one) { return one.done(); }); }));
  EXPECT_EQ(read("k", 1s).value(), "warm");
}

TEST_F(Gone, APartOfABatchThatCannotBeReadDoesNotOutliveTheDeadline) {
  world.kill(ServerId::store(2));
  const std::uint64_t now = world.run(client.timestamp()).result.value();
  std::vector<std::string> keys{"a", "k", "z"};
  const auto [values, took] = world.run(client.snapshot(now).batch_get(std::move(keys)).with_timeout(2s));
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().kind(), ErrorKind::kDeadline) << describe(values);
  EXPECT_LE(took, 2s);
}

class ManyStores : public Recovery {
 protected:
  ManyStores() : Recovery({.stores = 4}) {}
};

// A store is taken out of service: its peers move away, then it is switched off.
TEST_F(ManyStores, AStoreThatWasScaledInIsForgotten) {
  for (const char* key : {"", "k", "z"}) {
    const std::string kept = key[0] == 0 ? "" : world.model().topology().at(key).meta.start_key();
    EXPECT_TRUE(world.model().add_peer(kept, 4));
    EXPECT_TRUE(world.model().remove_peer(kept, 2));
  }
  world.kill(ServerId::store(2));
  EXPECT_LE(time_to_work("moved away"), 1s);
  EXPECT_LE(time_to_work("as before"), 50ms);
}

}  // namespace
}  // namespace tikv::testing
