#include "testkit/cluster/tso_oracle.h"

#include <gtest/gtest.h>
#include <tikv/timestamp.h>

namespace tikv::testing::cluster {
namespace {

std::uint64_t as_number(const TsoOracle::Stamp& stamp) { return compose_timestamp(stamp.physical_ms, stamp.logical); }

TEST(TsoOracle, FollowsTheClock) {
  TsoOracle oracle;
  EXPECT_EQ(oracle.allocate(1000, 1).physical_ms, 1000);
  EXPECT_EQ(oracle.allocate(2000, 1).physical_ms, 2000);
}

TEST(TsoOracle, GivesTheLastOfAsManyAsAsked) {
  TsoOracle oracle;
  const auto first = oracle.allocate(1000, 10);
  const auto second = oracle.allocate(1000, 5);
  EXPECT_EQ(as_number(second) - as_number(first), 5U);
  EXPECT_EQ(oracle.last(), as_number(second));
}

TEST(TsoOracle, NeverGoesBackWithTheClock) {
  TsoOracle oracle;
  const auto before = as_number(oracle.allocate(5000, 1));
  EXPECT_GT(as_number(oracle.allocate(1000, 1)), before);
}

TEST(TsoOracle, BorrowsFromTheNextMillisecondWhenOneIsUsedUp) {
  TsoOracle oracle;
  std::uint64_t last = as_number(oracle.allocate(1000, 200'000));
  const auto next = oracle.allocate(1000, 100'000);
  EXPECT_EQ(next.physical_ms, 1001);
  // All timestamps of one answer are above those of the last.
  EXPECT_GT(as_number(next) - 99'999, last);
}

}  // namespace
}  // namespace tikv::testing::cluster
