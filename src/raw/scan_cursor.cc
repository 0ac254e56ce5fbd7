#include "raw/scan_cursor.h"

#include <algorithm>
#include <utility>

namespace tikv::raw {

ScanCursor::ScanCursor(KeyRange range, Direction direction, std::size_t longest_key)
    : rest_(std::move(range)), direction_(direction), longest_key_(longest_key) {
  settle();
}

ScanCursor::Borders ScanCursor::borders(std::string_view region_start, std::string_view region_end) const {
  Borders borders;
  if (reverse()) {
    // In reverse the store knows no "from the last key on": this border is above every key.
    borders.start = rest_.end.empty() ? std::string(longest_key_ + 1, '\xFF') : rest_.end;
    borders.end = std::max(std::string_view(rest_.start), region_start);
  } else {
    const bool region_ends_first = rest_.end.empty() || (!region_end.empty() && region_end < rest_.end);
    borders.start = rest_.start;
    borders.end = region_ends_first ? region_end : std::string_view(rest_.end);
  }
  return borders;
}

void ScanCursor::read_up_to(std::string_view last_key) {
  if (reverse()) {
    rest_.end = last_key;
  } else {
    rest_.start = next_key(last_key);
  }
  settle();
}

void ScanCursor::finish_region(std::string_view region_start, std::string_view region_end) {
  const std::string_view border = reverse() ? region_start : region_end;
  if (border.empty()) {
    done_ = true;
    return;
  }
  (reverse() ? rest_.end : rest_.start) = border;
  settle();
}

void ScanCursor::settle() { done_ = done_ || (!rest_.end.empty() && rest_.start >= rest_.end); }

}  // namespace tikv::raw
