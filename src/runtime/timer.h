#pragma once

#include <tikv/task.h>

#include <cstddef>
#include <limits>
#include <vector>

namespace tikv::runtime {

using TimePoint = detail::TimePoint;

/// Something that happens at a point in time, at most once. Lives inside what waits; one loop's thread only.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  bool armed() const noexcept { return slot_ != kIdle; }

 protected:
  /// Called by the loop when the time has come; the timer is no longer armed then and may be destroyed inside.
  virtual void on_time() = 0;
  ~Timer() = default;

 private:
  friend class TimerQueue;
  static constexpr std::size_t kIdle = std::numeric_limits<std::size_t>::max();
  std::size_t slot_ = kIdle;
};

/// Armed timers by time: a binary heap of pointers in which each timer knows its place, so that arming and disarming
/// take O(log n) without an allocation. Timers of equal time fire in the order they were armed.
class TimerQueue {
 public:
  void arm(Timer& timer, TimePoint when);
  void disarm(Timer& timer) noexcept;
  /// When the next timer is due; `TimePoint::max()` if there is none.
  TimePoint next() const noexcept { return heap_.empty() ? TimePoint::max() : heap_.front().when; }
  /// Fires what is due at `now`; timers that are armed meanwhile for `now` wait for the next call. Returns how many
  /// fired.
  std::size_t fire(TimePoint now);
  std::size_t size() const noexcept { return heap_.size(); }

 private:
  struct Entry {
    TimePoint when;
    std::uint64_t order;
    Timer* timer;
    bool before(const Entry& other) const noexcept {
      return when != other.when ? when < other.when : order < other.order;
    }
  };
  void place(std::size_t slot, const Entry& entry) noexcept;
  void sift_up(std::size_t slot, Entry entry) noexcept;
  void sift_down(std::size_t slot, Entry entry) noexcept;
  void remove(std::size_t slot) noexcept;

  std::vector<Entry> heap_;
  std::uint64_t order_ = 0;
};

}  // namespace tikv::runtime
