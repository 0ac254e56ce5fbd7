#include "runtime/io_loop.h"

#include <boost/asio/post.hpp>

#include "runtime/current.h"

namespace tikv::runtime {
namespace {

/// So many requests of blocked callers are worth a turn of the loop, even if more are about to come: with 128 callers,
/// waiting for all of them would leave the stores idle meanwhile.
constexpr std::size_t kEnough = 32;

// The loop that this thread, which runs code of the caller's inside `get()`, is about to sleep for. A fact about the
// thread, as in current.cc.
thread_local const IoLoop* about_to_sleep_for = nullptr;

/// Says so for a while.
class AboutToSleep {
 public:
  explicit AboutToSleep(const IoLoop* loop) noexcept : before_(std::exchange(about_to_sleep_for, loop)) {}
  ~AboutToSleep() { about_to_sleep_for = before_; }
  AboutToSleep(const AboutToSleep&) = delete;
  AboutToSleep& operator=(const AboutToSleep&) = delete;

 private:
  const IoLoop* before_;
};

LoopOptions with_seed(LoopOptions options) {
  if (options.seed == 0) options.seed = (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}();
  return options;
}

}  // namespace

IoLoop::IoLoop(LoopOptions options) : Loop(with_seed(std::move(options))), thread_([this] { thread_main(); }) {}

IoLoop::~IoLoop() {
  if (thread_.joinable()) close();
}

// ---- work from outside

bool IoLoop::submit(std::move_only_function<void()> function) {
  return hand_in(std::move(function), about_to_sleep_for == this ? Announce::kWithOthers : Announce::kNow);
}

bool IoLoop::hand_in(std::move_only_function<void()> function, Announce announce) {
  bool post = false;
  {
    const std::lock_guard lock(inbox_mutex_);
    if (refusing_) return false;
    inbox_.push_back(std::move(function));
    // Under the lock, so that the last to be up either finds the function or is not waited for.
    const bool others_will = announce == Announce::kWithOthers && lot_->rising() && inbox_.size() < kEnough;
    if (!others_will) post = !std::exchange(inbox_announced_, true);
  }
  if (post) boost::asio::post(io_, [] {});
  // A thread that is about to sleep for this loop sees to its driver then.
  if (driver_.load() == Driver::kNobody && about_to_sleep_for != this) call_for_thread();
  return true;
}

void IoLoop::call_for_thread() {
  const std::lock_guard lock(drive_mutex_);
  called_for_ = true;
  drive_changed_.notify_one();
}

void IoLoop::announce_inbox() {
  {
    const std::lock_guard lock(inbox_mutex_);
    if (inbox_.empty() || std::exchange(inbox_announced_, true)) return;
  }
  boost::asio::post(io_, [] {});
}

void IoLoop::run_inbox() {
  {
    const std::lock_guard lock(inbox_mutex_);
    inbox_announced_ = false;
    running_.swap(inbox_);
  }
  for (auto& function : running_) function();
  running_.clear();
}

bool IoLoop::inbox_waits() {
  const std::lock_guard lock(inbox_mutex_);
  return !inbox_.empty();
}

TimePoint IoLoop::now() const noexcept {
  const TimePoint now = std::chrono::steady_clock::now();
  if (is_current()) recent_ = now;
  return now;
}

// ---- driving

void IoLoop::arm_clock() {
  const TimePoint next = timers().next();
  if (next >= clock_at_) return;  // fires early at worst, and is set anew then
  clock_at_ = next;
  clock_.expires_at(next);
  clock_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    clock_at_ = TimePoint::max();
    timers().fire(now());
  });
}

void IoLoop::step() {
  arm_clock();
  recent_ = {};
  if (lot_->rising()) {
    io_.run_one_for(kRisingCheck);
  } else {
    io_.run_one();
  }
  run_inbox();
  settle();
}

void IoLoop::settle() {
  drain();
  if (done_.empty()) return;
  lot_->tell_all(done_, Blocked::kDone);
  done_.clear();
}

bool IoLoop::finished() { return closing() && operations() == 0 && background() == 0 && !inbox_waits(); }

bool IoLoop::drive_as_thread() {
  const DrivingScope driving(this);
  recent_ = {};
  settle();
  while (!finished()) {
    if (lone_caller_.load(std::memory_order_relaxed) != nullptr && operations() == 1 && lead_lone_caller())
      return false;
    step();
  }
  return true;
}

bool IoLoop::lead_lone_caller() {
  const std::lock_guard lock(drive_mutex_);
  Blocked* caller = lone_caller_.load();
  if (caller == nullptr || stop_ || caller->place.told() != Blocked::kWaiting) return false;
  stepped_aside_ = true;
  driver_ = Driver::kCaller;
  caller->leads = true;
  lone_caller_ = nullptr;
  lot_->tell(caller->place, Blocked::kLead);
  return true;
}

void IoLoop::wait_for_turn(std::unique_lock<std::mutex>& lock) {
  while (stepped_aside_ && !stop_ && !called_for_) {
    const std::uint64_t turns = caller_turns_;
    drive_changed_.wait_for(lock, kIdleCheck, [this] { return stop_ || called_for_; });
    if (driver_ == Driver::kNobody && caller_turns_ == turns) break;
  }
  drive_changed_.wait(lock, [this] { return driver_ != Driver::kCaller; });
  called_for_ = false;
  stepped_aside_ = false;
  driver_ = Driver::kThread;
}

