#include "virtual_environment.h"

#include <algorithm>

namespace tikv::testing {

VirtualEnvironment::TimerId VirtualEnvironment::call_after(std::chrono::milliseconds delay,
                                                           std::move_only_function<void()> run) {
  timers_.emplace(Moment{now_ + delay, ++last_id_}, std::move(run));
  return last_id_;
}

void VirtualEnvironment::cancel(TimerId timer) {
  std::erase_if(timers_, [&](const auto& entry) { return entry.first.second == timer; });
}

void VirtualEnvironment::fire_first() {
  auto timer = timers_.extract(timers_.begin());
  now_ = std::max(now_, timer.key().first);
  timer.mapped()();
}

void VirtualEnvironment::advance(std::chrono::milliseconds by) {
  const std::chrono::milliseconds end = now_ + by;
  while (!timers_.empty() && timers_.begin()->first.first <= end) fire_first();
  now_ = end;
}

bool VirtualEnvironment::advance_to_next_timer() {
  if (timers_.empty()) return false;
  fire_first();
  return true;
}

}  // namespace tikv::testing
