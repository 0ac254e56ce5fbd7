#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "histogram.h"

namespace tikv::bench {

/// How a benchmark program was called.
struct Arguments {
  std::vector<std::string> pd{"127.0.0.1:2379"};
  std::string ca;  // file with the CA that the cluster is trusted by: TLS; empty: plain text
  std::string work = "raw_get";
  bool threads = false;
  bool call_by_call = false;
  std::size_t callers = 1;
  double warm = 0.3;     // seconds before the window
  double seconds = 1.0;  // of the window
  int server_pid = 0;    // whose CPU time is told as well
};

/// Ends the program on bad arguments.
Arguments parse(int argc, char** argv);

/// One measurement: callers repeat their operation through a warm-up and a window, and what the process used in the
/// window is divided by the operations that ended in it.
class Meter {
 public:
  Meter(Arguments arguments, std::string client, std::string version);

  const Arguments& arguments() const noexcept { return arguments_; }
  /// Whether callers go on.
  bool going() const noexcept { return phase_.load(std::memory_order_relaxed) != Phase::kOver; }
  /// Callers on one thread share one: a thousand of them would fill the processor's caches.
  Histogram& times(std::size_t caller) noexcept { return times_[arguments_.threads ? caller : 0]; }

  /// A caller has ended.
  void caller_done() noexcept {
    callers_left_.fetch_sub(1);
    callers_left_.notify_one();
  }
  /// Runs the window, waits for the callers and prints one line of JSON. The callers are under way.
  void watch();

  /// Times one caller's operations, one after the other.
  class Laps {
   public:
    Laps(Meter& meter, std::size_t caller) : meter_(meter), times_(meter.times(caller)) {}
    void end() noexcept {
      const auto now = std::chrono::steady_clock::now();
      if (meter_.phase_.load(std::memory_order_relaxed) == Phase::kMeasuring) {
        times_.add(static_cast<std::uint64_t>((now - begin_).count()));
      }
      begin_ = now;
    }

   private:
    Meter& meter_;
    Histogram& times_;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  };

 private:
  enum class Phase : std::uint8_t { kWarming, kMeasuring, kOver };
  struct Usage;
  Usage look() const;
  void print(const Usage& before, const Usage& after) const;

  const Arguments arguments_;
  const std::string client_;
  const std::string version_;
  std::atomic<Phase> phase_{Phase::kWarming};
  std::atomic<std::size_t> callers_left_;
  std::vector<Histogram> times_;
};

/// Ends the program: a benchmark with failed operations measures nothing.
[[noreturn]] void fail(const std::string& why);

}  // namespace tikv::bench
