#pragma once

#include <cstddef>
#include <string_view>

namespace tikv::route {

/// What a scan's request asked for. In reverse, `start` is the upper border, which is left out, and `end` the lower
/// one.
struct ScanQuestion {
  std::string_view start;
  std::string_view end;
  bool reverse = false;
  std::size_t limit = 0;

  bool asks_for(std::string_view key) const noexcept {
    return reverse ? key < start && key >= end : key >= start && (end.empty() || key < end);
  }
};

/// Whether `pairs` may be the answer: not too many, none outside the borders, each once and in order. A scan goes on
/// from the last key of an answer, so from a store that answers anything else it might never come to an end.
template <class Pairs, class KeyOf>
bool answers_scan(const Pairs& pairs, const ScanQuestion& question, KeyOf key_of) {
  if (static_cast<std::size_t>(pairs.size()) > question.limit) return false;
  bool first = true;
  std::string_view last;
  for (const auto& pair : pairs) {
    const std::string_view key = key_of(pair);
    if (!question.asks_for(key)) return false;
    if (!first && !(question.reverse ? key < last : key > last)) return false;
    first = false;
    last = key;
  }
  return true;
}

inline constexpr std::string_view kNoScanAnswer = "the store answered with pairs that were not asked for";

}  // namespace tikv::route
