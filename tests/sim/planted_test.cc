#include "planted.h"

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "proto/pd_methods.h"
#include "runtime/wait.h"
#include "simulation.h"

// The checkers bite: a bug that is planted between clients and cluster is found, within a few seeds, and by the checker
// that is meant to.
namespace tikv::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class PlantedBug : public ::testing::TestWithParam<Planted> {};

INSTANTIATE_TEST_SUITE_P(All, PlantedBug, ::testing::ValuesIn(planted_bugs().begin(), planted_bugs().end()),
                         [](const auto& one) {
                           std::string name(one.param.name);
                           std::ranges::replace_if(name, [](char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

TEST_P(PlantedBug, IsFound) {
  const Planted& bug = GetParam();
  const Scenario* scenario = find_scenario(bug.scenario);
  ASSERT_NE(scenario, nullptr);
  constexpr std::uint64_t kMaxSeeds = 20;
  SimulationReport report;
  const auto found = [&] {
    return std::ranges::any_of(report.findings, [&](const std::string& text) { return text.contains(bug.finding); });
  };
  std::uint64_t seed = 0;
  while (!found() && seed < kMaxSeeds) {
    SimulationOptions options;
    options.plant = bug.plant;
    report = simulate(*scenario, ++seed, options);
  }
  EXPECT_TRUE(found()) << "not within " << kMaxSeeds << " seeds";
  EXPECT_THAT(simulate(*scenario, seed).findings, ::testing::IsEmpty()) << "and nothing else is wrong";
}

// ---- what is left behind, in a world of its own

/// What `leave` leaves behind is told when the world ends; `take_away` does so then.
template <class Leave, class TakeAway>
std::vector<std::string> told_at_the_end(const Leave& leave, const TakeAway& take_away) {
  ::testing::TestPartResultArray results;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &results);
    World world;
    world.add_client();
    leave(world);
    world.finish();
    take_away();
  }
  std::vector<std::string> told;
  for (int i = 0; i < results.size(); ++i) told.emplace_back(results.GetTestPartResult(i).message());
  return told;
}

template <class Leave>
std::vector<std::string> told_at_the_end(const Leave& leave) {
  return told_at_the_end(leave, [] {});
}

TEST(Leak, OfNothing) {
  EXPECT_THAT(told_at_the_end([](World&) {}), ::testing::IsEmpty());
}

TEST(Leak, OfATask) {
  EXPECT_THAT(told_at_the_end([](World& world) {
                world.loop.background_began();
                world.loop.run_for(std::chrono::seconds(1));
              }),
              Contains(HasSubstr("background")));
}

// What a client leaves that does not let go of its timestamp stream.
TEST(Leak, OfAStream) {
  std::unique_ptr<net::Stream> stream;
  const auto told = told_at_the_end(
      [&stream](World& world) {
        stream = world.open_stream(0, cluster::ServerId::pd(1), proto::MethodOf<proto::pdpb::TsoRequest>::method);
        stream->send(proto::pdpb::TsoRequest());
        world.loop.run_for(std::chrono::seconds(1));
      },
      [&stream] { stream.reset(); });
  EXPECT_THAT(told, Contains(HasSubstr("a stream is still open")));
}

// One that was closed in time is none.
TEST(Leak, OfAClosedStreamIsNone) {
  EXPECT_THAT(told_at_the_end([](World& world) {
                const auto stream =
                    world.open_stream(0, cluster::ServerId::pd(1), proto::MethodOf<proto::pdpb::TsoRequest>::method);
                stream->send(proto::pdpb::TsoRequest());
                world.loop.run_for(std::chrono::seconds(1));
              }),
              ::testing::IsEmpty());
}

TEST(Leak, OfATimer) {
  struct Forgotten final : runtime::Timer {
    void on_time() override {}
  } timer;
  EXPECT_THAT(
      told_at_the_end([&](World& world) { world.loop.timers().arm(timer, world.now() + std::chrono::hours(24)); }),
      Contains(HasSubstr("timer is still armed")));
}

TEST(Leak, OfALock) {
  const auto told = told_at_the_end([](World& world) {
    Client& client = world.add_client();
    Transaction txn = world.run(client.begin()).result.value();
    EXPECT_TRUE(txn.put("a", "1"));
    world.add(fault_at("KvCommit", FaultKind::kDropRequest, 0, 0));
    (void)world.run(txn.commit().with_timeout(std::chrono::seconds(1)));
    EXPECT_THAT(world.locked_keys(), ::testing::IsEmpty()) << "locks stay";
  });
  EXPECT_THAT(told, Contains(HasSubstr("locks stay")));
}

}  // namespace
}  // namespace tikv::testing
