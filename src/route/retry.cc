#include "route/retry.h"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>
#include <vector>

#include "base/probe.h"
#include "observe/span_scope.h"
#include "runtime/wait.h"

namespace tikv::route {

using std::chrono::milliseconds;

struct Retry::History {
  struct Kind {
    std::uint32_t pauses = 0;
    milliseconds last{0};
    milliseconds slept{0};
  };
  std::array<Kind, kBackoffKinds> kinds;
  milliseconds slept{0};
  milliseconds excluded{0};
  std::uint32_t pauses = 0;
  std::deque<Attempt> attempts;  // the newest
  std::uint32_t attempt_count = 0;
};

Retry::Retry(runtime::Loop& loop, Patience patience, const observe::Observer& observer) noexcept
    : loop_(&loop), observer_(&observer), patience_(patience), started_(loop.recent()) {}
Retry::Retry(Retry&& other) noexcept = default;
Retry& Retry::operator=(Retry&& other) noexcept = default;
Retry::~Retry() = default;

Retry::History& Retry::history() {
  if (!history_) history_ = std::make_unique<History>();
  return *history_;
}

milliseconds Retry::slept() const noexcept { return history_ ? history_->slept : milliseconds{0}; }
std::uint32_t Retry::pauses() const noexcept { return history_ ? history_->pauses : 0; }
std::uint32_t Retry::attempts() const noexcept { return history_ ? history_->attempt_count : 0; }

BackoffRow Retry::row_of(BackoffKind kind) const noexcept {
  BackoffRow row = backoff_row(kind);
  if (kind == BackoffKind::kTxnLockFast) row.base = patience_.lock_pause;
  return row;
}

std::string Retry::attempts_text() const {
  std::string text;
  if (!history_) return text;
  for (const Attempt& attempt : history_->attempts) {
    if (!text.empty()) text += ' ';
    text += "[region " + std::to_string(attempt.region_id) + " store " + std::to_string(attempt.store_id) + ' ' +
            attempt.address + ' ' + attempt.outcome + ' ' +
            std::to_string(std::chrono::duration_cast<milliseconds>(attempt.took).count()) + "ms]";
  }
  return text;
}

// client-go's rule: what counts has reached the budget, or what does not count has reached both its limit and the
// budget.
bool Retry::exhausted(const BackoffRow& row) const noexcept {
  if (!history_) return patience_.budget.count() <= 0;
  if (history_->slept - history_->excluded >= patience_.budget) return true;
  return row.excluded.count() > 0 && history_->excluded >= std::max(row.excluded, patience_.budget);
}

// What used the budget up. Pauses that do not count towards it have not, unless it is their own limit that was reached.
const BackoffRow& Retry::most_slept_for(const BackoffRow& row) const noexcept {
  if (history_->slept - history_->excluded < patience_.budget) return row;
  const BackoffRow* most = &row;
  milliseconds longest{0};
  for (const BackoffRow& kind : kBackoffs) {
    const milliseconds slept = history_->kinds[static_cast<std::size_t>(kind.kind)].slept;
    if (kind.excluded.count() > 0 || slept <= longest) continue;
    longest = slept;
    most = &kind;
  }
  return *most;
}

Error Retry::out_of_patience(const BackoffRow& row, const std::string& cause) const {
  TIKV_PROBE("retry: out of patience");
  std::string message = cause + "; gave up after " + std::to_string(slept().count()) + "ms of pauses";
  if (history_) {
    message += ", most of them for ";
    message += most_slept_for(row).name;
  }
  return fail(ErrorKind::kUnavailable, std::move(message));
}

Task<Result<void>> Retry::back_off(BackoffKind kind, std::string cause) {
  return pause(kind, milliseconds::min(), milliseconds::max(), std::move(cause));
}

Task<Result<void>> Retry::back_off_at_most(BackoffKind kind, milliseconds most, std::string cause) {
  return pause(kind, milliseconds::min(), most, std::move(cause));
}

Task<Result<void>> Retry::back_off_for(BackoffKind kind, milliseconds exactly, std::string cause) {
  return pause(kind, exactly, exactly, std::move(cause));
}

Task<runtime::Wake> Retry::sleep(BackoffRow row, milliseconds length) {
  detail::TaskContext& context = co_await runtime::own_context();
  const observe::SpanScope span(observer_->tracer(), context, "tikv.backoff");
  if (span.span() != nullptr) {
    span.span()->set_attribute("tikv.reason", row.name);
    span.span()->set_attribute("tikv.length_ms", std::int64_t{length.count()});
  }
  const runtime::Wake why = co_await runtime::sleep(length);
  if (const observe::Metrics* metrics = observer_->metrics()) {
    metrics->route.backoff(row.name).observe(observe::seconds(length));
  }
  co_return why;
}

Task<Result<void>> Retry::pause(BackoffKind kind, milliseconds least, milliseconds most, std::string cause) {
  const BackoffRow row = row_of(kind);
  if (exhausted(row)) co_return std::unexpected(out_of_patience(row, cause));

  History::Kind& past = history().kinds[static_cast<std::size_t>(kind)];
  const milliseconds due = next_pause(row, past.pauses, past.last, loop_->random());
  const milliseconds length = std::max(std::min(std::max(due, least), most), milliseconds{0});
  const runtime::Wake why = co_await sleep(row, length);
  if (why != runtime::Wake::kReady) {
    Error error = annotate(runtime::wake_error(why, cause));
    co_return std::unexpected(std::move(error));
  }
  past.last = due;
  past.slept += length;
  ++past.pauses;
  ++history_->pauses;
  history_->slept += length;
  if (row.excluded.count() > 0) history_->excluded += length;
  co_return Result<void>();
}

void Retry::record(Attempt attempt) {
  History& past = history();
  ++past.attempt_count;
  past.attempts.push_back(std::move(attempt));
  if (past.attempts.size() > Error::kMaxAttempts) past.attempts.pop_front();
}

Error Retry::fail(ErrorKind kind, std::string message) const { return annotate(Error(kind, std::move(message))); }

Error Retry::annotate(Error error) const {
  if (history_ && error.attempt_count() == 0) {
    std::vector<Attempt> attempts(history_->attempts.begin(), history_->attempts.end());
    error.with_attempts(std::move(attempts), history_->attempt_count);
  }
  error.with_elapsed(loop_->now() - started_);
  return error;
}

Retry Retry::fork() const {
  Retry copy(*loop_, patience_, *observer_);
  copy.started_ = started_;
  copy.moves_ = moves_;
  copy.doubt_ = doubt_;
  if (history_) copy.history_ = std::make_unique<History>(*history_);
  return copy;
}

void Retry::absorb(const Retry& fork) {
  moves_ = std::max(moves_, fork.moves_);
  doubt_ = doubt_ || fork.doubt_;
  if (!fork.history_) return;
  // What ran at once passed at once: the longest of the forks is what this operation has waited for.
  History& mine = history();
  if (fork.history_->slept >= mine.slept) mine = *fork.history_;
}

}  // namespace tikv::route
