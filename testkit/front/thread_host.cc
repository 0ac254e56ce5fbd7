#include "testkit/front/thread_host.h"

namespace tikv::testing::front {

ThreadHost::ThreadHost() : thread_([this] { fire_timers(); }) {}

ThreadHost::~ThreadHost() { stop(); }

void ThreadHost::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

ThreadHost::Turn::~Turn() {
  After after = std::exchange(host_.after_, {});
  lock_.unlock();
  for (auto& work : after) work();
}

std::int64_t ThreadHost::unix_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

ThreadHost::TimerId ThreadHost::call_after(std::chrono::milliseconds delay, std::move_only_function<void()> run) {
  const TimerId id = ++last_id_;
  const auto when = Clock::now() + delay;
  due_[id] = when;
  timers_.emplace(std::pair(when, id), std::move(run));
  if (timers_.begin()->first.second == id) changed_.notify_all();
  return id;
}

void ThreadHost::cancel(TimerId timer) {
  const auto due = due_.find(timer);
  if (due == due_.end()) return;
  timers_.erase({due->second, timer});
  due_.erase(due);
}

void ThreadHost::fire_timers() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (timers_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto next = timers_.begin();
    if (next->first.first > Clock::now()) {
      changed_.wait_until(lock, std::chrono::time_point(next->first.first));
      continue;
    }
    auto run = std::move(next->second);
    due_.erase(next->first.second);
    timers_.erase(next);
    run();
    After after = std::exchange(after_, {});
    lock.unlock();
    for (auto& work : after) work();
    lock.lock();
  }
}

}  // namespace tikv::testing::front
