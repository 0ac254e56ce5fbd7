#include "runtime/loop_share.h"

#include <algorithm>

#include "runtime/wait.h"

namespace tikv::runtime {

LoopShare::~LoopShare() { std::erase(loop_.closed_shares_, this); }

void LoopShare::close() {
  loop_.closed_shares_.push_back(this);
  loop_.ending_ = true;
  const auto mine = [this](const Wait* wait) { return wait->task_->context.home == this; };
  // Anew each time: what withdraws may end other waits, and the list changes its order.
  for (;;) {
    const auto wait = std::ranges::find_if(loop_.waits_, mine);
    if (wait == loop_.waits_.end()) return;
    (*wait)->end(Wake::kClosed);
  }
}

}  // namespace tikv::runtime
