#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/futex.h"

namespace tikv::runtime {

/// Where threads sleep until one other has something for them, which it often has for several at a time: it wakes them
/// with one call of the kernel instead of one for each.
///
/// What threads are told are small numbers from 0, which is where they begin.
class ParkingLot {
  /// Sleepers of one row share a futex, and each has a bit that says which calls are meant for it.
  struct Row {
    std::atomic<std::uint32_t> taken{0};
    FutexWord calls{0};
  };

 public:
  /// One thread's place. Nobody touches it after it was told, so that the sleeper may destroy it as soon as it knows.
  class Place {
   public:
    explicit Place(ParkingLot& lot) noexcept;
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    /// Sleeps while the last that was told is `seen`; returns what is new. The place's thread.
    int wait_while(int seen) noexcept;
    int told() const noexcept { return word_.load(std::memory_order_acquire) & kWhat; }
    /// After `wait_while`: this thread went on as the last of those that were told together with it.
    bool last_up() const noexcept { return last_up_; }

   private:
    friend class ParkingLot;
    ParkingLot& lot_;
    std::size_t row_ = kRows;  // beyond the rows: it sleeps on its own word
    std::uint32_t bit_ = 0;
    FutexWord word_{0};
    bool last_up_ = false;
  };

  /// Tells one thread. Any thread.
  void tell(Place& place, int what) noexcept;
  /// Tells several threads at once. One thread at a time.
  void tell_all(std::span<Place* const> places, int what) noexcept;
  /// Whether there are threads that `tell_all` has told and that have not gone on yet. A thread that sees so may count
  /// on one that finds itself `last_up` later.
  bool rising() const noexcept { return rising_.load() > 0; }

 private:
  static constexpr std::size_t kRows = 8;
  static constexpr std::uint32_t kWhat = 0xffff;
  static constexpr std::uint32_t kAsleep = 0x1'0000;  // spares the sender the kernel when nobody sleeps yet
  static constexpr std::uint32_t kRising = 0x2'0000;  // `tell_all` counts on being heard

  std::array<Row, kRows> rows_;
  std::atomic<int> rising_{0};
};

}  // namespace tikv::runtime
