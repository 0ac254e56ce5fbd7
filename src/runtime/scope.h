#pragma once

#include <tikv/task.h>

#include <cstddef>

#include "runtime/loop.h"
#include "runtime/wait.h"

namespace tikv::runtime {

/// Tasks that nobody awaits one by one: heartbeats, the commit of secondaries, clean-up. They start at once, with a
/// deadline of their own and out of reach of any caller's stop token, so that a cancelled call never skips them. The
/// scope's owner joins it before it goes. Loop thread only.
class Scope {
 public:
  explicit Scope(Loop& loop) noexcept : loop_(loop) {}
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  /// Starts `task`. `budget` is its deadline from now; 0 for none.
  void spawn(Task<void> task, std::chrono::nanoseconds budget = std::chrono::nanoseconds{0}, std::stop_token stop = {});
  /// The same for work that has no task as long as nothing happens: `join` waits for it too.
  void began() noexcept;
  void ended() noexcept;
  /// Completes when no task is left. One at a time.
  Task<Wake> join();
  std::size_t running() const noexcept { return running_; }

 private:
  struct Running;
  Loop& loop_;
  std::size_t running_ = 0;
  Wait idle_;
};

}  // namespace tikv::runtime
