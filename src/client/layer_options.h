#pragma once

#include <tikv/options.h>

#include "net/http_options.h"
#include "pd/pd_client.h"
#include "region/region_cache.h"
#include "region/store.h"
#include "runtime/loop.h"

// What each layer is told of the client's options.
namespace tikv::client {

runtime::LoopOptions loop_options(const ClientOptions& options);
net::HttpOptions http_options(const ClientOptions& options);
pd::PdOptions pd_options(const ClientOptions& options);
region::RegionCacheOptions region_options(const ClientOptions& options);
region::StoreOptions store_options(const ClientOptions& options);

}  // namespace tikv::client
