#pragma once

#include <tikv/error.h>
#include <tikv/key.h>
#include <tikv/task.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tikv {

namespace raw {
struct Session;
class Scanner;
}  // namespace raw

/// What raw calls check before they send, and how they cut batches.
struct RawLimits {
  /// The longest key, in bytes. TiKV's `storage.max-key-size` is 8 KiB; raise both together.
  std::size_t max_key_bytes = 8 * 1024;
  /// The largest key and value together, in bytes. TiKV refuses what does not fit into one Raft entry
  /// (`raftstore.raft-entry-max-size`, 8 MiB); raise both together.
  std::size_t max_entry_bytes = 8 * 1024 * 1024;
  /// Keys and values of one put request, in bytes; a single larger pair is a request of its own. client-go's
  /// `rawBatchPutSize`.
  std::size_t batch_bytes = 16 * 1024;
  /// Keys of one batch get or batch delete request. client-go's `rawBatchPairCount`.
  std::size_t batch_keys = 512;
  /// Requests of one batch call that are under way at the same time, 1 or more. Enough to keep a few stores busy, few
  /// enough that one bulk load does not fill every queue.
  std::size_t concurrency = 16;
};

/// For `RawClient::put`, `batch_put` and `compare_and_swap`.
struct RawPutOptions {
  /// The key goes away by itself after this time; 0 for never, which also takes the TTL off a key that had one. Whole
  /// seconds, not negative. Needs `storage.enable-ttl` on the stores, without which they answer with an error
  /// (`kServer`).
  std::chrono::seconds ttl{0};
};

/// For `RawClient::scan` and `reverse_scan`.
struct RawScanOptions {
  /// The most pairs of all pages together; 0 for all there are.
  std::size_t limit = 0;
  /// Pairs in a page, 1 to `kMaxRawPage`; only the last page has less.
  std::size_t page = 1024;
  /// Leaves the values empty, and on the stores.
  bool key_only = false;
};

/// The most pairs a page may have; client-go's `MaxRawKVScanLimit`.
inline constexpr std::size_t kMaxRawPage = 10240;

// Trivially destructible, so that braces in an awaited call are safe with g++ 12.
static_assert(std::is_trivially_destructible_v<RawPutOptions>);
static_assert(std::is_trivially_destructible_v<RawScanOptions>);

/// What a compare-and-swap found.
struct RawSwap {
  /// Whether the new value was written.
  bool swapped = false;
  /// The value before, whether swapped or not; `nullopt` if the key was absent.
  std::optional<std::string> previous;

  RawSwap() = default;
  RawSwap(bool was_swapped, std::optional<std::string> previous_value)
      : swapped(was_swapped), previous(std::move(previous_value)) {}
};

/// A sum over a range, the same on every cluster that holds the same pairs.
struct RawChecksum {
  std::uint64_t crc64_xor = 0;    ///< The CRC-64 (ECMA-182) of each pair, combined by exclusive or.
  std::uint64_t total_kvs = 0;    ///< How many pairs.
  std::uint64_t total_bytes = 0;  ///< Bytes of all keys and values.

  friend bool operator==(const RawChecksum&, const RawChecksum&) = default;
};

/// The pages of a scan: `while (auto page = co_await scan.next().or_return()) ...`
///
/// Not a snapshot: each page shows what is stored when it is read. One call at a time. May outlive the client, whose
/// end it then reports with `kClosed`.
class RawScan {
 public:
  /// The next page, in the scan's order and never empty; `nullopt` at the end. After an error the scan stands where it
  /// stood, and `next` may be called again.
  Task<Result<std::optional<std::vector<KvPair>>>> next();
  /// All that is left, in one vector. An error loses what was read before it.
  Task<Result<std::vector<KvPair>>> collect();

 private:
  friend class RawClient;
  explicit RawScan(std::shared_ptr<raw::Scanner> scanner) noexcept : scanner_(std::move(scanner)) {}
  std::shared_ptr<raw::Scanner> scanner_;
};

