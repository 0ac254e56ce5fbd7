#include "duration.h"

#include <gtest/gtest.h>

namespace tikv::cli {
namespace {

using namespace std::chrono_literals;

TEST(Duration, HasAUnit) {
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("5s"), 5s);
  EXPECT_EQ(parse_duration("5"), 5s);
  EXPECT_EQ(parse_duration("2m"), 2min);
  EXPECT_EQ(parse_duration("24h"), 24h);
  EXPECT_EQ(parse_duration("0"), 0s);
}

TEST(Duration, OthersAreRefused) {
  for (const auto* text : {"", "s", "-1s", "5 s", "5d", "1.5s", "25h", "99999999999999999999", "5sx"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Time, IsPrintedInUtc) {
  const std::chrono::sys_time<std::chrono::milliseconds> time(1'700'000'000'007ms);
  EXPECT_EQ(print_time(time), "2023-11-14 22:13:20.007 UTC");
  EXPECT_EQ(rfc3339(time), "2023-11-14T22:13:20.007Z");
}

}  // namespace
}  // namespace tikv::cli
