#pragma once

#include <tikv/task.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <random>
#include <unordered_set>
#include <vector>

#include "runtime/timer.h"

namespace tikv::runtime {

class Wait;

/// Settings of a loop that tasks see through `detail::Home`.
struct LoopOptions {
  std::shared_ptr<Executor> executor;
  std::shared_ptr<Waiter> waiter;
  /// Deadline of a call without one; 0 for none.
  std::chrono::nanoseconds default_timeout{0};
  /// Seeds the loop's random numbers; 0 takes a seed from the machine (real loop) or stays 0 (simulated loop).
  std::uint64_t seed = 0;
};

/// Something to do once all coroutines that were ready have run, before the loop waits: a connection writing what they
/// asked for in one go. Queued at most once at a time. Loop thread only.
class Deferred {
 public:
  virtual void run_deferred() = 0;

 protected:
  ~Deferred() = default;

 private:
  friend class Loop;
  bool queued_ = false;
};

/// The world outside, first seam: one thread's worth of execution, clock, timers and random numbers. An operation lives
/// on one loop from start to end, so what belongs to a loop needs no lock. Two implementations: `IoLoop` (sockets, real
/// time) and `SimLoop` (virtual time, one seed).
///
/// Thread-safety: only what is marked "any thread"; the rest on the thread that drives the loop.
class Loop : public detail::Home {
 public:
  explicit Loop(LoopOptions options);
  ~Loop() override;

  // detail::Home, any thread.
  bool is_current() const noexcept override;
  Executor* executor() const noexcept override { return options_.executor.get(); }
  Waiter* waiter() const noexcept override { return options_.waiter.get(); }
  std::chrono::nanoseconds default_timeout() const noexcept override { return options_.default_timeout; }

  void operation_began() noexcept override { ++operations_; }
  void operation_ended() noexcept override { --operations_; }

  /// Continues a suspended task after the current handler has returned. Keeps the stack flat and lets everything that
  /// is ready run before anything is written.
  void resume_soon(detail::PromiseBase& task) { ready_.push_back(&task); }
  /// Runs `deferred` when no coroutine is ready any more.
  void defer(Deferred& deferred);
  /// Takes back a `defer`, before the object goes.
  void cancel(Deferred& deferred) noexcept;

  /// The time as this turn of the loop has read it last, which costs nothing: the time of an operation's beginning, for
  /// what happens before it first waits, and for what may be as late as code of the caller's that ran since.
  TimePoint recent() const noexcept override { return recent_ == TimePoint{} ? now() : recent_; }

  TimerQueue& timers() noexcept { return timers_; }
  /// The loop's random numbers: of one seed, so that a simulated run repeats.
  std::mt19937_64& random() noexcept { return random_; }

  /// Any thread: makes every wait end with `Wake::kClosed`, now and later, and refuses new work.
  virtual void close() = 0;
  bool closing() const noexcept { return closing_; }
  /// Whether no task that is bound to `home`, this loop or a share of it, waits any more.
  bool ends(const detail::Home* home) const noexcept { return ending_ && (closing_ || share_closed(home)); }

  /// Counts a task that nobody awaits; a closing loop runs until there is none.
  void background_began() noexcept { ++background_; }
  void background_ended() noexcept { --background_; }
  /// Callers' operations on this loop.
  std::size_t operations() const noexcept { return operations_; }
  std::size_t background() const noexcept { return background_; }

 protected:
  /// Runs ready coroutines and deferred work until there is none of either.
  void drain();
  /// On the loop: ends every wait.
  void close_waits();
  std::mt19937_64 random_;
  /// What `recent` gives; the epoch for nothing. The clock of a real loop sets it, and each turn of the loop clears it.
  mutable TimePoint recent_{};

 private:
  friend class LoopShare;
  friend class Wait;
  void look_ahead() const noexcept;
  bool share_closed(const detail::Home* home) const noexcept;

  LoopOptions options_;
  std::deque<detail::PromiseBase*> ready_;
  std::vector<Deferred*> deferred_;
  TimerQueue timers_;
  bool closing_ = false;
  bool ending_ = false;  // the loop closes, or a share has been closed
  std::vector<const detail::Home*> closed_shares_;
  std::size_t operations_ = 0;
  std::size_t background_ = 0;
  std::vector<Wait*> waits_;  // in progress; each knows its place
};

/// Binds an operation to its loop, or to a share of one: wherever it is awaited, it runs there.
template <class T>
Task<T> run_on(detail::Home& home, Task<T> task) {
  task.promise().context.home = &home;
  return task;
}

/// The loop that drives the calling thread; the caller knows that there is one.
Loop& current_loop() noexcept;

}  // namespace tikv::runtime
