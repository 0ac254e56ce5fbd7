#include "runtime/timer.h"

namespace tikv::runtime {

void TimerQueue::place(std::size_t slot, const Entry& entry) noexcept {
  heap_[slot] = entry;
  entry.timer->slot_ = slot;
}

void TimerQueue::sift_up(std::size_t slot, Entry entry) noexcept {
  while (slot > 0) {
    const std::size_t parent = (slot - 1) / 2;
    if (!entry.before(heap_[parent])) break;
    place(slot, heap_[parent]);
    slot = parent;
  }
  place(slot, entry);
}

void TimerQueue::sift_down(std::size_t slot, Entry entry) noexcept {
  for (;;) {
    std::size_t child = 2 * slot + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].before(heap_[child])) ++child;
    if (!heap_[child].before(entry)) break;
    place(slot, heap_[child]);
    slot = child;
  }
  place(slot, entry);
}

void TimerQueue::arm(Timer& timer, TimePoint when) {
  disarm(timer);
  heap_.push_back({when, order_++, &timer});
  sift_up(heap_.size() - 1, heap_.back());
}

void TimerQueue::remove(std::size_t slot) noexcept {
  heap_[slot].timer->slot_ = Timer::kIdle;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (slot == heap_.size()) return;
  if (slot > 0 && last.before(heap_[(slot - 1) / 2])) {
    sift_up(slot, last);
  } else {
    sift_down(slot, last);
  }
}

void TimerQueue::disarm(Timer& timer) noexcept {
  if (timer.armed()) remove(timer.slot_);
}

std::size_t TimerQueue::fire(TimePoint now) {
  const std::uint64_t limit = order_;
  std::size_t fired = 0;
  while (!heap_.empty() && heap_.front().when <= now && heap_.front().order < limit) {
    Timer* timer = heap_.front().timer;
    remove(0);
    ++fired;
    timer->on_time();
  }
  return fired;
}

}  // namespace tikv::runtime
