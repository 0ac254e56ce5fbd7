#pragma once

#include <tikv/error.h>
#include <tikv/task.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "observe/observer.h"
#include "route/backoff.h"
#include "runtime/loop.h"
#include "runtime/wait.h"

namespace tikv::route {

/// How long an operation may pause.
struct Patience {
  explicit Patience(std::chrono::milliseconds sum,
                    std::chrono::milliseconds first_for_lock = backoff_row(BackoffKind::kTxnLockFast).base) noexcept
      : budget(sum), lock_pause(first_for_lock) {}

  std::chrono::milliseconds budget;      ///< In all.
  std::chrono::milliseconds lock_pause;  ///< The first time for `kTxnLockFast`.
};

/// One operation's patience: how long it may pause in all, what it paused for and what it tried, which becomes its
/// error's history. Costs nothing until something goes wrong. Loop thread only; one coroutine at a time (`fork` for
/// those that run at once).
class Retry {
 public:
  /// After pauses of `patience.budget` in sum the operation gives up; the task's deadline and stop token end it
  /// earlier.
  Retry(runtime::Loop& loop, Patience patience, const observe::Observer& observer = observe::silent()) noexcept;
  Retry(runtime::Loop& loop, std::chrono::milliseconds budget,
        const observe::Observer& observer = observe::silent()) noexcept
      : Retry(loop, Patience(budget), observer) {}
  Retry(Retry&& other) noexcept;
  Retry& operator=(Retry&& other) noexcept;
  ~Retry();

  /// Sleeps the kind's next pause. Errors, complete with history: `kUnavailable` once the budget is used up,
  /// `kDeadline`, `kCancelled`, `kClosed`. `cause` says in a few words what happened, for the error's message.
  Task<Result<void>> back_off(BackoffKind kind, std::string cause);
  /// The same, but no longer than `most`: for locks, until they expire.
  Task<Result<void>> back_off_at_most(BackoffKind kind, std::chrono::milliseconds most, std::string cause);

  /// The same, but as long as a store asked for.
  Task<Result<void>> back_off_for(BackoffKind kind, std::chrono::milliseconds pause, std::string cause);

  /// Notes that a region was not what was thought, and tells how often that was so: time and again is a reason to
  /// pause.
  std::uint32_t note_move() noexcept { return ++moves_; }
  /// Notes that a write may have been applied although its answer is unknown, and its keys are now sent elsewhere: no
  /// later error of this operation can say that nothing was.
  void note_doubt() noexcept { doubt_ = true; }
  bool doubt() const noexcept { return doubt_; }
  /// Notes a failed attempt.
  void record(Attempt attempt);
  /// An error with this operation's history.
  Error fail(ErrorKind kind, std::string message) const;
  /// Puts this operation's history into an error that has none.
  Error annotate(Error error) const;

  /// For work that runs at once with other work of the same operation: has slept and tried as much as this one has.
  Retry fork() const;
  /// Takes over what a fork did, when it is done.
  void absorb(const Retry& fork);

  runtime::Loop& loop() const noexcept { return *loop_; }
  const observe::Observer& observer() const noexcept { return *observer_; }
  /// For the keys in messages.
  Redaction redaction() const noexcept { return observer_->redaction(); }
  std::chrono::milliseconds budget() const noexcept { return patience_.budget; }
  /// All pauses so far.
  std::chrono::milliseconds slept() const noexcept;
  std::uint32_t pauses() const noexcept;
  std::uint32_t attempts() const noexcept;
  /// The newest failed attempts in one line, as in "[store 1 s1:20160 not_leader 3ms] [...]".
  std::string attempts_text() const;
  runtime::TimePoint started() const noexcept { return started_; }

 private:
  struct History;
  Task<Result<void>> pause(BackoffKind kind, std::chrono::milliseconds least, std::chrono::milliseconds most,
                           std::string cause);
  /// One pause, for all who watch.
  Task<runtime::Wake> sleep(BackoffRow row, std::chrono::milliseconds length);
  History& history();
  /// The kind's row, as this operation has it.
  BackoffRow row_of(BackoffKind kind) const noexcept;
  bool exhausted(const BackoffRow& row) const noexcept;
  const BackoffRow& most_slept_for(const BackoffRow& row) const noexcept;
  Error out_of_patience(const BackoffRow& row, const std::string& cause) const;

  runtime::Loop* loop_;
  const observe::Observer* observer_;
  Patience patience_;
  runtime::TimePoint started_;
  std::uint32_t moves_ = 0;
  bool doubt_ = false;
  std::unique_ptr<History> history_;  // made by the first thing that goes wrong
};

}  // namespace tikv::route
