#include "observe/throttle.h"

#include <gtest/gtest.h>

namespace tikv::observe {
namespace {

using namespace std::chrono_literals;

TEST(Throttle, LetsOneASecondThroughAndCountsTheOthers) {
  Throttle throttle;
  const Throttle::TimePoint start{5s};
  EXPECT_EQ(throttle.pass(start), 0U);
  EXPECT_FALSE(throttle.pass(start));
  EXPECT_FALSE(throttle.pass(start + 999ms));
  EXPECT_EQ(throttle.pass(start + 1s), 2U);
  EXPECT_EQ(throttle.pass(start + 9s), 0U);
}

}  // namespace
}  // namespace tikv::observe
