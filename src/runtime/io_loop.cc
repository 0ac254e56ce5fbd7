#include "runtime/io_loop.h"

#include <boost/asio/post.hpp>

#include "runtime/current.h"

namespace tikv::runtime {
namespace {

/// So many requests of blocked callers are worth a turn of the loop, even if more are about to come: with 128 callers,
/// waiting for all of them would leave the stores idle meanwhile.
constexpr std::size_t kEnough = 32;

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

bool IoLoop::submit(std::move_only_function<void()> function) { return hand_in(std::move(function), Announce::kNow); }

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
  if (driver_.load() == Driver::kNobody) {
    const std::lock_guard lock(drive_mutex_);
    called_for_ = true;
    drive_changed_.notify_one();
  }
  return true;
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
    while (blocked.place.told() != Blocked::kDone) step();
    leading_ = nullptr;
    others = operations() > 0;
  }
  const std::lock_guard lock(drive_mutex_);
  driver_ = Driver::kNobody;
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
  const bool here = loop.is_current();
  if (here && loop.leading_ != &done) return loop.done_.push_back(&done.place);
  // Completed elsewhere, a caller that drives the loop has to be told through the loop.
  if (!here) loop.submit([] {});
  const std::shared_ptr<ParkingLot> lot = loop.lot_;
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
  if (!task.bound()) {
    if (!task.start()) sleep(blocked);
    return true;
  }
  bool lead = false;
  {
    const std::lock_guard lock(drive_mutex_);
    if (stop_) return false;
    ++blocked_callers_;
    lead = driver_ == Driver::kNobody && stepped_aside_ && blocked_callers_ == 1;
    if (lead) driver_ = Driver::kCaller;
    lone_caller_ = !lead && blocked_callers_ == 1 ? &blocked : nullptr;
  }
  bool started = true;
  if (lead) {
    drive_as_caller(blocked, &task);
  } else if ((started = hand_in([&task] { detail::start_on_loop(task); }, Announce::kWithOthers))) {
    if (sleep(blocked) == Blocked::kLead) drive_as_caller(blocked, nullptr);
  }
  {
    const std::lock_guard lock(drive_mutex_);
    --blocked_callers_;
    if (lone_caller_ == &blocked) lone_caller_ = nullptr;
  }
  return started;
}

int IoLoop::sleep(Blocked& blocked) {
  const int told = blocked.place.wait_while(Blocked::kWaiting);
  if (blocked.place.last_up()) announce_inbox();
  return told;
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
