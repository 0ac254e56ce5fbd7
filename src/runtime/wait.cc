#include "runtime/wait.h"

#include <algorithm>
#include <mutex>
#include <string>

namespace tikv::runtime {

Error wake_error(Wake wake, std::string_view what) {
  const std::string text(what);
  switch (wake) {
    case Wake::kDeadline:
      return Error(ErrorKind::kDeadline, text + ": the deadline passed");
    case Wake::kStopped:
      return Error(ErrorKind::kCancelled, text + ": cancelled by the caller");
    case Wake::kClosed:
      return Error(ErrorKind::kClosed, text + ": the client was closed");
    case Wake::kReady:
      break;
  }
  return Error(ErrorKind::kServer, text);
}

/// What a stop from another thread holds on to: the wait may be over by the time the loop hears of it.
struct Wait::StopRequest : std::enable_shared_from_this<StopRequest> {
  Wait* wait;  // loop thread only; null once the wait is over
  Loop* loop;
};

void Wait::OnStop::operator()() const noexcept {
  auto shared = request->shared_from_this();
  const bool here = request->loop->is_current();
  if (here && shared->wait != nullptr) return shared->wait->end(Wake::kStopped);
  if (!here) {
    request->loop->submit([shared] {
      if (shared->wait != nullptr) shared->wait->end(Wake::kStopped);
    });
  }
}

Wait::~Wait() {
  // A coroutine destroyed while it waits: only when its task was never to be resumed.
  if (handle_) {
    handle_ = {};
    end(Wake::kClosed);
  }
}

bool Wait::suspend(std::coroutine_handle<> handle, const detail::TaskContext& context) {
  loop_ = &current_loop();
  if (context.stop.stop_requested() || loop_->closing()) {
    woken_ = context.stop.stop_requested() ? Wake::kStopped : Wake::kClosed;
    on_abandoned();
    return false;
  }
  const TimePoint deadline = std::min(context.deadline, limit_);
  if (deadline <= loop_->recent()) {
    woken_ = Wake::kDeadline;
    on_abandoned();
    return false;
  }
  handle_ = handle;
  place_ = loop_->waits_.size();
  loop_->waits_.push_back(this);
  if (deadline != TimePoint::max()) loop_->timers().arm(*this, deadline);
  if (context.stop.stop_possible()) {
    stop_request_ = std::make_shared<StopRequest>();
    stop_request_->wait = this;
    stop_request_->loop = loop_;
    on_stop_.emplace(context.stop, OnStop{stop_request_.get()});
  }
  return true;
}

void Wait::wake(Wake why) noexcept {
  if (woken_.has_value()) return;
  if (!handle_) {
    woken_ = why;
    return;
  }
  end(why);
}

void Wait::end(Wake why) noexcept {
  if (woken_.has_value()) return;
  woken_ = why;
  loop_->timers().disarm(*this);
  if (stop_request_) {
    stop_request_->wait = nullptr;
    on_stop_.reset();
    stop_request_.reset();
  }
  Wait* last = loop_->waits_.back();
  loop_->waits_[place_] = last;
  last->place_ = place_;
  loop_->waits_.pop_back();
  if (why != Wake::kReady) on_abandoned();
  if (handle_) loop_->resume_soon(std::exchange(handle_, {}));
}

Task<Wake> sleep(std::chrono::nanoseconds duration) {
  const TimePoint until = current_loop().now() + duration;
  Wait wait;
  wait.limit(until);
  const Wake why = co_await wait;
  // The wait ends at the earlier of sleep and deadline; which it was shows in the clock.
  if (why == Wake::kDeadline && current_loop().now() >= until) co_return Wake::kReady;
  co_return why;
}

}  // namespace tikv::runtime
