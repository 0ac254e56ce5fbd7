#include <tikv/task.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "runtime/current.h"
#include "runtime/parking.h"

namespace tikv::detail {
namespace {

/// What a blocking call of a coroutine waits for that has no client of its own. It waits as the client does whose
/// operation the coroutine awaits first: the thread of a fiber that was parked instead might be the one that its client
/// completes operations on. Without a client, or one that says how, the thread is parked.
class OwnCodeEvent {
 public:
  /// An operation of a client is about to be awaited. Counts only while the coroutine starts, on the thread that will
  /// wait, and once.
  void wait_as_in(const Home& home) {
    if (thread_ != std::this_thread::get_id() || std::exchange(decided_, true)) return;
    if (Waiter* waiter = home.waiter(); waiter != nullptr) event_ = waiter->make_event();
  }
  void wait() {
    decided_ = true;
    if (event_ != nullptr) return event_->wait();
    place_.wait_while(0);
  }
  static void on_complete(PromiseBase& /*task*/, void* argument) noexcept {
    auto& event = *static_cast<OwnCodeEvent*>(argument);
    event.event_ != nullptr ? event.event_->set() : event.place_.tell(1);
  }

 private:
  const std::thread::id thread_ = std::this_thread::get_id();
  bool decided_ = false;  // that thread
  std::unique_ptr<Waiter::Event> event_;
  runtime::Parking place_;
};

/// `parent` has no client, and is about to await an operation of the client whose loop is `home`.
void enter_from_own_code(PromiseBase& parent, const Home& home) {
  PromiseBase* root = &parent;
  while (root->awaited_by() != nullptr) root = root->awaited_by();
  if (root->on_complete != OwnCodeEvent::on_complete) return;
  static_cast<OwnCodeEvent*>(root->argument)->wait_as_in(home);
}

/// Two stop tokens in one: what an inner task with a token of its own stops on.
struct LinkedStop {
  struct Forward {
    std::stop_source* source;
    void operator()() const noexcept { source->request_stop(); }
  };
  LinkedStop(const std::stop_token& a, const std::stop_token& b)
      : on_a(a, Forward{&source}), on_b(b, Forward{&source}) {}
  std::stop_source source;
  std::stop_callback<Forward> on_a;
  std::stop_callback<Forward> on_b;
};

TimePoint after(TimePoint now, std::chrono::nanoseconds timeout) {
  return timeout < TimePoint::max() - now ? now + timeout : TimePoint::max();
}

/// A default deadline as far away as this, like the one of 60 s, need not count what the loop, or code of the user's on
/// it, has done since the clock was read; nearer ones count from the call.
constexpr std::chrono::seconds kFarAway{10};

/// The deadline of a call without one.
TimePoint default_deadline(const Home& home) {
  const std::chrono::nanoseconds timeout = home.default_timeout();
  const bool about = timeout >= kFarAway && home.is_current();
  return after(about ? home.recent() : home.now(), timeout);
}

}  // namespace

void start_on_loop(PromiseBase& task) noexcept {
  if (task.start(true)) task.finish();
}

void PromiseBase::finish() noexcept {
  if (!completes_elsewhere_) return on_complete(*this, argument);
  context.home->executor()->post([this] { on_complete(*this, argument); });
}

struct PromiseBase::Extras {
  std::optional<LinkedStop> linked_stop;
  std::optional<TraceContext> trace;
};

void PromiseBase::ExtrasGone::operator()(Extras* extras) const noexcept { delete extras; }

PromiseBase::Extras& PromiseBase::extras() {
  if (extras_ == nullptr) extras_.reset(new Extras);
  return *extras_;
}

void PromiseBase::set_trace(const TraceContext& trace) { context.trace = &extras().trace.emplace(trace); }

std::chrono::nanoseconds PromiseBase::take_timeout() noexcept {
  if (!has_timeout_) return std::chrono::nanoseconds{0};
  has_timeout_ = false;
  return std::exchange(context.deadline, TimePoint::max()).time_since_epoch();
}

void PromiseBase::inherit(const PromiseBase& parent) {
  if (context.home == nullptr) {
    context.home = parent.context.home;
    caller_side = parent.caller_side;
  }
  const std::chrono::nanoseconds timeout = take_timeout();
  context.deadline = parent.context.deadline;
  if (context.trace == nullptr) context.trace = parent.context.trace;
  if (context.home != nullptr) {
    if (timeout.count() > 0) context.deadline = std::min(context.deadline, after(context.home->now(), timeout));
    const bool enters = bound() && !parent.bound();
    const auto fallback = context.home->default_timeout();
    if (enters && context.deadline == TimePoint::max() && fallback.count() > 0) {
      context.deadline = default_deadline(*context.home);
    }
  } else if (timeout.count() > 0) {
    context.deadline = std::min(context.deadline, after(std::chrono::steady_clock::now(), timeout));
  }
  if (!parent.context.stop.stop_possible()) return;
  if (!context.stop.stop_possible()) {
    context.stop = parent.context.stop;
  } else if (context.stop != parent.context.stop) {
    context.stop = extras().linked_stop.emplace(context.stop, parent.context.stop).source.get_token();
  }
}

void PromiseBase::begin_root() {
  const std::chrono::nanoseconds timeout = take_timeout();
  if (timeout.count() == 0) {
    if (context.home != nullptr && context.home->default_timeout().count() > 0) {
      context.deadline = default_deadline(*context.home);
    }
    return;
  }
  context.deadline = after(context.home != nullptr ? context.home->now() : std::chrono::steady_clock::now(), timeout);
}

bool launch(PromiseBase& task) noexcept {
  if (!task.bound()) return task.start();
  task.completes_elsewhere_ = task.context.home->executor() != nullptr;
  if (task.context.home->is_current()) return task.start(true);
  if (task.context.home->submit([&task] { start_on_loop(task); })) return false;
  task.fail_closed();
  return true;
}

bool start_child(PromiseBase& child, PromiseBase& parent) noexcept {
  child.inherit(parent);
  if (!child.bound()) return child.start();
  if (!parent.bound()) child.completes_elsewhere_ = child.context.home->executor() != nullptr;
  if (child.context.home->is_current()) {
    child.on_one_thread_ = parent.bound() && parent.context.home == child.context.home;
    return child.start(!parent.bound());
  }
  if (parent.context.home == nullptr) enter_from_own_code(parent, *child.context.home);
  if (child.context.home->submit([&child] { start_on_loop(child); })) return false;
  child.fail_closed();
  return true;
}

void resume_parent(PromiseBase& parent) noexcept {
  if (!parent.bound() || parent.context.home->is_current()) return parent.handle.resume();
  // A loop that closed meanwhile runs nothing any more; the parent then ends wherever it was told.
  if (!parent.context.home->submit([&parent] { parent.handle.resume(); })) parent.handle.resume();
}

bool run_blocking(PromiseBase& task) {
  if (on_io_thread()) return false;
  Home* home = task.context.home;
  if (home != nullptr) {
    if (!home->run_blocking(task)) task.fail_closed();
    return true;
  }
  OwnCodeEvent event;
  task.argument = &event;
  task.on_complete = OwnCodeEvent::on_complete;
  if (!task.start()) event.wait();
  return true;
}

bool on_io_thread() noexcept { return runtime::current_home() != nullptr; }

Error wrong_thread_error() {
  return Error(ErrorKind::kWrongThread,
               "a blocking call on the client's io thread would wait for itself; co_await the task instead");
}

Error closed_error() { return Error(ErrorKind::kClosed, "the client is closed"); }

}  // namespace tikv::detail
