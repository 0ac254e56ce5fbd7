#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "testkit/store/environment.h"

namespace tikv::testing {

/// A clock that stands until it is moved.
class VirtualEnvironment final : public store::Environment {
 public:
  std::uint64_t unix_seconds() override {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now_).count());
  }
  TimerId call_after(std::chrono::milliseconds delay, std::move_only_function<void()> run) override;
  void cancel(TimerId timer) override;

  /// Fires what is due on the way, in order.
  void advance(std::chrono::milliseconds by);
  /// Moves on to the next timer; false if there is none.
  bool advance_to_next_timer();
  std::size_t timers() const { return timers_.size(); }

 private:
  using Moment = std::pair<std::chrono::milliseconds, TimerId>;

  void fire_first();

  std::chrono::milliseconds now_{1'800'000'000'000};
  TimerId last_id_ = 0;
  std::map<Moment, std::move_only_function<void()>> timers_;
};

}  // namespace tikv::testing
