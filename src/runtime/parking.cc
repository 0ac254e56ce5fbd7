#include "runtime/parking.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tikv::runtime {

static_assert(sizeof(std::atomic<int>) == sizeof(int) && std::atomic<int>::is_always_lock_free);

int Parking::wait_while(int seen) noexcept {
  int word = word_.load(std::memory_order_acquire);
  while ((word & ~kAsleep) == seen) {
    const int asleep = seen | kAsleep;
    if (word != asleep && !word_.compare_exchange_weak(word, asleep, std::memory_order_acquire)) continue;
    // Returns at once if the word is another one by now.
    syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, asleep, nullptr, nullptr, 0);
    word = word_.load(std::memory_order_acquire);
  }
  return word & ~kAsleep;
}

void Parking::tell(int what) noexcept {
  const int before = word_.exchange(what, std::memory_order_acq_rel);
  // The sleeper may be gone by now, and the word with it. The kernel takes its address for a name: at worst, somebody
  // who sleeps there now looks again.
  if ((before & kAsleep) != 0) syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace tikv::runtime
