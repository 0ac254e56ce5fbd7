#pragma once

#include <coroutine>
#include <stop_token>

#include "runtime/timer.h"

namespace tikv::txn {

/// `co_await Shield(deadline)`: takes the coroutine, with all that it awaits from then on, out of its caller's deadline
/// and cancel, and gives it a deadline of its own. For what must be finished although nobody has the patience.
class Shield {
 public:
  explicit Shield(runtime::TimePoint deadline) noexcept : deadline_(deadline) {}

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) const noexcept {
    handle.promise().context.deadline = deadline_;
    handle.promise().context.stop = std::stop_token();
    return false;
  }
  void await_resume() const noexcept {}

 private:
  runtime::TimePoint deadline_;
};

}  // namespace tikv::txn
