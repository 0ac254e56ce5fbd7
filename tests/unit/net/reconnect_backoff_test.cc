#include "net/reconnect_backoff.h"

#include <gtest/gtest.h>

namespace tikv::net {
namespace {

using namespace std::chrono_literals;

TEST(ReconnectBackoffTest, GrowsUpToItsLimitAndBeginsAnew) {
  std::mt19937_64 random(1);
  ReconnectBackoff backoff(ReconnectOptions{.jitter = 0});
  EXPECT_EQ(backoff.next(random), 100ms);
  EXPECT_EQ(backoff.next(random), 160ms);
  EXPECT_EQ(backoff.next(random), 256ms);
  for (int i = 0; i < 10; ++i) backoff.next(random);
  EXPECT_EQ(backoff.next(random), 3s);
  backoff.reset();
  EXPECT_EQ(backoff.next(random), 100ms);
}

TEST(ReconnectBackoffTest, IsSpread) {
  std::mt19937_64 random(1);
  std::chrono::nanoseconds least = 1h;
  std::chrono::nanoseconds most = 0s;
  for (int i = 0; i < 1000; ++i) {
    const auto delay = ReconnectBackoff(ReconnectOptions{}).next(random);
    least = std::min(least, delay);
    most = std::max(most, delay);
  }
  EXPECT_GE(least, 80ms);
  EXPECT_LT(least, 85ms);
  EXPECT_LE(most, 120ms);
  EXPECT_GT(most, 115ms);
}

}  // namespace
}  // namespace tikv::net
