#include "runtime/parking_lot.h"

#include <climits>

namespace tikv::runtime {

ParkingLot::Place::Place(ParkingLot& lot) noexcept : lot_(lot) {
  for (std::size_t row = 0; row < kRows; ++row) {
    std::atomic<std::uint32_t>& taken = lot.rows_[row].taken;
    std::uint32_t before = taken.load(std::memory_order_relaxed);
    while (~before != 0) {
      const std::uint32_t free = ~before & (before + 1);  // the lowest
      if (!taken.compare_exchange_weak(before, before | free, std::memory_order_relaxed)) continue;
      row_ = row;
      bit_ = free;
      return;
    }
  }
}

ParkingLot::Place::~Place() {
  if (row_ < kRows) lot_.rows_[row_].taken.fetch_and(~bit_, std::memory_order_relaxed);
}

int ParkingLot::Place::wait_while(int seen) noexcept {
  const auto last = static_cast<std::uint32_t>(seen);
  const std::uint32_t asleep = last | kAsleep;
  for (;;) {
    // Read before the word: who tells us something calls the row after that, and with an old number of calls the kernel
    // lets nobody sleep.
    const std::uint32_t calls = row_ < kRows ? lot_.rows_[row_].calls.load(std::memory_order_acquire) : 0;
    std::uint32_t word = word_.load(std::memory_order_acquire);
    if ((word & kWhat) != last) {
      last_up_ = (word & kRising) != 0 && lot_.rising_.fetch_sub(1) == 1;
      return static_cast<int>(word & kWhat);
    }
    if (word != asleep && !word_.compare_exchange_strong(word, asleep)) continue;
    if (row_ < kRows) {
      futex_wait(lot_.rows_[row_].calls, calls, bit_);
    } else {
      futex_wait(word_, asleep);
    }
  }
}

void ParkingLot::tell(Place& place, int what) noexcept {
  // Told, the place may be gone.
  const std::size_t row = place.row_;
  const std::uint32_t bit = place.bit_;
  FutexWord& word = place.word_;
  if ((word.exchange(static_cast<std::uint32_t>(what)) & kAsleep) == 0) return;
  if (row == kRows) return futex_wake(word, 1);
  rows_[row].calls.fetch_add(1, std::memory_order_acq_rel);
  futex_wake(rows_[row].calls, INT_MAX, bit);
}

void ParkingLot::tell_all(std::span<Place* const> places, int what) noexcept {
  std::array<std::uint32_t, kRows> sleepers{};
  rising_.fetch_add(static_cast<int>(places.size()));
  for (Place* place : places) {
    const std::size_t row = place->row_;
    const std::uint32_t bit = place->bit_;
    FutexWord& word = place->word_;
    if ((word.exchange(static_cast<std::uint32_t>(what) | kRising) & kAsleep) == 0) continue;
    if (row == kRows) {
      futex_wake(word, 1);
    } else {
      sleepers[row] |= bit;
    }
  }
  for (std::size_t row = 0; row < kRows; ++row) {
    if (sleepers[row] == 0) continue;
    rows_[row].calls.fetch_add(1, std::memory_order_acq_rel);
    futex_wake(rows_[row].calls, INT_MAX, sleepers[row]);
  }
}

}  // namespace tikv::runtime
