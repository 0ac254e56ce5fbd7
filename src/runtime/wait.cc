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
struct Wait::StopRequest {
  Wait* wait;  // loop thread only; null once the wait is over
  Loop* loop;
};

/// The wait's place among those that a stop token tells.
struct Wait::Stopping {
  struct OnStop {
    std::shared_ptr<StopRequest> request;
    void operator()() const noexcept {
      const std::shared_ptr<StopRequest> shared = request;  // ending the wait destroys this object
      const bool here = shared->loop->is_current();
      if (here && shared->wait != nullptr) return shared->wait->end(Wake::kStopped);
      if (!here) {
        shared->loop->submit([shared] {
          if (shared->wait != nullptr) shared->wait->end(Wake::kStopped);
        });
      }
    }
  };
  Stopping(const std::stop_token& token, const std::shared_ptr<StopRequest>& shared)
      : request(shared), callback(token, OnStop{shared}) {}
  ~Stopping() { request->wait = nullptr; }

  std::shared_ptr<StopRequest> request;
  std::stop_callback<OnStop> callback;
};

void Wait::StoppingGone::operator()(Stopping* stopping) const noexcept { delete stopping; }

Wait::~Wait() {
  // A coroutine destroyed while it waits: only when its task was never to be resumed.
  if (task_ != nullptr) {
    task_ = nullptr;
    end(Wake::kClosed);
  }
}

bool Wait::suspend(detail::PromiseBase& task) {
  const detail::TaskContext& context = task.context;
  loop_ = &current_loop();
  if (context.stop.stop_requested() || loop_->ends(context.home)) {
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
  task_ = &task;
  place_ = loop_->waits_.size();
  loop_->waits_.push_back(this);
  if (deadline != TimePoint::max()) loop_->timers().arm(*this, deadline);
  if (context.stop.stop_possible()) {
    const auto request = std::make_shared<StopRequest>();
    request->wait = this;
    request->loop = loop_;
    std::unique_ptr<Stopping, StoppingGone> stopping(new Stopping(context.stop, request));
    // The token may have been triggered meanwhile, and the wait be over.
    if (!woken_) stopping_ = std::move(stopping);
  }
  return true;
}

void Wait::wake(Wake why) noexcept {
  if (woken_.has_value()) return;
  if (task_ == nullptr) {
    woken_ = why;
    return;
  }
  end(why);
}

void Wait::end(Wake why) noexcept {
  if (woken_.has_value()) return;
  woken_ = why;
  loop_->timers().disarm(*this);
  stopping_.reset();
  Wait* last = loop_->waits_.back();
  loop_->waits_[place_] = last;
  last->place_ = place_;
  loop_->waits_.pop_back();
  if (why != Wake::kReady) on_abandoned();
  if (task_ != nullptr) loop_->resume_soon(*std::exchange(task_, nullptr));
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