void IoLoop::thread_main() {
  {
    std::unique_lock lock(drive_mutex_);
    for (bool closed = false; !closed;) {
      wait_for_turn(lock);
      lock.unlock();
      closed = drive_as_thread();
      lock.lock();
    }
    driver_ = Driver::kNobody;
  }
  // The last reference to the loop may be this one.
  const std::shared_ptr<void> owner = std::move(owner_);
}

// ---- blocked callers

void IoLoop::drive_as_caller(Blocked& blocked, detail::PromiseBase* to_start) {
  bool others = false;
  {
    const DrivingScope driving(this);
    recent_ = {};
    leading_ = &blocked;
    if (to_start != nullptr) detail::start_on_loop(*to_start);
    settle();
    while (blocked.place.told() < Blocked::kEnding && !closing()) step();
    leading_ = nullptr;
    others = operations() > 0;
  }
  const std::lock_guard lock(drive_mutex_);
  driver_ = Driver::kNobody;
  blocked.leads = false;
  ++caller_turns_;
  if (others || stop_ || inbox_waits()) called_for_ = true;
  if (called_for_ || stop_) drive_changed_.notify_one();
}

void IoLoop::run_with_waiter(detail::PromiseBase& task) {
  const auto event = waiter()->make_event();
  task.argument = event.get();
  task.on_complete = [](detail::PromiseBase&, void* argument) noexcept {
    static_cast<Waiter::Event*>(argument)->set();
  };
  if (!task.bound()) {
    if (task.start()) return;
  } else if (!submit([&task] { detail::start_on_loop(task); })) {
    return task.fail_closed();
  }
  event->wait();
}

void IoLoop::on_blocked_done(detail::PromiseBase& /*task*/, void* blocked) noexcept {
  auto& done = *static_cast<Blocked*>(blocked);
  IoLoop& loop = done.loop;
  if (!loop.is_current()) return on_done_elsewhere(done);
  if (loop.leading_ != &done) return loop.done_.push_back(&done.place);
  loop.lot_->tell(done.place, Blocked::kDone);
}

void IoLoop::on_done_elsewhere(Blocked& done) noexcept {
  IoLoop& loop = done.loop;
  const std::shared_ptr<ParkingLot> lot = loop.lot_;
  bool perhaps_leads = false;
  {
    const std::lock_guard lock(loop.drive_mutex_);
    done.may_lead = false;
    if (loop.lone_caller_ == &done) loop.lone_caller_ = nullptr;
    perhaps_leads = loop.driver_ == Driver::kCaller;
  }
  if (perhaps_leads) {
    lot->tell(done.place, Blocked::kEnding);
    loop.submit([] {});  // refused, the loop closes, and nobody leads any more
  }
  lot->tell(done.place, Blocked::kDone);
}

bool IoLoop::run_blocking(detail::PromiseBase& task) {
  if (waiter() != nullptr) {
    run_with_waiter(task);
    return true;
  }
  Blocked blocked(*this);
  task.argument = &blocked;
  task.on_complete = on_blocked_done;
  bool started = true;
  if (!task.bound()) {
    if (start_here(task)) return true;
    if (enter(blocked)) drive_as_caller(blocked, nullptr);
  } else if (enter(blocked)) {
    drive_as_caller(blocked, &task);
  } else {
    started = hand_in([&task] { detail::start_on_loop(task); }, Announce::kWithOthers);
  }
  if (started) sleep(blocked);
  leave(blocked);
  return started;
}

bool IoLoop::start_here(detail::PromiseBase& task) {
  bool complete = false;
  {
    const AboutToSleep scope(this);
    complete = task.start();
  }
  if (complete && driver_.load() == Driver::kNobody && inbox_waits()) call_for_thread();
  return complete;
}

bool IoLoop::enter(Blocked& blocked) {
  const std::lock_guard lock(drive_mutex_);
  ++blocked_callers_;
  const bool alone = blocked_callers_ == 1 && blocked.may_lead && !stop_;
  const bool lead = alone && driver_ == Driver::kNobody && stepped_aside_;
  if (lead) {
    driver_ = Driver::kCaller;
    blocked.leads = true;
  } else if (driver_ == Driver::kNobody) {
    called_for_ = true;
    drive_changed_.notify_one();
  }
  lone_caller_ = alone && !lead ? &blocked : nullptr;
  return lead;
}

void IoLoop::leave(Blocked& blocked) {
  const std::lock_guard lock(drive_mutex_);
  --blocked_callers_;
  if (lone_caller_ == &blocked) lone_caller_ = nullptr;
  if (!blocked.leads) return;
  // It was done elsewhere before it came to drive.
  driver_ = Driver::kNobody;
  called_for_ = true;
  drive_changed_.notify_one();
}

void IoLoop::sleep(Blocked& blocked) {
  for (int told = Blocked::kWaiting; told != Blocked::kDone;) {
    told = blocked.place.wait_while(told);
    if (blocked.place.last_up()) announce_inbox();
    if (told == Blocked::kLead) drive_as_caller(blocked, nullptr);
  }
}

// ---- the end

void IoLoop::close() {
  {
    const std::lock_guard lock(inbox_mutex_);
    if (!refusing_) {
      refusing_ = true;
      boost::asio::post(io_, [this] { close_waits(); });
    }
  }
  {
    const std::lock_guard lock(drive_mutex_);
    stop_ = true;
    drive_changed_.notify_one();
  }
  if (!is_current() && thread_.joinable() && thread_.get_id() != std::this_thread::get_id()) thread_.join();
}

void IoLoop::release_to_thread(std::shared_ptr<void> owner) {
  owner_ = std::move(owner);
  thread_.detach();
}

}  // namespace tikv::runtime
