#pragma once

#include <tikv/error.h>
#include <tikv/key.h>
#include <tikv/redaction.h>
#include <tikv/snapshot.h>
#include <tikv/task.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "region/region.h"
#include "snapshot/reader.h"

namespace tikv::proto::kvrpcpb {
class ScanRequest;
}

namespace tikv::snapshot {

enum class Direction : std::uint8_t { kForward, kReverse };

/// `kInvalidArgument` for a reversed range or a page size out of its limits.
Result<void> check_scan(const KeyRange& range, const ScanOptions& options, Redaction redaction);

/// A scan's place in its range, and what the next request asks for. Pure.
class Cursor {
 public:
  Cursor(KeyRange range, Direction direction);

  bool at_end() const noexcept { return at_end_; }
  Direction direction() const noexcept { return direction_; }
  /// Where the next region is looked for: the first key that was not read, or, in reverse, the lowest that was (empty:
  /// none yet).
  const std::string& position() const noexcept { return position_; }
  /// Where a request begins. A reverse scan from the last key on needs a key above all, which are no longer than
  /// `longest_key`: stores take an empty one for the lowest.
  std::string request_start(std::size_t longest_key) const;
  /// The border towards which the scan goes, within `region`.
  std::string limit_in(const region::Region& region) const;
  /// The region gave all it has up to the limit.
  void leave(const region::Region& region);
  /// The region gave a full page that ended with `last`.
  void pass(std::string last);

 private:
  Direction direction_;
  std::string position_;
  std::string limit_;  // included in reverse, left out forwards; empty for none
  bool at_end_;
};

/// A scan, a page at a time. Loop thread only, one call at a time.
class PageSource {
 public:
  /// `reader` outlives it.
  PageSource(Reader& reader, KeyRange range, Direction direction, ScanOptions options);

  /// The next page for a caller: never empty, `nullopt` at the end.
  Task<Result<std::optional<std::vector<KvPair>>>> next();
  /// All that is left.
  Task<Result<std::vector<KvPair>>> collect();

  /// What one more request gives, at most `count` pairs; none does not mean the end. After it, all keys of the range on
  /// the near side of `cursor().position()` were read.
  Task<Result<std::vector<KvPair>>> read(std::size_t count);
  const Cursor& cursor() const noexcept { return cursor_; }
  /// Whether range and options can be scanned at all.
  const Result<void>& check() const noexcept { return checked_; }

 private:
  proto::kvrpcpb::ScanRequest request_to(const region::Region& region, std::size_t count) const;
  Task<Result<std::optional<std::vector<KvPair>>>> read(route::Retry& retry, std::size_t count);
  Task<Result<void>> fill_locked(route::Retry& retry, std::vector<lock::Lock> locks, std::vector<std::string> keys,
                                 std::vector<KvPair>& pairs);

  Reader& reader_;
  ScanOptions options_;
  Result<void> checked_;
  Cursor cursor_;
  std::size_t given_ = 0;
};

}  // namespace tikv::snapshot
