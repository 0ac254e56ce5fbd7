#pragma once

#include <tikv/key.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <unordered_map>

#include "region/region.h"

namespace tikv::region {

/// The regions known, ordered by key and never overlapping. Pure: no clock, no I/O.
///
/// Regions that went out of date stay as what they are, so that an answer from a PD that lags behind does not bring
/// back what was already known to be over.
class RegionIndex {
 public:
  /// Takes `region` in, and throws out every region that it overlaps. False, and nothing changed, if a newer picture of
  /// the same keys or of the same region is there already. The leader of an older picture of the same region is kept if
  /// `leader_known` is false.
  bool insert(RegionRef region, bool leader_known = true);

  /// The usable region that contains `key`; null if there is none.
  const RegionRef& find(std::string_view key) const noexcept;
  /// The usable region with start < key <= end; an empty key is above every key.
  const RegionRef& find_by_end(std::string_view key) const noexcept;
  /// The usable region with this id.
  const RegionRef& find_by_id(std::uint64_t id) const noexcept;

  /// Whether the region of `key` is known at all, fit for use or not.
  bool knows(std::string_view key, bool by_end) const noexcept;
  /// The widest range around `key` in which nothing usable is known: all requests for keys in it wait for one look-up.
  /// By end: around the keys just below `key`.
  KeyRange gap(std::string_view key, bool by_end) const;

  std::size_t size() const noexcept { return by_start_.size(); }

 private:
  // The keys are the regions' own start keys.
  using ByStart = std::map<std::string_view, RegionRef, std::less<>>;
  ByStart::const_iterator at_or_before(std::string_view key) const noexcept;
  ByStart::const_iterator before(std::string_view key) const noexcept;
  bool outdated(const Region& region) const noexcept;
  ByStart::iterator first_overlap(const Region& region);
  void erase(ByStart::iterator at);

  ByStart by_start_;
  std::unordered_map<std::uint64_t, RegionRef> by_id_;
};

}  // namespace tikv::region
