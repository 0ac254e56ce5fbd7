#pragma once

#include <tikv/task.h>

#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "runtime/loop.h"
#include "runtime/timer.h"

namespace tikv::runtime {

/// Why a wait ended.
enum class Wake : std::uint8_t { kReady, kDeadline, kStopped, kClosed };

/// The error for a wait that did not end as hoped: `kDeadline`, `kCancelled` or `kClosed`.
Error wake_error(Wake wake, std::string_view what);

/// One coroutine waiting on its loop for something: the only way in which the library suspends. It ends exactly once,
/// by `wake()`, by the deadline or stop token of the task's context, or because the loop closes.
///
/// Use: `Wake why = co_await wait;` where `wait` is a local or a member that stays in place. It may be used again after
/// it ended. `wake()` before the `co_await` counts. Derived classes override `on_abandoned` to withdraw from whatever
/// would have woken them.
class Wait : private Timer {
 public:
  Wait() = default;
  virtual ~Wait();
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  /// Ends the wait; later calls do nothing. The coroutine goes on after the current handler.
  void wake(Wake why = Wake::kReady) noexcept;
  bool woken() const noexcept { return woken_.has_value(); }
  /// Forgets an earlier `wake`, for the next round.
  void reset() noexcept { woken_.reset(); }
  /// Ends the wait at `when` at the latest, apart from the task's own deadline; for sleeping use `sleep_until`.
  void limit(TimePoint when) noexcept { limit_ = when; }

  struct Awaiter {
    Wait& wait;
    bool await_ready() const noexcept { return wait.woken(); }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
      return wait.suspend(handle.promise());
    }
    Wake await_resume() noexcept { return *wait.woken_; }
  };
  Awaiter operator co_await() noexcept { return {*this}; }

 protected:
  /// The wait ended for another reason than `wake(kReady)`: nobody may touch it any more.
  virtual void on_abandoned() noexcept {}

 private:
  friend class Loop;
  friend class LoopShare;
  struct StopRequest;
  struct Stopping;
  struct StoppingGone {
    void operator()(Stopping* stopping) const noexcept;
  };
  bool suspend(detail::PromiseBase& task);
  void end(Wake why) noexcept;
  void on_time() override { end(Wake::kDeadline); }

  Loop* loop_ = nullptr;
  detail::PromiseBase* task_ = nullptr;  // the one that waits
  std::optional<Wake> woken_;
  TimePoint limit_ = TimePoint::max();
  std::unique_ptr<Stopping, StoppingGone> stopping_;  // null: nobody can stop it
  std::size_t place_ = 0;                             // among the loop's waits in progress
};

/// Waits for `duration`; ends early with the context's deadline (`kDeadline`), stop token or the loop's closing.
/// `kReady` means the whole time has passed.
Task<Wake> sleep(std::chrono::nanoseconds duration);

/// The context of the coroutine that awaits it: `const TaskContext& context = co_await this_context();`
struct ThisContext {
  const detail::TaskContext* context = nullptr;
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    context = &handle.promise().context;
    return false;
  }
  const detail::TaskContext& await_resume() const noexcept { return *context; }
};
inline ThisContext this_context() noexcept { return {}; }

/// The same, to be changed: for what the coroutine's own awaits are to inherit.
struct OwnContext {
  detail::TaskContext* context = nullptr;
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    context = &handle.promise().context;
    return false;
  }
  detail::TaskContext& await_resume() const noexcept { return *context; }
};
inline OwnContext own_context() noexcept { return {}; }

}  // namespace tikv::runtime
