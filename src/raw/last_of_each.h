#pragma once

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace tikv::raw {

/// Puts `items` in the order of their keys; of those with the same key only the last stays. Batches run at the same
/// time, so two writes of one key must not meet. Costs one pass if they are in order already, as in a bulk load.
template <class Item, class KeyOf>
void keep_last_of_each(std::vector<Item>& items, KeyOf key_of) {
  if (std::ranges::adjacent_find(items, std::greater_equal<>{}, key_of) == items.end()) return;
  std::ranges::stable_sort(items, {}, key_of);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i + 1 < items.size() && std::invoke(key_of, items[i]) == std::invoke(key_of, items[i + 1])) continue;
    if (kept++ != i) items[kept - 1] = std::move(items[i]);
  }
  items.resize(kept);
}

}  // namespace tikv::raw
