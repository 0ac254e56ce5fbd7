#pragma once

#include <tikv/proto/metapb.pb.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fake_transport/fake_transport.h"
#include "runtime/loop.h"
#include "testkit/store/dispatch.h"
#include "testkit/store/environment.h"
#include "testkit/store/kv_store.h"

namespace tikv::testing {

/// A PD and two stores behind a `FakeTransport`, for raw calls: regions that split and change their leader under way.
/// What the stores answer is the testkit's, which is held to a real TiKV's answers.
class RawCluster {
 public:
  static constexpr const char* kPd = "pd1:2379";

  /// With TTLs, as of `storage.enable-ttl`.
  explicit RawCluster(runtime::Loop& loop);

  FakeTransport net;
  /// Each request of this many bytes of response or more is refused by the transport (`kTooLarge`); 0: none.
  void split(const std::string& key);
  void move_leader(const std::string& key);
  std::size_t region_count() const { return regions_.size(); }

  // Stores whose identity changes, as after a machine was replaced. Clients are not told.

  /// The two stores come up again at each other's addresses.
  void swap_addresses();
  /// The store is taken out of the cluster: it serves nothing, and the other one leads and holds all regions.
  void retire(std::uint64_t store);
  /// A new store runs at the address of `store`, which is gone for good, and leads its regions. The new one's id.
  std::uint64_t replace(std::uint64_t store);

  /// What the stores hold in the default column family, without asking over the wire.
  std::optional<std::string> stored(const std::string& key);

 private:
  struct Clock final : store::Environment {
    explicit Clock(runtime::Loop& l) : loop(l) {}
    std::uint64_t unix_seconds() override;
    TimerId call_after(std::chrono::milliseconds, std::move_only_function<void()>) override { return 1; }
    void cancel(TimerId) override {}
    runtime::Loop& loop;
  };
  struct Regions final : store::RegionSource {
    Regions(const RawCluster& c, std::uint64_t id) : cluster(c), store(id) {}
    std::uint64_t store_id() const override { return store; }
    std::optional<store::RegionView> find_region(std::uint64_t region_id) const override;
    const RawCluster& cluster;
    std::uint64_t store;
  };

  struct Region {
    proto::metapb::Region meta;
    std::uint64_t leader_store = 1;
  };
  Region& at(const std::string& key);
  /// Takes `store`'s peers away; `successor` leads what it led.
  void leave_regions(std::uint64_t store, std::uint64_t successor);
  void serve_pd();
  template <class Request>
  void serve();

  Clock clock_;
  store::KvStore keys_;
  std::map<std::string, Region> regions_;           // by start key
  std::map<std::string, Regions> stores_;           // by address
  std::map<std::uint64_t, std::string> addresses_;  // by id, without those that are gone for good
  std::uint64_t next_id_ = 100;
};

}  // namespace tikv::testing
