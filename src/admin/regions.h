#pragma once

#include <tikv/cluster.h>
#include <tikv/task.h>

#include <vector>

#include "pd/pd_client.h"

namespace tikv::admin {

/// The regions that meet `range`, in key order. PD is asked for `kRegionsPage` at a time.
Task<Result<std::vector<RegionInfo>>> regions(pd::PdClient& pd, KeyRange range, RegionsOptions options);

/// Regions of one question to PD. Own choice: some 300 KB of answer.
inline constexpr std::size_t kRegionsPage = 1024;

Task<Result<std::vector<StoreInfo>>> stores(pd::PdClient& pd, StoresOptions options);

}  // namespace tikv::admin
