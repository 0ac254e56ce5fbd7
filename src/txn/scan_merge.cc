#include "txn/scan_merge.h"

#include <iterator>
#include <utility>

namespace tikv::txn {

using snapshot::Direction;

ScanMerge::ScanMerge(KeyRange range, Direction direction, bool key_only)
    : direction_(direction), key_only_(key_only), at_end_(range.empty()) {
  const bool forward = direction == Direction::kForward;
  position_ = std::move(forward ? range.start : range.end);
  limit_ = std::move(forward ? range.end : range.start);
}

void ScanMerge::feed(std::vector<KvPair> pairs, std::string known_to) {
  std::move(pairs.begin(), pairs.end(), std::back_inserter(stored_));
  known_to_ = std::move(known_to);
}

void ScanMerge::feed_end() {
  known_to_ = limit_;
  known_all_ = true;
}

std::vector<KvPair> ScanMerge::take(const WriteBuffer& writes, std::size_t count) {
  if (at_end_ || !known_to_) return {};
  return direction_ == Direction::kForward ? take_forward(writes.writes(), count)
                                           : take_reverse(writes.writes(), count);
}

std::vector<KvPair> ScanMerge::take_forward(const WriteBuffer::Map& writes, std::size_t count) {
  std::vector<KvPair> out;
  auto write = writes.lower_bound(position_);
  while (out.size() < count) {
    const bool written = write != writes.end() && (known_to_->empty() || write->first < *known_to_);
    if (!written && stored_.empty()) {
      reached_known();
      break;
    }
    if (written && (stored_.empty() || write->first <= stored_.front().key)) {
      if (!stored_.empty() && stored_.front().key == write->first) stored_.pop_front();
      position_ = next_key(write->first);
      give(write->first, write->second, out);
      ++write;
    } else {
      position_ = next_key(stored_.front().key);
      give_stored(out);
    }
  }
  return out;
}

std::vector<KvPair> ScanMerge::take_reverse(const WriteBuffer::Map& writes, std::size_t count) {
  std::vector<KvPair> out;
  // `write` is one above the next; reverse iterators would say the same less plainly.
  auto write = position_.empty() ? writes.end() : writes.lower_bound(position_);
  while (out.size() < count) {
    const bool written = write != writes.begin() && std::prev(write)->first >= *known_to_;
    if (!written && stored_.empty()) {
      reached_known();
      break;
    }
    if (written && (stored_.empty() || std::prev(write)->first >= stored_.front().key)) {
      --write;
      if (!stored_.empty() && stored_.front().key == write->first) stored_.pop_front();
      position_ = write->first;
      give(write->first, write->second, out);
    } else {
      position_ = stored_.front().key;
      give_stored(out);
    }
  }
  return out;
}

void ScanMerge::give(const std::string& key, const Write& write, std::vector<KvPair>& out) const {
  if (!write.value) return;
  out.emplace_back(key, key_only_ ? std::string() : *write.value);
}

void ScanMerge::give_stored(std::vector<KvPair>& out) {
  out.push_back(std::move(stored_.front()));
  stored_.pop_front();
}

void ScanMerge::reached_known() {
  position_ = *known_to_;
  if (known_all_) at_end_ = true;
}

}  // namespace tikv::txn
