#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "simulation.h"

// Seeds that once found something, and what.
namespace tikv::testing {
namespace {

struct Found {
  std::string_view scenario;
  std::uint64_t seed;
  std::string_view story;
};

constexpr Found kFound[] = {
    {"bulk", 2981,
     "a batch put lost a reply, its region split, and the look-up that followed failed: said not applied"},
    {"bulk", 3156, "the same, with PD gone"},
    {"bulk", 2351, "a plain put took effect three times, two lost replies and all: the checker had thought of two"},
    {"bulk", 51585,
     "a batch put was refused, given up and not applied; its double had been left on its way, and was carried out"},
};

class Seed : public ::testing::TestWithParam<Found> {};

INSTANTIATE_TEST_SUITE_P(Once, Seed, ::testing::ValuesIn(kFound),
                         [](const auto& one) { return "No" + std::to_string(one.index); });

TEST_P(Seed, FindsNothingAnyMore) {
  const Scenario* scenario = find_scenario(GetParam().scenario);
  ASSERT_NE(scenario, nullptr);
  EXPECT_THAT(simulate(*scenario, GetParam().seed).findings, ::testing::IsEmpty()) << GetParam().story;
}

TEST(Scenarios, AreManyAndHaveNamesOfTheirOwn) {
  EXPECT_GE(scenarios().size(), 25U);
  for (const Scenario& scenario : scenarios()) EXPECT_EQ(find_scenario(scenario.name), &scenario) << scenario.name;
}

// One order of events for each seed, down to the last message.
TEST(Simulation, RepeatsFromItsSeed) {
  for (const std::string_view name : {"lists", "registers"}) {
    std::string texts[2];
    for (std::string& text : texts) {
      std::FILE* file = std::tmpfile();
      ASSERT_NE(file, nullptr);
      SimulationOptions options;
      options.trace = file;
      EXPECT_THAT(simulate(*find_scenario(name), 7, options).findings, ::testing::IsEmpty());
      std::rewind(file);
      for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text.push_back(static_cast<char>(c));
      std::fclose(file);
    }
    EXPECT_GT(texts[0].size(), 10'000U);
    EXPECT_EQ(texts[0], texts[1]) << name;
  }
}

}  // namespace
}  // namespace tikv::testing
