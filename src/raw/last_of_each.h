#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

namespace tikv::raw {

/// Puts `items` in the order of their keys; of those with the same key only the last stays. Batches run at the same
/// time, so two writes of one key must not meet. Costs one pass if they are in order already, as in a bulk load.
template <class Item, class KeyOf>
void keep_last_of_each(std::vector<Item>& items, KeyOf key_of) {
  if (std::ranges::adjacent_find(items, std::greater_equal<>{}, key_of) == items.end()) return;
  const auto key_at = [&](std::size_t at) -> decltype(auto) { return std::invoke(key_of, items[at]); };
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    const int compared = key_at(a).compare(key_at(b));
    return compared != 0 ? compared < 0 : a < b;
  });
  std::vector<Item> kept;
  kept.reserve(items.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool last = i + 1 == order.size() || key_at(order[i]) != key_at(order[i + 1]);
    if (last) kept.push_back(std::move(items[order[i]]));
  }
  items = std::move(kept);
}

}  // namespace tikv::raw
