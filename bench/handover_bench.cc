// What blocking costs before any client does anything: threads that hand something to one other thread and sleep until
// it has looked at it. Between the two there is nothing, so a client that is driven by one thread can't cost less for
// callers that are threads.

#include <atomic>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "meter.h"
#include "runtime/parking.h"
#include "runtime/parking_lot.h"

namespace tikv::bench {
namespace {

/// Where callers leave word, and the thread that tells them.
class Counter {
 public:
  Counter() : thread_([this] { serve(); }) {}
  ~Counter() {
    over_ = true;
    bell_.tell(kRung);
    thread_.join();
  }

  void hand_over_and_sleep() {
    runtime::ParkingLot::Place caller(lot_);
    bool ring = false;
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(&caller);
      ring = !lot_.rising() && !std::exchange(rung_, true);
    }
    if (ring) bell_.tell(kRung);
    caller.wait_while(kQuiet);
    if (caller.last_up()) ring_if_anybody_waits();
  }

 private:
  static constexpr int kQuiet = 0;
  static constexpr int kRung = 1;

  void ring_if_anybody_waits() {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty() || std::exchange(rung_, true)) return;
    }
    bell_.tell(kRung);
  }

  void serve() {
    std::vector<runtime::ParkingLot::Place*> served;
    while (!over_) {
      bell_.wait_while(kQuiet);
      bell_.tell(kQuiet);
      {
        const std::lock_guard lock(mutex_);
        served.swap(waiting_);
        rung_ = false;
      }
      lot_.tell_all(served, kRung);
      served.clear();
    }
  }

  std::mutex mutex_;
  std::vector<runtime::ParkingLot::Place*> waiting_;  // under mutex_
  bool rung_ = false;                                 // under mutex_
  runtime::ParkingLot lot_;
  runtime::Parking bell_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace
}  // namespace tikv::bench

int main(int argc, char** argv) {
  namespace bench = tikv::bench;
  bench::Meter meter(bench::parse(argc, argv), "hand-over", BENCH_VERSION);
  bench::Counter counter;
  std::vector<std::jthread> callers;
  for (std::size_t caller = 0; caller < meter.arguments().callers; ++caller) {
    callers.emplace_back([&meter, &counter, caller] {
      bench::Meter::Laps laps(meter, caller);
      while (meter.going()) {
        counter.hand_over_and_sleep();
        laps.end();
      }
      meter.caller_done();
    });
  }
  meter.watch();
  return 0;
}
