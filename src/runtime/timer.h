#pragma once

#include <tikv/task.h>

#include <array>
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
/// Nearly every timer is a deadline that is disarmed long before its time, and most are as far from now as the ones
/// before them: an attempt's, an operation's, a lock's. So disarming only forgets the timer in its slot, and entries
/// wait in a few lanes, each in order of time, to which they are appended; what fits none goes into a heap. A dead
/// entry is dropped when it comes to the front, or when more than half of the entries are dead. Neither arming nor
/// disarming touches another timer, which may have left the processor's caches long ago.
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
  /// Entries in order of time; those before `first` have gone.
  struct Lane {
    bool empty() const noexcept { return first == entries.size(); }
    const Entry& front() const noexcept { return entries[first]; }
    void pop() noexcept;
    void drop_gone() noexcept;

    std::vector<Entry> entries;
    std::size_t first = 0;
  };
  /// The deadlines of a thousand commits under way come in as many orders; with four, they end up in the heap.
  static constexpr std::size_t kLanes = 8;

  void add(const Entry& entry);
  /// The earliest entry that is not dead; null if there is none.
  const Entry* earliest() noexcept;
  void drop_dead() noexcept;

  std::array<Lane, kLanes> lanes_;
  std::vector<Entry> heap_;
  std::size_t entries_ = 0;  // in lanes and heap, dead ones too
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t armed_ = 0;
  std::uint64_t order_ = 0;
};

}  // namespace tikv::runtime
