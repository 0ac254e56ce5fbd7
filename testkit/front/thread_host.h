#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "testkit/cluster/host.h"

namespace tikv::testing::front {

/// A cluster's world in real time, where many threads bring requests: one lock around the cluster, and a thread for its
/// timers.
class ThreadHost final : public cluster::Host {
 public:
  ThreadHost();
  /// Runs no timer any more once it returns.
  ~ThreadHost() override;

  /// Runs `work`, which may use the cluster, alone; then what `after` was given meanwhile, without the lock.
  template <class Work>
  auto run(Work work) {
    const Turn turn(*this);
    return work();
  }
  /// Inside `run` or a timer: `work` runs when the cluster is free again, so it may wait for other threads.
  void after(std::move_only_function<void()> work) { after_.push_back(std::move(work)); }

  // Inside `run` or a timer.
  std::int64_t unix_ms() override;
  TimerId call_after(std::chrono::milliseconds delay, std::move_only_function<void()> run) override;
  void cancel(TimerId timer) override;

  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  using After = std::vector<std::move_only_function<void()>>;

  class Turn {
   public:
    explicit Turn(ThreadHost& host) : host_(host), lock_(host.mutex_) {}
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    ThreadHost& host_;
    std::unique_lock<std::mutex> lock_;
  };

  void fire_timers();

  std::mutex mutex_;
  std::condition_variable changed_;
  // All under mutex_.
  After after_;
  std::map<std::pair<Clock::time_point, TimerId>, std::move_only_function<void()>> timers_;
  std::map<TimerId, Clock::time_point> due_;
  TimerId last_id_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tikv::testing::front
