#include "pd/retry.h"

#include <utility>

#include "base/probe.h"
#include "observe/observer.h"
#include "observe/span_scope.h"
#include "runtime/wait.h"

namespace tikv::pd {

Retry::Retry(runtime::Loop& loop, Directory& directory, const PdOptions& options, std::chrono::nanoseconds budget,
             std::string what)
    : loop_(loop),
      directory_(directory),
      options_(options),
      budget_(budget),
      what_(std::move(what)),
      start_(loop.now()) {}

void Retry::failed(const std::string& address, const Verdict& verdict, std::chrono::nanoseconds took) {
  log_.add(address, verdict.outcome, took);
  ++failures_;
  next_ = verdict.next;
  failed_at_ = address;
  failure_ = verdict.outcome;
  last_kind_ = verdict.kind;
}

void Retry::reset() {
  if (failures_ > 0) log_.clear();
  failures_ = 0;
  next_ = Next::kDone;
  start_ = loop_.now();
}

Error Retry::error(ErrorKind kind, const std::string& text) const {
  Error error = log_.error(kind, what_ + ": " + text);
  error.with_elapsed(loop_.now() - start_);
  return error;
}

std::optional<Error> Retry::ended(const detail::TaskContext& context) const {
  if (directory_.closed() || loop_.closing()) return error(ErrorKind::kClosed, "the client was closed");
  if (context.stop.stop_requested()) return error(ErrorKind::kCancelled, "cancelled by the caller");
  if (context.deadline <= loop_.now()) return error(ErrorKind::kDeadline, "the deadline passed");
  return std::nullopt;
}

Task<Result<void>> Retry::ready() {
  const detail::TaskContext& context = co_await runtime::this_context();
  if (auto error = ended(context)) co_return std::unexpected(*std::move(error));
  if (next_ == Next::kFail) co_return std::unexpected(error(last_kind_, failure_));
  if (next_ == Next::kFindLeader || directory_.leader().empty()) {
    Result<void> found = co_await find_leader();
    if (!found) co_return found;
    if (auto error = ended(context)) co_return std::unexpected(*std::move(error));
  }
  if (next_ == Next::kDone) co_return Result<void>();
  const bool new_leader = !directory_.leader().empty() && directory_.leader() != failed_at_;
  Result<void> paused = co_await pause(pause_before(failures_, new_leader, options_, loop_.random()));
  co_return paused;
}

Task<Result<void>> Retry::find_leader() {
  Result<void> found = co_await directory_.find_leader(failed_at_);
  if (found) co_return found;
  const Error& why = found.error();
  log_.add(why);
  if (!worth_repeating(why)) co_return std::unexpected(error(why.kind(), why.message()));
  ++failures_;
  if (next_ == Next::kDone) next_ = Next::kFindLeader;
  last_kind_ = why.kind();
  co_return Result<void>();
}

Task<Result<void>> Retry::pause(std::chrono::nanoseconds duration) {
  if (loop_.now() + duration - start_ >= budget_) {
    TIKV_PROBE("pd: out of patience");
    const auto tried = std::chrono::duration_cast<std::chrono::milliseconds>(budget_);
    co_return std::unexpected(error(last_kind_, "no success within " + std::to_string(tried.count()) + " ms"));
  }
  if (duration.count() == 0) co_return Result<void>();
  const observe::Observer& observer = observe::or_silent(options_.observer);
  detail::TaskContext& context = co_await runtime::own_context();
  observe::SpanScope span(observer.tracer(), context, "tikv.backoff");
  if (span.span() != nullptr) span.span()->set_attribute("tikv.reason", "pdRPC");
  const runtime::Wake why = co_await runtime::sleep(duration).with_stop(directory_.closing());
  span.end();
  if (observer.metrics() != nullptr) observer.metrics()->pd.backoff.observe(observe::seconds(duration));
  if (why == runtime::Wake::kReady) co_return Result<void>();
  const bool closed = directory_.closed() || why == runtime::Wake::kClosed;
  const ErrorKind kind = closed                            ? ErrorKind::kClosed
                         : why == runtime::Wake::kDeadline ? ErrorKind::kDeadline
                                                           : ErrorKind::kCancelled;
  co_return std::unexpected(
      error(kind, runtime::wake_error(closed ? runtime::Wake::kClosed : why, "pausing").message()));
}

}  // namespace tikv::pd
