#include "route/backoff.h"

#include <algorithm>

namespace tikv::route {
namespace {

constexpr bool rows_in_order() {
  for (std::size_t i = 0; i < kBackoffs.size(); ++i)
    if (static_cast<std::size_t>(kBackoffs[i].kind) != i) return false;
  return true;
}
static_assert(rows_in_order());

using Milliseconds = std::chrono::milliseconds;

Milliseconds exponential(const BackoffRow& row, std::uint32_t attempt) {
  Milliseconds pause = row.base;
  while (attempt-- > 0 && pause < row.cap) pause *= 2;
  return std::min(pause, row.cap);
}

// In [0, below); 0 if there is nothing below.
Milliseconds anywhere(Milliseconds below, std::mt19937_64& random) {
  if (below.count() <= 0) return Milliseconds{0};
  return Milliseconds{static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(below.count()))};
}

}  // namespace

std::chrono::milliseconds next_pause(const BackoffRow& row, std::uint32_t attempt, std::chrono::milliseconds last,
                                     std::mt19937_64& random) {
  const Milliseconds full = exponential(row, attempt);
  switch (row.jitter) {
    case Jitter::kNone:
      break;
    case Jitter::kFull:
      return anywhere(full, random);
    case Jitter::kEqual:
      return full / 2 + anywhere(full / 2, random);
    case Jitter::kDecorrelated:
      return std::min(row.cap, row.base + anywhere(std::max(last, row.base) * 3 - row.base, random));
  }
  return full;
}

}  // namespace tikv::route
