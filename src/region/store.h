#pragma once

#include <tikv/error.h>
#include <tikv/task.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "net/transport.h"
#include "pd/region_info.h"
#include "runtime/scope.h"
#include "runtime/wait.h"

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
  /// host:port; empty until resolved.
  const std::string& address() const noexcept { return address_; }
  bool resolved() const noexcept { return resolved_; }
  /// Removed from the cluster for good.
  bool tombstone() const noexcept { return tombstone_; }
  Liveness liveness() const noexcept { return liveness_; }
  /// Counts failures: regions that were looked up before one are looked up again.
  std::uint32_t epoch() const noexcept { return epoch_; }
  /// Not counted among the replicas of transactions and raw data: a TiFlash store.
  bool columnar() const noexcept { return columnar_; }

 private:
  friend class StoreCache;
  struct Lookup;
  std::uint64_t id_;
  std::string address_;
  bool resolved_ = false;
  bool tombstone_ = false;
  bool columnar_ = false;
  Liveness liveness_ = Liveness::kReachable;
  std::uint32_t epoch_ = 0;
  bool checking_ = false;
  std::shared_ptr<Lookup> lookup_;
};

struct StoreOptions {
  /// How long a store may take to answer a check (client-go's storeLivenessTimeout).
  std::chrono::milliseconds check_timeout{1000};
  /// Pause between two checks of a store that is down: from the first to the second, doubling. client-go checks each
  /// second; starting sooner brings a store that was only restarted back sooner.
  std::chrono::milliseconds check_pause_base{100};
  std::chrono::milliseconds check_pause_max{1000};
  /// A store that stays down is asked for at PD again after this long: it may have moved or be gone (client-go's
  /// storeReResolveInterval is 30 s).
  std::chrono::milliseconds resolve_interval{5000};
  /// How long one look-up at PD may take.
  std::chrono::milliseconds lookup_budget{20000};
};

/// All stores that regions mentioned: their addresses, by PD, and whether they answer. Shared by the region caches of
/// one loop. Stores stay in place until the cache goes.
class StoreCache {
 public:
  StoreCache(runtime::Loop& loop, pd::PdClient& pd, net::Transport& transport, StoreOptions options = {});
  ~StoreCache();
  StoreCache(const StoreCache&) = delete;
  StoreCache& operator=(const StoreCache&) = delete;

  /// The store with this id, made at its first mention.
  Store& get(std::uint64_t id);
  /// Asks PD for the address, once for all who ask at the same time. A store PD does not know, or knows as removed, is
  /// a tombstone afterwards, which is no error.
  Task<Result<void>> resolve(Store& store);

  /// A request to the store failed on its connection or was not answered in time: other replicas are preferred until a
  /// check in the background finds it well. `epoch` is the one the sender knew, so that a hundred requests that fail
  /// together count once.
  void on_send_failure(Store& store, std::uint32_t epoch);
  /// The store answered.
  void on_answer(Store& store) noexcept {
    if (store.liveness_ == Liveness::kSuspect) store.liveness_ = Liveness::kReachable;
  }
  /// Another store answers at this address: look it up anew, over a fresh connection.
  void on_wrong_store(Store& store);

  /// Ends the background checks. The loop's closing does so too.
  Task<void> close();

 private:
  void start_check(Store& store);
  Task<void> check_until_well(Store* store);
  Task<bool> answers(std::string address);
  Task<void> look_up(Store* store, std::shared_ptr<Store::Lookup> lookup);

  runtime::Loop& loop_;
  pd::PdClient& pd_;
  net::Transport& transport_;
  StoreOptions options_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Store>> stores_;
  std::stop_source stop_;
  runtime::Scope background_;
};

}  // namespace tikv::region
