#pragma once

#include <tikv/proto/kvrpcpb.pb.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "testkit/store/api_version.h"
#include "testkit/store/environment.h"
#include "testkit/store/failure.h"
#include "testkit/store/region_view.h"

namespace tikv::testing::store {

struct RawPair {
  std::string key;
  std::string value;
  /// Seconds; zero lives forever.
  std::uint64_t ttl = 0;
};

struct RawChecksum {
  std::uint64_t crc64_xor = 0;
  std::uint64_t kvs = 0;
  std::uint64_t bytes = 0;
};

struct RawScanBounds {
  std::string start;
  /// Forwards the exclusive upper bound, backwards the inclusive lower one; absent: the region's.
  std::optional<std::string> end;
  bool reverse = false;
  bool key_only = false;
  std::size_t limit = 0;
};

struct RawSwap {
  std::string key;
  /// Absent: the key must not exist.
  std::optional<std::string> expected;
  std::string value;
  std::uint64_t ttl = 0;
  /// Remove instead of write.
  bool remove = false;
};

struct RawSwapped {
  std::optional<std::string> previous;
  bool succeeded = false;
};

/// Raw keys in their column families. Values whose time to live is over are invisible at once.
class RawKv {
 public:
  RawKv(StorageApi api, Environment& environment) : api_(api), environment_(environment) {}

  Outcome<std::optional<std::string>> get(const RegionView& region, const std::string& cf, const std::string& key);
  /// Seconds left, or zero for a key that lives forever; nothing for one that is not there.
  Outcome<std::optional<std::uint64_t>> ttl(const RegionView& region, const std::string& cf, const std::string& key);
  /// All or nothing.
  Outcome<void> put(const RegionView& region, const std::string& cf, const std::vector<RawPair>& pairs);
  Outcome<void> remove(const RegionView& region, const std::string& cf, const std::vector<std::string>& keys);
  Outcome<void> remove_range(const RegionView& region, const std::string& cf, const std::string& start,
                             const std::string& end);
  Outcome<std::vector<RawPair>> scan(const RegionView& region, const std::string& cf, const RawScanBounds& bounds);
  Outcome<RawSwapped> compare_and_swap(const RegionView& region, const std::string& cf, const RawSwap& swap);
  /// Over the default column family.
  Outcome<RawChecksum> checksum(const RegionView& region,
                                const std::vector<std::pair<std::string, std::string>>& ranges);

  bool has_ttl() const { return api_ != StorageApi::kV1; }
  /// The family's real name, or why it cannot be used.
  Outcome<std::string> family(const std::string& cf) const;

 private:
  struct Kept {
    std::string value;
    /// Absent: lives forever.
    std::optional<std::uint64_t> expires_at;
  };
  /// By the key as TiKV keeps it, which is what regions are bounded by.
  using Family = std::map<std::string, Kept, std::less<>>;

  std::string kept_key(const std::string& key) const;
  std::string plain_key(const std::string& kept_key) const;
  bool alive(const Kept& kept) const { return !kept.expires_at || *kept.expires_at > environment_.unix_seconds(); }
  Kept keep(std::string value, std::uint64_t ttl) const;
  const Kept* find(const std::string& cf, const std::string& kept_key) const;
  Outcome<std::string> family_to_write(const std::string& cf) const;

  StorageApi api_;
  Environment& environment_;
  std::map<std::string, Family> families_;
};

}  // namespace tikv::testing::store
