#include "testkit/store/raw_kv.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/codec.h"
#include "testkit/store/crc64.h"

namespace tikv::testing::store {

using proto::metapb::Region;

namespace {

constexpr std::string_view kDefaultFamily = "default";
constexpr std::array<std::string_view, 3> kFamilies = {kDefaultFamily, "lock", "write"};

std::unexpected<Failure> outside(const RegionView& view, std::string_view kept_key) {
  return region_failure(key_not_in_region(view.region, kept_key));
}

std::unexpected<Failure> bare_region_error(std::string_view message) {
  proto::errorpb::Error error;
  error.set_message(std::string(message));
  return region_failure(std::move(error));
}

/// The smaller of two ends, where an empty one is unbounded.
std::string nearer_end(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return a.empty() ? b : a;
  return std::min(a, b);
}

}  // namespace

std::string RawKv::kept_key(const std::string& key) const {
  return api_ == StorageApi::kV2 ? base::encode_bytes(key) : key;
}

std::string RawKv::plain_key(const std::string& kept_key) const {
  return api_ == StorageApi::kV2 ? base::decode_bytes(kept_key).value_or(std::string()) : kept_key;
}

RawKv::Kept RawKv::keep(std::string value, std::uint64_t ttl) const {
  Kept kept{.value = std::move(value), .expires_at = std::nullopt};
  if (ttl == 0) return kept;
  const std::uint64_t now = environment_.unix_seconds();
  kept.expires_at = ttl > std::numeric_limits<std::uint64_t>::max() - now ? kMaxTs : now + ttl;
  return kept;
}

const RawKv::Kept* RawKv::find(const std::string& cf, const std::string& kept_key) const {
  const auto family = families_.find(cf);
  if (family == families_.end()) return nullptr;
  const auto entry = family->second.find(kept_key);
  return entry == family->second.end() || !alive(entry->second) ? nullptr : &entry->second;
}

Outcome<std::string> RawKv::family(const std::string& cf) const {
  if (cf.empty()) return std::string(kDefaultFamily);
  if (api_ == StorageApi::kV2) return aborted("cf is deprecated in API V2, cf name: " + cf);
  if (std::ranges::find(kFamilies, cf) == kFamilies.end()) return aborted("invalid cf name: " + cf);
  return cf;
}

Outcome<std::string> RawKv::family_to_write(const std::string& cf) const {
  Outcome<std::string> name = family(cf);
  // TiKV itself stops on this one.
  if (name && *name == "lock") return aborted("raw keys cannot be written beside locks");
  return name;
}

Outcome<std::optional<std::string>> RawKv::get(const RegionView& region, const std::string& cf,
                                               const std::string& key) {
  Outcome<std::string> name = family(cf);
  if (!name) return failed(name);
  const std::string kept = kept_key(key);
  if (!contains(region.region, kept)) return aborted("key is not in the region");
  const Kept* found = find(*name, kept);
  return found == nullptr ? std::nullopt : std::optional(found->value);
}

Outcome<std::optional<std::uint64_t>> RawKv::ttl(const RegionView& region, const std::string& cf,
                                                 const std::string& key) {
  if (!has_ttl()) return aborted("ttl is not enabled, but get put request with ttl");
  Outcome<std::string> name = family(cf);
  if (!name) return failed(name);
  const std::string kept = kept_key(key);
  if (!contains(region.region, kept)) return aborted("key is not in the region");
  const Kept* found = find(*name, kept);
  if (found == nullptr) return std::nullopt;
  return found->expires_at ? *found->expires_at - environment_.unix_seconds() : 0;
}

Outcome<void> RawKv::put(const RegionView& region, const std::string& cf, const std::vector<RawPair>& pairs) {
  Outcome<std::string> name = family_to_write(cf);
  if (!name) return failed(name);
  for (const RawPair& pair : pairs) {
    const std::string kept = kept_key(pair.key);
    if (!contains(region.region, kept)) return outside(region, kept);
  }
  Family& family = families_[*name];
  for (const RawPair& pair : pairs) family[kept_key(pair.key)] = keep(pair.value, pair.ttl);
  return {};
}

Outcome<void> RawKv::remove(const RegionView& region, const std::string& cf, const std::vector<std::string>& keys) {
  Outcome<std::string> name = family_to_write(cf);
  if (!name) return failed(name);
  for (const std::string& key : keys) {
    const std::string kept = kept_key(key);
    if (!contains(region.region, kept)) return outside(region, kept);
  }
  Family& family = families_[*name];
  for (const std::string& key : keys) family.erase(kept_key(key));
  return {};
}

Outcome<void> RawKv::remove_range(const RegionView& region, const std::string& cf, const std::string& start,
                                  const std::string& end) {
  Outcome<std::string> name = family_to_write(cf);
  if (!name) return failed(name);
  const std::string first = kept_key(start);
  // The encoded form of an empty end would bound it.
  const std::string last = end.empty() && api_ != StorageApi::kV2 ? std::string() : kept_key(end);
  if (!last.empty() && first >= last) return bare_region_error("invalid delete range command");
  const Region& bounds = region.region;
  if (!contains(bounds, first)) return outside(region, first);
  if (!bounds.end_key().empty() && (last.empty() || last > bounds.end_key())) return outside(region, last);
  Family& family = families_[*name];
  family.erase(family.lower_bound(first), last.empty() ? family.end() : family.lower_bound(last));
  return {};
}

Outcome<std::vector<RawPair>> RawKv::scan(const RegionView& region, const std::string& cf,
                                          const RawScanBounds& bounds) {
  Outcome<std::string> name = family(cf);
  if (!name) return failed(name);
  std::vector<RawPair> pairs;
  if (bounds.limit == 0) return pairs;
  const std::string start = kept_key(bounds.start);
  if (!contains_or_ends_at(region.region, start)) return outside(region, start);
  const std::string end = bounds.end ? kept_key(*bounds.end) : std::string();
  const std::string lower = bounds.reverse ? std::max(end, region.region.start_key()) : start;
  const std::string upper =
      bounds.reverse ? nearer_end(start, region.region.end_key()) : nearer_end(end, region.region.end_key());
  // Backwards from an empty key there is nothing.
  if ((bounds.reverse && start.empty()) || (!upper.empty() && lower >= upper)) return pairs;

  const Family& family = families_[*name];
  const auto first = family.lower_bound(lower);
  const auto last = upper.empty() ? family.end() : family.lower_bound(upper);
  const auto take = [&](const auto& entry) {
    if (!alive(entry.second)) return;
    pairs.push_back({.key = plain_key(entry.first), .value = bounds.key_only ? std::string() : entry.second.value});
  };
  if (bounds.reverse) {
    for (auto entry = last; entry != first && pairs.size() < bounds.limit;) take(*--entry);
  } else {
    for (auto entry = first; entry != last && pairs.size() < bounds.limit; ++entry) take(*entry);
  }
  return pairs;
}

Outcome<RawSwapped> RawKv::compare_and_swap(const RegionView& region, const std::string& cf, const RawSwap& swap) {
  Outcome<std::string> name = family_to_write(cf);
  if (!name) return failed(name);
  Outcome<std::optional<std::string>> current = get(region, cf, swap.key);
  if (!current) return failed(current);
  RawSwapped swapped{.previous = *current, .succeeded = *current == swap.expected};
  if (!swapped.succeeded) return swapped;
  const std::string kept = kept_key(swap.key);
  if (!swap.remove) {
    families_[*name][kept] = keep(swap.value, swap.ttl);
  } else if (swap.expected) {
    families_[*name].erase(kept);
  }
  return swapped;
}

Outcome<RawChecksum> RawKv::checksum(const RegionView& region,
                                     const std::vector<std::pair<std::string, std::string>>& ranges) {
  RawChecksum total;
  for (const auto& [start, end] : ranges) {
    const RawScanBounds bounds{.start = start,
                               .end = end.empty() ? std::nullopt : std::optional(end),
                               .limit = std::numeric_limits<std::size_t>::max()};
    Outcome<std::vector<RawPair>> pairs = scan(region, "", bounds);
    if (!pairs) return failed(pairs);
    for (const RawPair& pair : *pairs) {
      Crc64 crc;
      crc.add(pair.key);
      crc.add(pair.value);
      total.crc64_xor ^= crc.sum();
      total.kvs += 1;
      total.bytes += pair.key.size() + pair.value.size();
    }
  }
  return total;
}

}  // namespace tikv::testing::store
