#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "runtime/loop.h"
#include "testkit/cluster/host.h"

namespace tikv::testing::memory {

/// A cluster's world on a loop: its timers are the loop's, its wall clock the loop's clock plus a fixed date. Loop
/// thread only.
class LoopHost final : public cluster::Host {
 public:
  /// Timestamps begin here: 2023-11-14, early enough for any timestamp that a test writes down by hand.
  static constexpr std::int64_t kEpochMs = 1'700'000'000'000;

  explicit LoopHost(runtime::Loop& loop);
  ~LoopHost() override;

  std::int64_t unix_ms() override;
  TimerId call_after(std::chrono::milliseconds delay, std::move_only_function<void()> run) override {
    return run_after(delay, std::move(run));
  }
  TimerId run_after(std::chrono::nanoseconds delay, std::move_only_function<void()> run);
  void cancel(TimerId timer) override;

  /// Timers that have neither run out nor been cancelled.
  std::size_t timers() const { return entries_.size(); }

  runtime::Loop& loop() { return loop_; }

 private:
  class Entry;
  runtime::Loop& loop_;
  std::map<TimerId, std::unique_ptr<Entry>> entries_;
  TimerId last_id_ = 0;
};

}  // namespace tikv::testing::memory
