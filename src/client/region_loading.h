#pragma once

#include <tikv/error.h>
#include <tikv/task.h>

#include <chrono>

#include "pd/pd_client.h"
#include "region/region_cache.h"

// Looking regions up before anybody needs them.
namespace tikv::client {

/// How long a client looks for all regions while it connects.
inline constexpr std::chrono::seconds kPreloadTime{20};

/// Asks PD for all regions, some at a time, once for both caches. What was learnt until an error stays.
Task<Result<void>> load_all_regions(pd::PdClient& pd, region::RegionCache& raw, region::RegionCache& transactional);

/// The same again and again, `interval` after the last time, until it is stopped. Errors wait for the next time.
Task<void> refresh_regions(std::chrono::milliseconds interval, pd::PdClient& pd, region::RegionCache& raw,
                           region::RegionCache& transactional);

}  // namespace tikv::client
