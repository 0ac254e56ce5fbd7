#include "runtime/loop.h"

#include <algorithm>
#include <cstddef>

#include "base/fetch.h"
#include "runtime/current.h"
#include "runtime/wait.h"

namespace tikv::runtime {

Loop::Loop(LoopOptions options) : random_(options.seed), options_(std::move(options)) {}
Loop::~Loop() = default;

bool Loop::is_current() const noexcept { return current_home() == this; }

void Loop::defer(Deferred& deferred) {
  if (deferred.queued_) return;
  deferred.queued_ = true;
  deferred_.push_back(&deferred);
}

void Loop::cancel(Deferred& deferred) noexcept {
  if (!deferred.queued_) return;
  deferred.queued_ = false;
  std::replace(deferred_.begin(), deferred_.end(), &deferred, static_cast<Deferred*>(nullptr));
}

// A thousand operations that wait have left the processor's caches, and each one that goes on would wait for memory
// frame by frame: its own, then that of the task that awaits it, and so on. So those frames are asked for some tasks
// ahead, each level when the one below it should be there.
void Loop::look_ahead() const noexcept {
  constexpr std::size_t kLevels = 6;
  constexpr std::size_t kTasksALevel = 2;
  constexpr std::size_t kLines = 6;  // promise and parameters; what is further on is rarely needed at once
  for (std::size_t level = 0; level < kLevels; ++level) {
    const std::size_t at = (kLevels - level) * kTasksALevel;
    if (at >= ready_.size()) continue;
    const detail::PromiseBase* task = ready_[at];
    for (std::size_t up = 0; up < level && task != nullptr; ++up) task = task->awaited_by();
    fetch_soon(task, kLines);
  }
}

void Loop::drain() {
  for (;;) {
    while (!ready_.empty()) {
      detail::PromiseBase* const task = ready_.front();
      if (ready_.size() > 1) look_ahead();
      ready_.pop_front();
      task->handle.resume();
    }
    if (deferred_.empty()) return;
    // By index: what runs may queue more or take entries back.
    for (std::size_t i = 0; i < deferred_.size(); ++i) {
      Deferred* deferred = std::exchange(deferred_[i], nullptr);
      if (deferred == nullptr) continue;
      deferred->queued_ = false;
      deferred->run_deferred();
    }
    deferred_.clear();
  }
}

void Loop::close_waits() {
  closing_ = ending_ = true;
  while (!waits_.empty()) waits_.back()->end(Wake::kClosed);
}

bool Loop::share_closed(const detail::Home* home) const noexcept {
  return std::ranges::find(closed_shares_, home) != closed_shares_.end();
}

Loop& current_loop() noexcept { return static_cast<Loop&>(*current_home()); }

}  // namespace tikv::runtime
