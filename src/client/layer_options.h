#pragma once

#include <tikv/options.h>

#include <cstdint>
#include <memory>

#include "net/http_options.h"
#include "observe/observer.h"
#include "pd/pd_client.h"
#include "region/region_cache.h"
#include "region/store.h"
#include "route/backoff.h"
#include "route/router.h"
#include "runtime/loop.h"

// What each layer is told of the client's options.
namespace tikv::client {

/// For all shards of a client.
std::shared_ptr<const observe::Observer> make_observer(const ClientOptions& options);
runtime::LoopOptions loop_options(const ClientOptions& options);
/// `shard` counts from 0.
net::HttpOptions http_options(const ClientOptions& options, const observe::Observer& observer, std::size_t shard);
pd::PdOptions pd_options(const ClientOptions& options, const observe::Observer& observer);
region::RegionCacheOptions region_options(const ClientOptions& options, const observe::Observer& observer);
region::StoreOptions store_options(const ClientOptions& options, const observe::Observer& observer);
route::RouterOptions router_options(const ClientOptions& options, const observe::Observer& observer,
                                    std::uint64_t cluster_id);
route::Budgets budgets(const ClientOptions& options);

}  // namespace tikv::client
