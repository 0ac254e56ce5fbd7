#include "base/quantity.h"

#include <array>
#include <cmath>
#include <limits>

namespace tikv::base {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

struct Unit {
  std::string_view name;
  std::int64_t value;
};

// Longer names before those they begin with.
constexpr std::array kTimes = {
    Unit{"ns", 1},         Unit{"us", 1'000},        Unit{"\u00b5s", 1'000},    Unit{"\u03bcs", 1'000},
    Unit{"ms", 1'000'000}, Unit{"s", 1'000'000'000}, Unit{"m", 60'000'000'000}, Unit{"h", 3'600'000'000'000},
};
constexpr std::array kSizes = {
    Unit{"KiB", 1LL << 10}, Unit{"MiB", 1LL << 20}, Unit{"GiB", 1LL << 30},
    Unit{"TiB", 1LL << 40}, Unit{"KB", 1LL << 10},  Unit{"MB", 1LL << 20},
    Unit{"GB", 1LL << 30},  Unit{"TB", 1LL << 40},  Unit{"B", 1},
};
constexpr std::array kWholeTimes = {Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000}, Unit{"ms", 1}};
constexpr std::array kWholeSizes = {Unit{"TiB", 1LL << 40}, Unit{"GiB", 1LL << 30}, Unit{"MiB", 1LL << 20},
                                    Unit{"KiB", 1LL << 10}};

bool digit(char c) { return c >= '0' && c <= '9'; }

/// A number without a sign, taken from the front of `text`: its whole part, and its fraction as numerator over scale.
struct Number {
  std::int64_t whole = 0;
  std::int64_t fraction = 0;
  std::int64_t scale = 1;
};

std::optional<Number> take_number(std::string_view& text) {
  Number number;
  std::size_t at = 0;
  for (; at < text.size() && digit(text[at]); ++at) {
    const int next = text[at] - '0';
    if (number.whole > (kMost - next) / 10) return std::nullopt;
    number.whole = number.whole * 10 + next;
  }
  std::size_t digits = at;
  if (at < text.size() && text[at] == '.') {
    for (++at; at < text.size() && digit(text[at]); ++at, ++digits) {
      // What lies behind 15 places is less than a nanosecond of a day.
      if (number.scale >= 1'000'000'000'000'000) continue;
      number.fraction = number.fraction * 10 + (text[at] - '0');
      number.scale *= 10;
    }
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(at);
  return number;
}

template <std::size_t N>
const Unit* take_unit(std::string_view& text, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return &unit;
  }
  return nullptr;
}

/// `number` times `unit`, cut to a whole; `exact` tells whether anything was cut off.
std::optional<std::int64_t> multiply(const Number& number, std::int64_t unit, bool& exact) {
  if (number.whole > kMost / unit) return std::nullopt;
  const std::int64_t whole = number.whole * unit;
  const long double part = static_cast<long double>(number.fraction) * static_cast<long double>(unit) /
                           static_cast<long double>(number.scale);
  const auto cut = static_cast<std::int64_t>(part);
  exact = static_cast<long double>(cut) == part;
  if (whole > kMost - cut) return std::nullopt;
  return whole + cut;
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return std::chrono::nanoseconds{0};
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  while (!text.empty()) {
    const std::optional<Number> number = take_number(text);
    const Unit* unit = number ? take_unit(text, kTimes) : nullptr;
    if (unit == nullptr) return std::nullopt;
    bool exact = true;
    const std::optional<std::int64_t> part = multiply(*number, unit->value, exact);
    if (!part || total > kMost - *part) return std::nullopt;
    total += *part;
  }
  return std::chrono::nanoseconds{negative ? -total : total};
}

std::string duration_text(std::chrono::milliseconds duration) {
  std::int64_t left = duration.count();
  if (left == 0) return "0s";
  std::string text;
  // One by one, so that the smallest number there is has a text too.
  for (const Unit& unit : kWholeTimes) {
    const std::int64_t count = left / unit.value;
    if (count == 0) continue;
    left -= count * unit.value;
    text += std::to_string(text.empty() ? count : std::abs(count));
    text += unit.name;
  }
  return text;
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  const std::optional<Number> number = take_number(text);
  if (!number) return std::nullopt;
  while (text.starts_with(' ')) text.remove_prefix(1);
  std::int64_t factor = 1;
  if (!text.empty()) {
    const Unit* unit = take_unit(text, kSizes);
    if (unit == nullptr || !text.empty()) return std::nullopt;
    factor = unit->value;
  }
  bool exact = true;
  const std::optional<std::int64_t> bytes = multiply(*number, factor, exact);
  return exact ? bytes : std::nullopt;
}

std::string size_text(std::int64_t bytes) {
  for (const Unit& unit : kWholeSizes) {
    if (bytes != 0 && bytes % unit.value == 0) return std::to_string(bytes / unit.value) + std::string(unit.name);
  }
  return std::to_string(bytes) + "B";
}

}  // namespace tikv::base
