#pragma once

#include <tikv/key.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tikv::raw {

/// Where a scan stands: which part of its range is still to be read, and what to ask the next region for. No I/O.
class ScanCursor {
 public:
  enum class Direction : std::uint8_t { kForward, kReverse };

  /// `range` is not reversed. No key is longer than `longest_key` bytes.
  ScanCursor(KeyRange range, Direction direction, std::size_t longest_key);

  /// Nothing is left to read.
  bool done() const noexcept { return done_; }
  bool reverse() const noexcept { return direction_ == Direction::kReverse; }
  /// Names the next region: forward the one that holds it; in reverse the one that holds the keys just before it, where
  /// empty means the last region.
  const std::string& position() const noexcept { return reverse() ? rest_.end : rest_.start; }

  /// The borders of a RawScanRequest: in reverse, `start` is the upper one.
  struct Borders {
    std::string start;
    std::string end;
  };
  /// For the region [region_start, region_end) that `position()` named.
  Borders borders(std::string_view region_start, std::string_view region_end) const;

  /// The region answered with as many pairs as it was asked for, the last of them `last_key`: it may have more.
  void read_up_to(std::string_view last_key);
  /// The region has no more.
  void finish_region(std::string_view region_start, std::string_view region_end);

 private:
  void settle();
  KeyRange rest_;
  Direction direction_;
  std::size_t longest_key_;
  bool done_ = false;
};

}  // namespace tikv::raw
