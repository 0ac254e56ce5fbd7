#pragma once

#include <tikv/key.h>
#include <tikv/raw.h>
#include <tikv/task.h>

#include <memory>
#include <optional>
#include <vector>

#include "observe/operation.h"
#include "raw/scan_cursor.h"
#include "raw/session.h"
#include "route/retry.h"

namespace tikv::raw {

/// The state of a `RawScan`.
class Scanner {
 public:
  Scanner(SessionRef session, KeyRange range, ScanCursor::Direction direction, RawScanOptions options);

  const SessionRef& session() const noexcept { return session_; }
  /// What its calls are to watchers.
  observe::Operation operation() const noexcept {
    return cursor_.reverse() ? observe::Operation::kRawReverseScan : observe::Operation::kRawScan;
  }

  using Page = std::vector<KvPair>;
  // On the session's loop. `self` keeps the scanner while the task runs.
  static Task<Result<std::optional<Page>>> next(std::shared_ptr<Scanner> self);
  static Task<Result<Page>> collect(std::shared_ptr<Scanner> self);

 private:
  Result<void> check() const;
  /// Asks the next region for what `page` lacks of `want` pairs, and appends the answer.
  Task<Result<void>> read_region(route::Retry& retry, Page& page, std::size_t want);

  SessionRef session_;
  KeyRange range_;  // as the caller gave it, to be checked when the scan starts
  RawScanOptions options_;
  ScanCursor cursor_;
  std::size_t given_ = 0;     // pairs that the caller has
  std::size_t most_at_once_;  // less than a page once an answer was too large
  bool busy_ = false;
};

}  // namespace tikv::raw
