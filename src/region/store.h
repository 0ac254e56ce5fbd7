#pragma once

#include <tikv/debug.h>
#include <tikv/error.h>
#include <tikv/task.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/transport.h"
#include "observe/observer.h"
#include "observe/store_metrics.h"
#include "region/shared_result.h"
#include "runtime/scope.h"

namespace tikv::pd {
class PdClient;
}

namespace tikv::region {

enum class Liveness : std::uint8_t {
  kReachable,  ///< As far as is known.
  kSuspect,    ///< A request failed there; a check is under way.
  kDown,       ///< The last check failed; checks go on until one succeeds.
};

/// A TiKV store as this client sees it. Written by `StoreCache`; loop thread only.
class Store {
 public:
  explicit Store(std::uint64_t id) noexcept : id_(id) {}

  std::uint64_t id() const noexcept { return id_; }
  /// host:port; null until resolved. Shared, so that a request under way keeps the address it went to.
  const std::shared_ptr<const std::string>& address() const noexcept { return address_; }
  /// Whether the address is known and nothing speaks against it.
  bool resolved() const noexcept { return resolved_; }
  /// Removed from the cluster for good.
  bool tombstone() const noexcept { return tombstone_; }
  Liveness liveness() const noexcept { return liveness_; }
  /// Counts failures: regions that were looked up before one are looked up again.
  std::uint32_t epoch() const noexcept { return epoch_; }
  /// Null: nothing is measured.
  observe::StoreMetrics* metrics() const noexcept { return metrics_.get(); }

 private:
  friend class StoreCache;
  friend class StoreTurn;
  std::uint64_t id_;
  std::shared_ptr<const std::string> address_;
  bool resolved_ = false;
  bool tombstone_ = false;
  bool checking_ = false;
  Liveness liveness_ = Liveness::kReachable;
  std::uint32_t epoch_ = 0;
  std::size_t turns_ = 0;
  std::shared_ptr<SharedResult<void>> lookup_;  // under way
  std::unique_ptr<observe::StoreMetrics> metrics_;
};

/// "reachable", "suspect", "down".
std::string_view to_string(Liveness liveness) noexcept;

/// A request's place among those under way at a store, for as long as it lives.
class StoreTurn {
 public:
  explicit StoreTurn(Store& store) noexcept : store_(store) { ++store_.turns_; }
  ~StoreTurn() { --store_.turns_; }
  StoreTurn(const StoreTurn&) = delete;
  StoreTurn& operator=(const StoreTurn&) = delete;

  /// Whether more than `limit` are under way; 0 is no limit.
  bool over(std::size_t limit) const noexcept { return limit > 0 && store_.turns_ > limit; }

 private:
  Store& store_;
};

struct StoreOptions {
  /// How long a store may take to answer a check (client-go's storeLivenessTimeout).
  std::chrono::milliseconds check_timeout{1000};
  /// Pause between two checks of a store that is down, doubled from the first to the second number. client-go checks
  /// each second; starting sooner brings a store that was only restarted back sooner.
  std::chrono::milliseconds check_pause_base{100};
  std::chrono::milliseconds check_pause_max{1000};
  /// PD is asked again for a store that stays down this long: it may have moved or be gone. Own choice; client-go's
  /// storeReResolveInterval is 30 s.
  std::chrono::milliseconds resolve_interval{5000};
  /// How long one look-up at PD may go on, for whoever waits for it.
  std::chrono::milliseconds lookup_budget{20000};
  /// Outlives the cache; null for none.
  const observe::Observer* observer = nullptr;
  /// What requests name as their source, for metrics.
  std::string request_source;
};

/// All stores that regions mentioned: their addresses, from PD, and whether they answer. Shared by the region caches of
/// one loop. A `Store` stays in place until the cache goes.
class StoreCache {
 public:
  StoreCache(runtime::Loop& loop, pd::PdClient& pd, net::Transport& transport, StoreOptions options = {});
  ~StoreCache();
  StoreCache(const StoreCache&) = delete;
  StoreCache& operator=(const StoreCache&) = delete;

  /// The store with this id, made at its first mention.
  Store& get(std::uint64_t id);
  /// Asks PD for the address, once for all who ask at the same time. A store that PD does not know, or knows as
  /// removed, is a tombstone afterwards, which is no error.
  Task<Result<void>> resolve(Store& store);

  /// A request to the store failed on its connection or was not answered in time: other replicas are preferred until a
  /// check in the background finds it well. `epoch` is the one that the sender knew, so that a hundred requests that
  /// fail together count as one failure.
  void on_send_failure(Store& store, std::uint32_t epoch);
  /// A caller's time ran out before the store answered: it is checked, and no worse thought of unless it fails that.
  void on_no_answer(Store& store) { start_check(store); }
  /// The store answered a request.
  void on_answer(Store& store) noexcept {
    if (store.liveness_ == Liveness::kSuspect) set_liveness(store, Liveness::kReachable);
  }
  /// Another store answers at this address: it is looked up anew, and its connection is dropped.
  void on_wrong_store(Store& store);

  /// All of them, by id.
  std::vector<DebugState::Store> debug_state() const;

  /// Ends the background checks. The loop's closing does so too. Must be done before the cache goes.
  Task<void> close();

 private:
  /// The look-up under way, or a new one.
  std::shared_ptr<SharedResult<void>> look_up_of(Store& store);
  Task<Result<void>> wait_for(std::shared_ptr<SharedResult<void>> lookup);
  void start_check(Store& store);
  Task<void> check_until_well(Store* store);
  Task<void> look_up(Store* store, std::shared_ptr<SharedResult<void>> lookup);
  void retire(Store& store);
  void set_liveness(Store& store, Liveness liveness) noexcept;
  /// Regions that were looked up before are looked up again.
  void fail_regions(Store& store) noexcept;
  Task<bool> check(const Store& store);

  runtime::Loop& loop_;
  pd::PdClient& pd_;
  net::Transport& transport_;
  StoreOptions options_;
  const observe::Observer& observer_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Store>> stores_;
  std::stop_source stop_;
  runtime::Scope background_;
};

}  // namespace tikv::region
