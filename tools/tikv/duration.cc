#include "duration.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>

namespace tikv::cli {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array kUnits = {
    Unit{"", 1000}, Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000}, Unit{"h", 3'600'000},
};
constexpr std::int64_t kMost = std::int64_t{24} * 3'600'000;

std::string formatted(const char* format, std::chrono::sys_time<std::chrono::milliseconds> time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[64];
  std::snprintf(text, sizeof text, format, static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text;
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view name = text.substr(static_cast<std::size_t>(parsed.ptr - text.data()));
  const auto* unit = std::ranges::find(kUnits, name, &Unit::name);
  if (parsed.ec != std::errc() || unit == kUnits.end() || number < 0 || number > kMost / unit->milliseconds) {
    return std::unexpected(Error(ErrorKind::kInvalidArgument,
                                 "'" + std::string(text) + "' is no duration: 250ms, 5s, 2m, 1h, at most 24h"));
  }
  return std::chrono::milliseconds(number * unit->milliseconds);
}

std::string print_time(std::chrono::sys_time<std::chrono::milliseconds> time) {
  return formatted("%04d-%02u-%02u %02d:%02d:%02d.%03d UTC", time);
}

std::string rfc3339(std::chrono::sys_time<std::chrono::milliseconds> time) {
  return formatted("%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", time);
}

}  // namespace tikv::cli
