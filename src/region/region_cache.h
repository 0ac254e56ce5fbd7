#pragma once

#include <tikv/error.h>
#include <tikv/key.h>
#include <tikv/task.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "observe/observer.h"
#include "region/region.h"
#include "region/region_index.h"
#include "region/store.h"

namespace tikv::proto::metapb {
class Region;
}

namespace tikv::region {

/// How keys look in PD: raw keys as they are, transactional ones memory-comparable (`base/codec.h`).
enum class KeyMode : std::uint8_t { kRaw, kTxn };

struct RegionCacheOptions {
  /// A region that nobody asked for in this time is looked up again (client-go's regionCacheTTLSec); the jitter, which
  /// is added, keeps regions that were loaded together from expiring together.
  std::chrono::milliseconds ttl{600'000};
  std::chrono::milliseconds ttl_jitter{60'000};
  /// How long one look-up at PD may go on, for whoever waits for it; callers leave earlier with their own deadline.
  std::chrono::milliseconds load_budget{20'000};
  /// Regions asked for in one scan (client-go's defaultRegionsPerBatch).
  std::size_t scan_limit = 128;
  /// Outlives the cache; null for none.
  const observe::Observer* observer = nullptr;
};

/// Which regions hold which keys, and which of their peers leads. Looks up at PD what it does not know, once for all
/// who ask at the same time. Loop thread only.
class RegionCache {
 public:
  RegionCache(runtime::Loop& loop, pd::PdClient& pd, StoreCache& stores, KeyMode mode, RegionCacheOptions options = {});
  ~RegionCache();
  RegionCache(const RegionCache&) = delete;
  RegionCache& operator=(const RegionCache&) = delete;

  KeyMode mode() const noexcept { return mode_; }
  StoreCache& stores() noexcept { return stores_; }
  pd::PdClient& pd() noexcept { return pd_; }

  /// What is known already; null if PD has to be asked.
  RegionRef find(std::string_view key);
  RegionRef find_by_end(std::string_view key);

  /// The region that contains `key`. Errors: `kUnavailable` if PD does not tell within `load_budget`, `kDeadline`,
  /// `kCancelled`, `kClosed`, `kClusterMismatch`.
  Task<Result<RegionRef>> locate(std::string key);
  /// The region with start < key <= end, where a reverse scan from `key` (left out) begins; the last region for an
  /// empty key.
  Task<Result<RegionRef>> locate_end(std::string key);
  /// The region with this id as PD has it now; null if PD has none.
  Task<Result<RegionRef>> locate_id(std::uint64_t id);
  /// Loads the first regions of `range` that are not known, in one question to PD, so that what follows finds them:
  /// those from the first unknown key on, at most `scan_limit`. Costs nothing if all is known.
  Task<Result<void>> prefetch(KeyRange range);
  /// The same for many ranges, in order and apart from each other.
  Task<Result<void>> prefetch(std::vector<KeyRange> ranges);
  /// What PD told of a region when asked for all of them.
  void learn(pd::RegionInfo info);
  /// All regions that meet `range`, in order, without holes.
  Task<Result<std::vector<RegionRef>>> locate_range(KeyRange range);

  // What requests found out.

  /// Requests that come now look the region's keys up again.
  void invalidate(const Region& region) noexcept;
  /// `peer` leads. False, and the region invalidated, if the region has no such peer: its peers changed.
  bool update_leader(const Region& region, const Peer& peer);
  /// The peer at `index` answered as leader.
  void confirm_leader(const Region& region, std::size_t index) noexcept { region.state.leader = index; }
  enum class EpochUpdate : std::uint8_t {
    kReplaced,     ///< The store told what is there now, and the cache has it.
    kInvalidated,  ///< It did not tell: the region will be looked up.
    kAhead,        ///< The store is behind what the request knew: it will catch up.
  };
  /// A store rejected the region's epoch and told `current`, which replaces it; the store leads those.
  EpochUpdate on_epoch_not_match(const Region& region, std::uint64_t store_id,
                                 std::span<const proto::metapb::Region* const> current);

  std::size_t size() const noexcept { return index_.size(); }

  /// Ends the look-ups under way with `kClosed`. The loop's closing does so too.
  Task<void> close();

 private:
  struct Load;
  RegionRef fresh(const RegionRef& region);
  RegionRef make(pd::RegionInfo info);
  RegionRef add(pd::RegionInfo info);
  /// A question to PD, for all who watch.
  template <class T>
  Task<Result<T>> measured(observe::LookUp what, Task<Result<T>> asking);
  template <class T>
  Task<Result<T>> measure(observe::LookUp what, Task<Result<T>> asking);
  std::string to_pd(std::string_view key) const;
  KeyRange to_pd(const KeyRange& range) const;
  std::string from_pd(std::string border) const;
  /// The first key of `range` that no known region holds; `nullopt` if there is none.
  std::optional<std::string> first_unknown(const KeyRange& range);

  Task<Result<RegionRef>> locate(std::string key, bool by_end);
  std::shared_ptr<Load> load_for(const std::string& key, bool by_end);
  Task<void> run(std::shared_ptr<Load> load, std::string key, bool by_end);
  Task<Result<std::optional<pd::RegionInfo>>> ask(std::string key, bool by_end);
  Task<Result<std::optional<pd::RegionInfo>>> ask_last();

  runtime::Loop& loop_;
  pd::PdClient& pd_;
  StoreCache& stores_;
  KeyMode mode_;
  RegionCacheOptions options_;
  const observe::Observer& observer_;
  RegionIndex index_;
  std::vector<std::shared_ptr<Load>> loads_;
  std::stop_source stop_;
  runtime::Scope background_;
};

}  // namespace tikv::region
