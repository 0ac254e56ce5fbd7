#include "runtime/parking.h"

namespace tikv::runtime {

int Parking::wait_while(int seen) noexcept {
  const auto asleep = static_cast<std::uint32_t>(seen) | kAsleep;
  std::uint32_t word = word_.load(std::memory_order_acquire);
  while ((word | kAsleep) == asleep) {
    if (word != asleep && !word_.compare_exchange_weak(word, asleep, std::memory_order_acquire)) continue;
    futex_wait(word_, asleep);
    word = word_.load(std::memory_order_acquire);
  }
  return static_cast<int>(word & ~kAsleep);
}

void Parking::tell(int what) noexcept {
  // Told, the sleeper may be gone, and the word with it.
  const std::uint32_t before = word_.exchange(static_cast<std::uint32_t>(what), std::memory_order_acq_rel);
  if ((before & kAsleep) != 0) futex_wake(word_, 1);
}

}  // namespace tikv::runtime
