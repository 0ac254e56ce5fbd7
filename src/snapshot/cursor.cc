#include <algorithm>
#include <utility>

#include "snapshot/page_source.h"

namespace tikv::snapshot {

Result<void> check_scan(const KeyRange& range, const ScanOptions& options, Redaction redaction) {
  if (range.reversed()) {
    return std::unexpected(Error(ErrorKind::kInvalidArgument, "the range's start " + key_text(range.start, redaction) +
                                                                  " is above its end " +
                                                                  key_text(range.end, redaction)));
  }
  if (options.page == 0 || options.page > kMaxScanPage) {
    return std::unexpected(Error(ErrorKind::kInvalidArgument, "a scan's page of " + std::to_string(options.page) +
                                                                  " pairs; 1 to " + std::to_string(kMaxScanPage) +
                                                                  " are possible"));
  }
  return {};
}

Cursor::Cursor(KeyRange range, Direction direction) : direction_(direction), at_end_(range.empty()) {
  const bool forward = direction == Direction::kForward;
  position_ = std::move(forward ? range.start : range.end);
  limit_ = std::move(forward ? range.end : range.start);
}

std::string Cursor::request_start(std::size_t longest_key) const {
  if (direction_ == Direction::kForward || !position_.empty()) return position_;
  return std::string(longest_key + 1, '\xFF');
}

std::string Cursor::limit_in(const region::Region& region) const {
  if (direction_ == Direction::kReverse) return std::max(limit_, region.start_key);
  if (limit_.empty()) return region.end_key;
  return region.end_key.empty() ? limit_ : std::min(limit_, region.end_key);
}

void Cursor::leave(const region::Region& region) {
  position_ = limit_in(region);
  at_end_ = position_.empty() || position_ == limit_;
}

void Cursor::pass(std::string last) {
  position_ = direction_ == Direction::kForward ? next_key(last) : std::move(last);
  at_end_ = !limit_.empty() && (direction_ == Direction::kForward ? position_ >= limit_ : position_ <= limit_);
}

}  // namespace tikv::snapshot
