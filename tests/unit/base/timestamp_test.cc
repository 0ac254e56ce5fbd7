#include <gtest/gtest.h>
#include <tikv/timestamp.h>

namespace tikv {
namespace {

using namespace std::chrono_literals;

TEST(Timestamp, ComposesAndTakesApart) {
  const std::uint64_t timestamp = compose_timestamp(1'700'000'000'123, 77);
  EXPECT_EQ(timestamp_physical_ms(timestamp), 1'700'000'000'123);
  EXPECT_EQ(timestamp_logical(timestamp), 77);
  EXPECT_EQ(compose_timestamp(5, 1 << kTimestampLogicalBits), compose_timestamp(6, 0));
}

TEST(Timestamp, IsAMomentOfTheClock) {
  const std::chrono::system_clock::time_point moment(1'700'000'000'123ms);
  const std::uint64_t first = timestamp_at(moment);
  EXPECT_EQ(first, compose_timestamp(1'700'000'000'123, 0));
  EXPECT_EQ(timestamp_time(first), moment);
  EXPECT_EQ(timestamp_time(first + kTimestampLogicalMask), moment) << "the counter is no part of the time";
  EXPECT_EQ(timestamp_at(moment + 999us), first) << "nor are parts of a millisecond";
  EXPECT_LT(first + kTimestampLogicalMask, timestamp_at(moment + 1ms));
  // The oldest start that a transaction of at most so long can have.
  EXPECT_EQ(timestamp_at(moment - 5ms), compose_timestamp(1'700'000'000'118, 0));
}

}  // namespace
}  // namespace tikv
