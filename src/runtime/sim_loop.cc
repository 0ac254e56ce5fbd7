#include "runtime/sim_loop.h"

#include <cstdio>
#include <cstdlib>

#include "runtime/current.h"

namespace tikv::runtime {

SimLoop::SimLoop(LoopOptions options) : Loop(std::move(options)) {}

SimLoop::~SimLoop() { close(); }

bool SimLoop::submit(std::move_only_function<void()> function) {
  if (refusing_) return false;
  inbox_.push_back(std::move(function));
  return true;
}

bool SimLoop::step(TimePoint until) {
  const DrivingScope driving(this);
  drain();
  if (!inbox_.empty()) {
    auto function = std::move(inbox_.front());
    inbox_.pop_front();
    function();
    drain();
    return true;
  }
  const TimePoint next = timers().next();
  if (next == TimePoint::max() || next > until) return false;
  now_ = std::max(now_, next);
  timers().fire(now_);
  drain();
  return true;
}

bool SimLoop::run_until(const std::function<bool()>& done, TimePoint until) {
  while (!done()) {
    if (!step(until)) {
      if (until != TimePoint::max()) now_ = std::max(now_, until);
      return done();
    }
  }
  return true;
}

void SimLoop::run_for(std::chrono::nanoseconds duration) {
  run_until([] { return false; }, now_ + duration);
}

bool SimLoop::run_blocking(detail::PromiseBase& task) {
  bool done = false;
  task.argument = &done;
  task.on_complete = [](detail::PromiseBase&, void* argument) noexcept { *static_cast<bool*>(argument) = true; };
  if (!task.bound()) {
    if (task.start()) return true;
  } else if (!submit([&task] { detail::start_on_loop(task); })) {
    return false;
  }
  if (!run_until([&done] { return done; })) {
    std::fputs("SimLoop: the awaited task waits for something that never happens\n", stderr);
    std::abort();
  }
  return true;
}

void SimLoop::close() {
  if (refusing_) return;
  refusing_ = true;
  const DrivingScope driving(this);
  close_waits();
  drain();
  while (!inbox_.empty()) {
    auto function = std::move(inbox_.front());
    inbox_.pop_front();
    function();
    drain();
  }
}

}  // namespace tikv::runtime
