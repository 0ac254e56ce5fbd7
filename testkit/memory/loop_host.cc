#include "testkit/memory/loop_host.h"

#include <utility>

#include "runtime/timer.h"

namespace tikv::testing::memory {

class LoopHost::Entry final : public runtime::Timer {
 public:
  Entry(LoopHost& host, TimerId id, std::move_only_function<void()> run) : host_(host), id_(id), run_(std::move(run)) {}

 private:
  void on_time() override {
    auto run = std::move(run_);
    host_.entries_.erase(id_);  // destroys this
    run();
  }

  LoopHost& host_;
  TimerId id_;
  std::move_only_function<void()> run_;
};

LoopHost::LoopHost(runtime::Loop& loop) : loop_(loop) {}

LoopHost::~LoopHost() {
  for (const auto& entry : entries_) loop_.timers().disarm(*entry.second);
}

std::int64_t LoopHost::unix_ms() {
  return kEpochMs + std::chrono::duration_cast<std::chrono::milliseconds>(loop_.now().time_since_epoch()).count();
}

LoopHost::TimerId LoopHost::run_after(std::chrono::nanoseconds delay, std::move_only_function<void()> run) {
  const TimerId id = ++last_id_;
  auto& entry = entries_[id] = std::make_unique<Entry>(*this, id, std::move(run));
  loop_.timers().arm(*entry, loop_.now() + delay);
  return id;
}

void LoopHost::cancel(TimerId timer) {
  const auto found = entries_.find(timer);
  if (found == entries_.end()) return;
  loop_.timers().disarm(*found->second);
  entries_.erase(found);
}

}  // namespace tikv::testing::memory
