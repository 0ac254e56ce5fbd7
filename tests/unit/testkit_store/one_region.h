#pragma once

#include <optional>
#include <string>
#include <utility>

#include "testkit/store/dispatch.h"
#include "virtual_environment.h"

namespace tikv::testing {

/// A store with one region that holds every key, on a clock that the test moves.
struct OneRegion final : store::RegionSource {
  explicit OneRegion(store::KvStoreOptions options = {}) : kv(options, environment) {
    region.region.set_id(2);
    region.region.mutable_region_epoch()->set_version(1);
    region.peer.set_id(3);
    region.peer.set_store_id(1);
    region.leader = region.peer;
  }

  std::uint64_t store_id() const override { return 1; }
  std::optional<store::RegionView> find_region(std::uint64_t region_id) const override {
    return region_id == 2 ? std::optional(region) : std::nullopt;
  }

  VirtualEnvironment environment;
  store::RegionView region;
  store::KvStore kv;
};

}  // namespace tikv::testing
