#include "client/region_loading.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "runtime/wait.h"

namespace tikv::client {
namespace {

/// Regions in one question to PD; client-go's defaultRegionsPerBatch.
constexpr std::size_t kAtOnce = 128;

}  // namespace

Task<Result<void>> load_all_regions(pd::PdClient& pd, region::RegionCache& raw, region::RegionCache& transactional) {
  std::string start;
  do {
    KeyRange rest(start, std::string());
    std::vector<pd::RegionInfo> infos = co_await pd.scan_regions(std::move(rest), kAtOnce).or_return();
    if (infos.empty()) break;
    start = infos.back().end_key;
    for (pd::RegionInfo& info : infos) {
      raw.learn(info);
      transactional.learn(std::move(info));
    }
  } while (!start.empty());
  co_return Result<void>();
}

Task<void> refresh_regions(std::chrono::milliseconds interval, pd::PdClient& pd, region::RegionCache& raw,
                           region::RegionCache& transactional) {
  while (true) {
    const runtime::Wake why = co_await runtime::sleep(interval);
    if (why != runtime::Wake::kReady) break;
    (void)co_await load_all_regions(pd, raw, transactional);
  }
}

}  // namespace tikv::client
