#pragma once

#include <tikv/options.h>

#include <cstdint>

#include "net/http_options.h"
#include "pd/pd_client.h"
#include "region/region_cache.h"
#include "region/store.h"
#include "route/backoff.h"
#include "route/router.h"
#include "runtime/loop.h"

// What each layer is told of the client's options.
namespace tikv::client {

runtime::LoopOptions loop_options(const ClientOptions& options);
net::HttpOptions http_options(const ClientOptions& options);
pd::PdOptions pd_options(const ClientOptions& options);
region::RegionCacheOptions region_options(const ClientOptions& options);
region::StoreOptions store_options(const ClientOptions& options);
route::RouterOptions router_options(const ClientOptions& options, std::uint64_t cluster_id);
route::Budgets budgets(const ClientOptions& options);

}  // namespace tikv::client
