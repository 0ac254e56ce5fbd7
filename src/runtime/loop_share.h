#pragma once

#include <tikv/task.h>

#include "runtime/loop.h"

namespace tikv::runtime {

/// One client's part of a loop that others use as well and that goes on without it: tasks that are bound to the share
/// run on the loop, and closing the share ends them alone. Outlives them; the loop outlives it.
class LoopShare final : public detail::Home {
 public:
  explicit LoopShare(Loop& loop) noexcept : loop_(loop) {}
  ~LoopShare() override;
  LoopShare(const LoopShare&) = delete;
  LoopShare& operator=(const LoopShare&) = delete;

  /// What `Loop::close` does, for this share: makes every wait of its tasks end with `Wake::kClosed`, now and later.
  /// Once, on the loop.
  void close();

  bool is_current() const noexcept override { return loop_.is_current(); }
  bool submit(std::move_only_function<void()> function) override { return loop_.submit(std::move(function)); }
  bool run_blocking(detail::PromiseBase& task) override { return loop_.run_blocking(task); }
  detail::TimePoint now() const noexcept override { return loop_.now(); }
  detail::TimePoint recent() const noexcept override { return loop_.recent(); }
  Executor* executor() const noexcept override { return loop_.executor(); }
  Waiter* waiter() const noexcept override { return loop_.waiter(); }
  std::chrono::nanoseconds default_timeout() const noexcept override { return loop_.default_timeout(); }
  void operation_began() noexcept override { loop_.operation_began(); }
  void operation_ended() noexcept override { loop_.operation_ended(); }

 private:
  Loop& loop_;
};

}  // namespace tikv::runtime
