#pragma once

#include <tikv/error.h>
#include <tikv/key.h>
#include <tikv/task.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace tikv {

namespace snapshot {
class PageSource;
struct Handle;
}  // namespace snapshot

/// How urgently a store treats a request among others. In the client, those of `kHigh` go ahead of all that wait for
/// the same connection.
enum class Priority : std::uint8_t { kNormal, kLow, kHigh };

/// For `Client::snapshot`.
struct SnapshotOptions {
  Priority priority = Priority::kNormal;
  /// Whether stores keep what they read in their block caches; false for one big scan that should not push out what
  /// others need.
  bool fill_cache = true;
};

/// For `scan` and `reverse_scan` of a snapshot or transaction.
struct ScanOptions {
  /// The most pairs of all pages together; 0 for all there are.
  std::size_t limit = 0;
  /// Pairs in a page, 1 to `kMaxScanPage`; client-go's `DefaultScanBatchSize`.
  std::size_t page = 256;
  /// Leaves the values empty, and on the stores.
  bool key_only = false;
};

/// The most pairs a page may have: what client-go allows a raw scan (`MaxRawKVScanLimit`).
inline constexpr std::size_t kMaxScanPage = 10240;

/// The timestamp of "whatever is committed when the read arrives". For single gets only: several reads at it see no
/// common point in time.
inline constexpr std::uint64_t kLatestTimestamp = std::numeric_limits<std::uint64_t>::max();

// Trivially destructible, so that braces in an awaited call are safe with g++ 12.
static_assert(std::is_trivially_destructible_v<SnapshotOptions>);
static_assert(std::is_trivially_destructible_v<ScanOptions>);

/// The pages of a scan: `while (auto page = co_await scan.next().or_return()) ...`
///
/// One call at a time. May outlive the client, whose end it then reports with `kClosed`.
class SnapshotScan {
 public:
  /// The next page, in the scan's order and never empty; `nullopt` at the end. After an error the scan stands where it
  /// stood, and `next` may be called again. Costs a request for each page, and one for each region without pairs.
  Task<Result<std::optional<std::vector<KvPair>>>> next();
  /// All that is left, in one vector. An error loses what was read before it.
  Task<Result<std::vector<KvPair>>> collect();

  /// For the library's own code.
  SnapshotScan(std::shared_ptr<snapshot::Handle> handle, std::shared_ptr<snapshot::PageSource> pages) noexcept;

 private:
  std::shared_ptr<snapshot::Handle> handle_;
  std::shared_ptr<snapshot::PageSource> pages_;
};

/// Transactional data as it was at one timestamp: every read sees what was committed at or before it, and nothing else.
/// Cheap to copy; use it from any thread. It may outlive the client; its calls then end with `kClosed`.
///
/// A lock of another transaction that may have committed before the timestamp is looked into, and waited for if its
/// owner is still alive. Every call ends with `kInvalidArgument` for an empty key, a reversed range or a bad option,
/// before anything is sent; with `kUnavailable` when it had no success after 40 s of pauses between
/// retries (client-go's `getMaxBackoff`, `batchGetMaxBackoff` and `scannerNextMaxBackoff` with its default weight; for
/// a scan, each page); with `kServer` for an
/// error of the store's that has no better name, such as a timestamp below the garbage collector's safe point; and
/// with `kDeadline`, `kCancelled` and `kClosed`.
class Snapshot {
 public:
  std::uint64_t timestamp() const noexcept;

  /// The value, or `nullopt` if the key is absent. An empty value is a value.
  Task<Result<std::optional<std::string>>> get(std::string key) const;
  /// The values in the order of `keys`, `nullopt` for absent ones. Split by region into requests that run at the same
  /// time. No keys: nothing is sent.
  Task<Result<std::vector<std::optional<std::string>>>> batch_get(std::vector<std::string> keys) const;

  // Region by region, in order, page by page. A range whose start equals its end is empty: nothing is sent.

  /// The range's pairs from its start on.
  SnapshotScan scan(KeyRange range, ScanOptions options = {}) const;
  /// The range's pairs from its end back.
  SnapshotScan reverse_scan(KeyRange range, ScanOptions options = {}) const;

  /// For the library's own code.
  explicit Snapshot(std::shared_ptr<snapshot::Handle> handle) noexcept;

 private:
  std::shared_ptr<snapshot::Handle> handle_;
};

}  // namespace tikv
