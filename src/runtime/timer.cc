#include "runtime/timer.h"

#include <algorithm>

namespace tikv::runtime {
namespace {

// So few dead entries are not worth the work of dropping them.
constexpr std::size_t kDeadAllowed = 64;
constexpr std::size_t kGoneAllowed = 64;

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
  add({when, order_++, timer.slot_});
  ++armed_;
}

void TimerQueue::disarm(Timer& timer) noexcept {
  if (!timer.armed()) return;
  slots_[timer.slot_].timer = nullptr;
  free_slots_.push_back(timer.slot_);
  timer.slot_ = Timer::kIdle;
  --armed_;
  if (entries_ > 2 * armed_ + kDeadAllowed) drop_dead();
}

void TimerQueue::add(const Entry& entry) {
  ++entries_;
  for (Lane& lane : lanes_) {
    // Later than all in it, as order grows.
    if (!lane.empty() && lane.entries.back().when > entry.when) continue;
    return lane.entries.push_back(entry);
  }
  heap_.push_back(entry);
  std::push_heap(heap_.begin(), heap_.end());
}

void TimerQueue::Lane::pop() noexcept {
  ++first;
  if (empty() || (first > kGoneAllowed && first > entries.size() / 2)) drop_gone();
}

void TimerQueue::Lane::drop_gone() noexcept {
  entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(first));
  first = 0;
}

void TimerQueue::drop_dead() noexcept {
  const auto is_dead = [this](const Entry& entry) { return dead(entry); };
  std::erase_if(heap_, is_dead);
  std::make_heap(heap_.begin(), heap_.end());
  entries_ = heap_.size();
  for (Lane& lane : lanes_) {
    lane.drop_gone();
    std::erase_if(lane.entries, is_dead);
    entries_ += lane.entries.size();
  }
}

const TimerQueue::Entry* TimerQueue::earliest() noexcept {
  const Entry* earliest = nullptr;
  for (Lane& lane : lanes_) {
    for (; !lane.empty() && dead(lane.front()); --entries_) lane.pop();
    if (!lane.empty() && (earliest == nullptr || *earliest < lane.front())) earliest = &lane.front();
  }
  for (; !heap_.empty() && dead(heap_.front()); --entries_) {
    std::pop_heap(heap_.begin(), heap_.end());
    heap_.pop_back();
  }
  if (!heap_.empty() && (earliest == nullptr || *earliest < heap_.front())) earliest = &heap_.front();
  return earliest;
}

TimePoint TimerQueue::next() noexcept {
  const Entry* const entry = earliest();
  return entry != nullptr ? entry->when : TimePoint::max();
}

std::size_t TimerQueue::fire(TimePoint now) {
  const std::uint64_t limit = order_;
  std::size_t fired = 0;
  for (const Entry* entry = earliest(); entry != nullptr && entry->when <= now && entry->order < limit;
       entry = earliest()) {
    Timer* timer = slots_[entry->slot].timer;
    disarm(*timer);
    ++fired;
    timer->on_time();
  }
  return fired;
}

}  // namespace tikv::runtime
