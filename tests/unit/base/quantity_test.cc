#include "base/quantity.h"

#include <gtest/gtest.h>

#include <string_view>
#include <utility>

namespace tikv::base {
namespace {

using namespace std::chrono_literals;

TEST(Quantity, DurationsReadAsGoReadsThem) {
  const std::pair<std::string_view, std::chrono::nanoseconds> cases[] = {{"0", 0ns},          {"10s", 10s},
                                                                         {"300ms", 300ms},    {"1.5h", 90min},
                                                                         {"2h45m", 165min},   {"-1s", -1s},
                                                                         {"+5s", 5s},         {".5s", 500ms},
                                                                         {"1.s", 1s},         {"0s", 0ns},
                                                                         {"100us", 100us},    {"7\u00b5s", 7us},
                                                                         {"7\u03bcs", 7us},   {"1h1m1s1ms", 3661001ms},
                                                                         {"0.000001ms", 1ns}, {"2562047h", 2562047h}};
  for (const auto& [text, expected] : cases) {
    SCOPED_TRACE(text);
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, expected);
  }
}

TEST(Quantity, WhatIsNoDurationIsRefused) {
  for (const std::string_view text : {"", "-", "10", "s", ".s", "1..5s", "10 s", "10sec", "1d", "1s2", "99999999h",
                                      "1e3s", "99999999999999999999s", "9223372036854775807s"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Quantity, DurationsGoOutAsTheyCameIn) {
  const std::pair<std::chrono::milliseconds, std::string_view> cases[] = {
      {0ms, "0s"},   {1ms, "1ms"}, {50ms, "50ms"},           {1500ms, "1s500ms"}, {90s, "1m30s"},
      {3600s, "1h"}, {24h, "24h"}, {3661001ms, "1h1m1s1ms"}, {-5ms, "-5ms"},      {-90s, "-1m30s"}};
  for (const auto& [duration, text] : cases) {
    EXPECT_EQ(duration_text(duration), text);
    EXPECT_EQ(parse_duration(text), duration) << text;
  }
  EXPECT_FALSE(duration_text(std::chrono::milliseconds::min()).empty());
}

TEST(Quantity, SizesAreBytesOrHaveUnitsAsInTiKV) {
  const std::pair<std::string_view, std::int64_t> cases[] = {{"0", 0},
                                                             {"4096", 4096},
                                                             {"1B", 1},
                                                             {"16KiB", 16384},
                                                             {"16KB", 16384},
                                                             {"8 MiB", 8 << 20},
                                                             {"1.5MiB", 3 << 19},
                                                             {"1GiB", 1 << 30},
                                                             {"2TB", 1LL << 41},
                                                             {"9223372036854775807", INT64_MAX}};
  for (const auto& [text, bytes] : cases) {
    SCOPED_TRACE(text);
    const auto parsed = parse_size(text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, bytes);
  }
  for (const std::string_view text :
       {"", "-1", "KiB", "1 K", "1kb", "0.5", "0.5B", "1MiBs", "9223372036854775808", "9000000000TiB", " 1"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

TEST(Quantity, SizesGoOutAsTheyCameIn) {
  const std::pair<std::int64_t, std::string_view> cases[] = {
      {0, "0B"}, {1, "1B"}, {1023, "1023B"}, {1024, "1KiB"}, {1536, "1536B"}, {100 << 20, "100MiB"}, {1 << 30, "1GiB"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(size_text(bytes), text);
    EXPECT_EQ(parse_size(text), bytes) << text;
  }
}

}  // namespace
}  // namespace tikv::base
