#pragma once

#include <tikv/task.h>

#include <cstddef>
#include <cstdint>
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
  static constexpr std::uint32_t kIdle = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t slot_ = kIdle;
};

/// Armed timers by time. Timers of equal time fire in the order they were armed.
///
/// Nearly every timer is a deadline that is disarmed long before its time. So disarming only forgets the timer in its
/// slot; its entry in the heap is dropped when it comes to the top, or when more than half of the entries are dead.
/// Neither arming nor disarming touches another timer, which may have left the processor's caches long ago.
class TimerQueue {
 public:
  void arm(Timer& timer, TimePoint when);
  void disarm(Timer& timer) noexcept;
  /// When the next timer is due; `TimePoint::max()` if there is none.
  TimePoint next() noexcept;
  /// Fires what is due at `now`; timers that are armed meanwhile for `now` wait for the next call. Returns how many
  /// fired.
  std::size_t fire(TimePoint now);
  std::size_t size() const noexcept { return armed_; }

 private:
  struct Entry {
    TimePoint when;
    std::uint64_t order;
    std::uint32_t slot;
    /// For the standard heap functions, which put the greatest first.
    bool operator<(const Entry& other) const noexcept {
      return when != other.when ? when > other.when : order > other.order;
    }
  };
  struct Slot {
    Timer* timer;
    std::uint64_t order;  // of its entry; any other entry with this slot is dead
  };
  bool dead(const Entry& entry) const noexcept {
    const Slot& slot = slots_[entry.slot];
    return slot.timer == nullptr || slot.order != entry.order;
  }
  void pop() noexcept;
  void drop_dead() noexcept;

  std::vector<Entry> heap_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t armed_ = 0;
  std::uint64_t order_ = 0;
};

}  // namespace tikv::runtime
