#pragma once

#include "runtime/futex.h"

namespace tikv::runtime {

/// Where one thread sleeps until others tell it something, in small numbers from 0, which is where it begins.
///
/// On the kernel's futex itself: `std::atomic::wait` yields the processor four times before it sleeps, and many threads
/// that do so wake each other for nothing; and here nobody touches the place after it has told, so that the sleeper may
/// destroy it as soon as it knows.
class Parking {
 public:
  /// Sleeps while the last that was told is `seen`; returns what is new. One thread.
  int wait_while(int seen) noexcept;
  /// Any thread.
  void tell(int what) noexcept;
  int told() const noexcept { return static_cast<int>(word_.load(std::memory_order_acquire) & ~kAsleep); }

 private:
  static constexpr std::uint32_t kAsleep = 0x8000'0000;  // spares the sender the kernel when nobody sleeps yet
  FutexWord word_{0};
};

}  // namespace tikv::runtime
