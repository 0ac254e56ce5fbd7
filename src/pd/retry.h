#pragma once

#include <tikv/task.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "pd/attempt_log.h"
#include "pd/directory.h"
#include "pd/pd_client.h"
#include "pd/verdict.h"
#include "runtime/loop.h"

namespace tikv::pd {

/// The tries of one call: what happens between them, and the error once there are no more. Use:
///
///   for (;;) {
///     co_await retry.ready().or_return();
///     try at directory.leader(), if there is one
///     if it went well: return
///     retry.failed(...);
///   }
class Retry {
 public:
  /// `what` begins the messages, as in "PD GetRegion". No try begins later than `budget` after now.
  Retry(runtime::Loop& loop, Directory& directory, const PdOptions& options, std::chrono::nanoseconds budget,
        std::string what);

  /// Before each try. Looks for the leader if the last try failed for want of it, and pauses if the next one should
  /// not come at once. Fails when the call is over. The leader may be unknown still; then call this again.
  Task<Result<void>> ready();
  /// Notes a try at `address` that did not do.
  void failed(const std::string& address, const Verdict& verdict, std::chrono::nanoseconds took);
  /// Forgets what went wrong; the budget starts again.
  void reset();

  /// The error of a call that ends now, with what was tried.
  Error error(ErrorKind kind, const std::string& text) const;
  ErrorKind last_kind() const noexcept { return last_kind_; }

 private:
  std::optional<Error> ended(const detail::TaskContext& context) const;
  Task<Result<void>> find_leader();
  Task<Result<void>> pause(std::chrono::nanoseconds duration);

  runtime::Loop& loop_;
  Directory& directory_;
  const PdOptions& options_;
  std::chrono::nanoseconds budget_;
  std::string what_;
  runtime::TimePoint start_;
  AttemptLog log_;
  std::uint32_t failures_ = 0;
  Next next_ = Next::kDone;
  std::string failed_at_;
  std::string failure_;
  ErrorKind last_kind_ = ErrorKind::kUnavailable;
};

}  // namespace tikv::pd
