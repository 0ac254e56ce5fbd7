#include "runtime/timer.h"

#include <algorithm>

namespace tikv::runtime {
namespace {

// So few dead entries are not worth the work of dropping them.
constexpr std::size_t kDeadAllowed = 64;

}  // namespace

void TimerQueue::arm(Timer& timer, TimePoint when) {
  disarm(timer);
  if (free_slots_.empty()) {
    timer.slot_ = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
    // Disarming then never has to allocate.
    free_slots_.reserve(slots_.capacity());
  } else {
    timer.slot_ = free_slots_.back();
    free_slots_.pop_back();
  }
  slots_[timer.slot_] = {&timer, order_};
  heap_.push_back({when, order_++, timer.slot_});
  std::push_heap(heap_.begin(), heap_.end());
  ++armed_;
}

void TimerQueue::disarm(Timer& timer) noexcept {
  if (!timer.armed()) return;
  slots_[timer.slot_].timer = nullptr;
  free_slots_.push_back(timer.slot_);
  timer.slot_ = Timer::kIdle;
  --armed_;
  if (heap_.size() > 2 * armed_ + kDeadAllowed) drop_dead();
}

void TimerQueue::pop() noexcept {
  std::pop_heap(heap_.begin(), heap_.end());
  heap_.pop_back();
}

void TimerQueue::drop_dead() noexcept {
  std::erase_if(heap_, [this](const Entry& entry) { return dead(entry); });
  std::make_heap(heap_.begin(), heap_.end());
}

TimePoint TimerQueue::next() noexcept {
  while (!heap_.empty() && dead(heap_.front())) pop();
  return heap_.empty() ? TimePoint::max() : heap_.front().when;
}

std::size_t TimerQueue::fire(TimePoint now) {
  const std::uint64_t limit = order_;
  std::size_t fired = 0;
  while (next() <= now && !heap_.empty() && heap_.front().order < limit) {
    Timer* timer = slots_[heap_.front().slot].timer;
    disarm(*timer);
    ++fired;
    timer->on_time();
  }
  return fired;
}

}  // namespace tikv::runtime
