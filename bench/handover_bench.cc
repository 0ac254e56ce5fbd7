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
    runtime::Parking caller;
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      first = waiting_.empty();
      waiting_.push_back(&caller);
    }
    if (first) bell_.tell(kRung);
    caller.wait_while(kQuiet);
  }

 private:
  static constexpr int kQuiet = 0;
  static constexpr int kRung = 1;

  void serve() {
    std::vector<runtime::Parking*> served;
    while (!over_) {
      bell_.wait_while(kQuiet);
      bell_.tell(kQuiet);
      {
        const std::lock_guard lock(mutex_);
        served.swap(waiting_);
      }
      for (runtime::Parking* caller : served) caller->tell(kRung);
      served.clear();
    }
  }

  std::mutex mutex_;
  std::vector<runtime::Parking*> waiting_;  // under mutex_
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
