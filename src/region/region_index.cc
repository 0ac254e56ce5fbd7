#include "region/region_index.h"

#include <iterator>
#include <utility>

namespace tikv::region {
namespace {

const RegionRef kNone;

const RegionRef& usable(const RegionRef& region) noexcept { return region->state.usable ? region : kNone; }

}  // namespace

// The last region that starts at `key` or before it; end() if none does.
RegionIndex::ByStart::const_iterator RegionIndex::at_or_before(std::string_view key) const noexcept {
  auto at = by_start_.upper_bound(key);
  return at == by_start_.begin() ? by_start_.end() : std::prev(at);
}

// The last region that starts before `key`, which is above every key if empty.
RegionIndex::ByStart::const_iterator RegionIndex::before(std::string_view key) const noexcept {
  auto at = key.empty() ? by_start_.end() : by_start_.lower_bound(key);
  return at == by_start_.begin() ? by_start_.end() : std::prev(at);
}

const RegionRef& RegionIndex::find(std::string_view key) const noexcept {
  const auto at = at_or_before(key);
  if (at == by_start_.end() || !at->second->contains(key)) return kNone;
  return usable(at->second);
}

const RegionRef& RegionIndex::find_by_end(std::string_view key) const noexcept {
  const auto at = before(key);
  if (at == by_start_.end() || !at->second->contains_by_end(key)) return kNone;
  return usable(at->second);
}

const RegionRef& RegionIndex::find_by_id(std::uint64_t id) const noexcept {
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? kNone : usable(at->second);
}

RegionIndex::ByStart::iterator RegionIndex::first_overlap(const Region& region) {
  auto at = by_start_.upper_bound(region.start_key);
  if (at == by_start_.begin()) return at;
  const auto left = std::prev(at);
  return left->second->overlaps(region) ? left : at;
}

// Splits and merges raise the version of what comes out of them above that of what went in, so of two regions that
// overlap, the one with the higher version is the newer. Changes of peers compare within one region only.
bool RegionIndex::outdated(const Region& region) const noexcept {
  const auto same = by_id_.find(region.id);
  if (same != by_id_.end() && region.older_than(*same->second)) return true;
  auto at = by_start_.upper_bound(region.start_key);
  if (at != by_start_.begin()) --at;
  for (; at != by_start_.end() && (region.end_key.empty() || at->first < region.end_key); ++at)
    if (at->second->overlaps(region) && at->second->epoch_version > region.epoch_version) return true;
  return false;
}

void RegionIndex::erase(ByStart::iterator at) {
  const RegionRef region = at->second;  // the map's key lives in it
  by_start_.erase(at);
  region->state.usable = false;
  const auto same = by_id_.find(region->id);
  if (same != by_id_.end() && same->second == region) by_id_.erase(same);
}

bool RegionIndex::insert(RegionRef region, bool leader_known) {
  if (outdated(*region)) return false;
  if (const auto same = by_id_.find(region->id); same != by_id_.end()) {
    const Region& old = *same->second;
    const std::size_t leader = region->peer_index(old.peers[old.state.leader].id);
    if (!leader_known && leader < region->peers.size()) region->state.leader = leader;
    if (!old.overlaps(*region)) erase(by_start_.find(old.start_key));
  }
  auto at = first_overlap(*region);
  while (at != by_start_.end() && at->second->overlaps(*region)) {
    const auto gone = at++;
    erase(gone);
  }
  by_id_[region->id] = region;
  const std::string_view start = region->start_key;
  by_start_.emplace_hint(at, start, std::move(region));
  return true;
}

bool RegionIndex::knows(std::string_view key, bool by_end) const noexcept {
  const auto at = by_end ? before(key) : at_or_before(key);
  return at != by_start_.end() && (by_end ? at->second->contains_by_end(key) : at->second->contains(key));
}

KeyRange RegionIndex::gap(std::string_view key, bool by_end) const {
  const auto left = by_end ? before(key) : at_or_before(key);
  KeyRange range;
  auto right = by_start_.begin();
  if (left != by_start_.end()) {
    const Region& region = *left->second;
    if (by_end ? region.contains_by_end(key) : region.contains(key)) return {region.start_key, region.end_key};
    range.start = region.end_key;
    right = std::next(left);
  }
  if (right != by_start_.end()) range.end = right->second->start_key;
  return range;
}

}  // namespace tikv::region
