#pragma once

#include <algorithm>
#include <vector>

#include "runtime/wait.h"

namespace tikv::pd {

/// Coroutines that wait for the same event. Loop thread only.
class WaitList {
 public:
  /// Ends all waits there are. Those who come later wait for the next time.
  void notify_all() noexcept {
    for (Waiter* waiter : std::exchange(waiters_, {})) waiter->wake();
  }

  /// Waits for the next `notify_all`.
  Task<runtime::Wake> wait() {
    Waiter waiter(*this);
    waiters_.push_back(&waiter);
    co_return co_await waiter;
  }

 private:
  class Waiter final : public runtime::Wait {
   public:
    explicit Waiter(WaitList& list) : list_(list) {}

   private:
    void on_abandoned() noexcept override { std::erase(list_.waiters_, this); }
    WaitList& list_;
  };
  std::vector<Waiter*> waiters_;
};

}  // namespace tikv::pd
