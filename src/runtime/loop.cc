#include "runtime/loop.h"

#include <algorithm>

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

void Loop::drain() {
  for (;;) {
    while (!ready_.empty()) {
      const std::coroutine_handle<> handle = ready_.front();
      ready_.pop_front();
      handle.resume();
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
  closing_ = true;
  while (!waits_.empty()) waits_.back()->end(Wake::kClosed);
}

Loop& current_loop() noexcept { return static_cast<Loop&>(*current_home()); }

}  // namespace tikv::runtime