/// Single keys and ranges without transactions. A cheap handle: copy it, keep it, use it from any thread. It may
/// outlive the client; its calls then end with `kClosed`.
///
/// Every call ends with `kInvalidArgument` for an empty key, a reversed range or a bad option, with `kTooLarge` for a
/// key or value above `RawLimits`, both before anything is sent; with `kUnavailable` when the region could not be
/// reached within 20 s of retries; with `kServer` for an error of the store's that has no better name; and with
/// `kDeadline`, `kCancelled` and `kClosed`.
///
/// Writes that fail say with `Error::applied()` whether they may have taken effect. Plain puts and removes are repeated
/// after a lost reply, so one may take effect twice: a first try that a store was slow to work on can come, for up to
/// 20 s, after what was written since. Those of an `atomic()` handle are never repeated: they end with `kUndetermined`
/// then.
class RawClient {
 public:
  // ---- handles

  /// The same client on another column family: `default`, `write` or `lock`. The store refuses unknown names
  /// (`kServer`).
  RawClient with_column_family(std::string name) const;
  /// A handle whose writes take part in compare-and-swap's order: each put and remove waits its turn on the keys, as a
  /// compare-and-swap does, and is never sent twice. All writers of a key must use such a handle for compare-and-swap
  /// to mean anything; plain writes pass it by. Costs latency on the store.
  RawClient atomic() const;
  bool is_atomic() const noexcept;
  const std::string& column_family() const noexcept;

  // ---- single keys

  /// The value, or `nullopt` if the key is absent. An empty value is a value.
  Task<Result<std::optional<std::string>>> get(std::string key) const;
  Task<Result<void>> put(std::string key, std::string value, RawPutOptions options = {}) const;
  /// Removes the key; it need not exist.
  Task<Result<void>> remove(std::string key) const;
  /// The time until the key goes away by itself; 0 for never; `nullopt` if the key is absent.
  Task<Result<std::optional<std::chrono::seconds>>> get_ttl(std::string key) const;
  /// Writes `value` if the key's value is `expected` (`nullopt`: if the key is absent), and tells what was there. Only
  /// on an `atomic()` handle. Never sent twice: after a lost reply it ends with `kUndetermined`, and only reading the
  /// key can tell.
  Task<Result<RawSwap>> compare_and_swap(std::string key, std::optional<std::string> expected, std::string value,
                                         RawPutOptions options = {}) const;

  // ---- many keys

  // Split by region and size into requests that run at the same time. Reads see no common point in time. A batch write
  // is not atomic: when it fails, some of it may be stored (`applied()` says `kUnknown`). Empty input does nothing.

  /// The values in the order of `keys`, `nullopt` for absent ones.
  Task<Result<std::vector<std::optional<std::string>>>> batch_get(std::vector<std::string> keys) const;
  /// All with one TTL. Of pairs with the same key, the last is stored.
  Task<Result<void>> batch_put(std::vector<KvPair> pairs, RawPutOptions options = {}) const;
  /// Each with its own TTL, 0 for never; as many as there are pairs.
  Task<Result<void>> batch_put_with_ttls(std::vector<KvPair> pairs, std::vector<std::chrono::seconds> ttls) const;
  Task<Result<void>> batch_remove(std::vector<std::string> keys) const;

  // ---- ranges

  // Region by region, in order. A range whose start equals its end is empty: nothing is sent.

  /// The range's pairs from its start on, page by page.
  RawScan scan(KeyRange range, RawScanOptions options = {}) const;
  /// The range's pairs from its end back, page by page.
  RawScan reverse_scan(KeyRange range, RawScanOptions options = {}) const;
  /// Removes all keys of the range. When it fails, a part from the start on may be gone. Not ordered with an `atomic()`
  /// handle's writes.
  Task<Result<void>> remove_range(KeyRange range) const;
  /// Of the range's pairs in the default column family; on a handle of another one, `kInvalidArgument`, as the store
  /// has no such call.
  Task<Result<RawChecksum>> checksum(KeyRange range) const;

  /// For the library's own code.
  explicit RawClient(std::shared_ptr<const raw::Session> session) noexcept : session_(std::move(session)) {}

 private:
  std::shared_ptr<const raw::Session> session_;
};

}  // namespace tikv
