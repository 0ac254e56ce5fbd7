#include "admin/regions.h"

#include <algorithm>
#include <utility>

#include "admin/cluster_info.h"

namespace tikv::admin {

Task<Result<std::vector<RegionInfo>>> regions(pd::PdClient& pd, KeyRange range, RegionsOptions options) {
  KeyRange left = pd_range(std::move(range), options.keys);
  std::vector<RegionInfo> all;
  for (;;) {
    const std::size_t wanted = options.limit == 0 ? kRegionsPage : std::min(kRegionsPage, options.limit - all.size());
    std::vector<pd::RegionInfo> page = co_await pd.scan_regions(left, wanted).or_return();
    if (page.empty()) break;
    const std::string end = page.back().end_key;
    for (pd::RegionInfo& region : page) all.push_back(region_info(std::move(region), options.keys));
    if (page.size() < wanted || end.empty() || all.size() == options.limit) break;
    if (!left.end.empty() && end >= left.end) break;
    left.start = end;
  }
  co_return all;
}

Task<Result<std::vector<StoreInfo>>> stores(pd::PdClient& pd, StoresOptions options) {
  std::vector<pd::StoreInfo> known = co_await pd.get_all_stores(options.with_tombstones).or_return();
  std::vector<StoreInfo> all;
  for (pd::StoreInfo& store : known) all.push_back(store_info(std::move(store)));
  co_return all;
}

}  // namespace tikv::admin
