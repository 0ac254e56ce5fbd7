#pragma once

#include <deque>

#include "runtime/loop.h"

namespace tikv::runtime {

/// The loop of a simulation: one thread, a clock that jumps to the next timer when nothing is ready, random numbers
/// from one seed. Several clients and a whole cluster share one, so that a run is one order of events, the same every
/// time.
///
/// `get()` on a task of this loop drives it until the task is complete. If nothing is ready and no timer is armed while
/// a task is still waiting, the task can never complete: that is a deadlock, and `run_until` says so.
class SimLoop final : public Loop {
 public:
  explicit SimLoop(LoopOptions options = {});
  ~SimLoop() override;

  bool submit(std::move_only_function<void()> function) override;
  /// Drives the loop until `task` is complete. Ends the program with a message if it can't complete.
  bool run_blocking(detail::PromiseBase& task) override;
  TimePoint now() const noexcept override { return now_; }
  void close() override;

  /// Runs what is ready and moves the clock on from timer to timer until `done` holds (true), or until nothing is left
  /// to run or the clock would pass `until` (false; the clock then stands at `until`).
  bool run_until(const std::function<bool()>& done, TimePoint until = TimePoint::max());
  /// Runs for `duration` of virtual time.
  void run_for(std::chrono::nanoseconds duration);
  /// One event: a submitted function with all it sets free, or the next timers. False if there is neither.
  bool step(TimePoint until = TimePoint::max());

 private:
  std::deque<std::move_only_function<void()>> inbox_;
  TimePoint now_{std::chrono::seconds(1)};
  bool refusing_ = false;
};

}  // namespace tikv::runtime
