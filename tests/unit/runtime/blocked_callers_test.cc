#include <gtest/gtest.h>
#include <signal.h>
#include <tikv/task.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "runtime/io_loop.h"
#include "runtime/wait.h"

namespace tikv::runtime {
namespace {

/// Where tasks wait on a loop until all of them are let go in one turn.
class Gate {
 public:
  Task<Result<int>> pass() {
    Wait wait;
    waits_.push_back(&wait);
    waiting_.fetch_add(1);
    waiting_.notify_all();
    const Wake why = co_await wait;
    if (why != Wake::kReady) co_return std::unexpected(wake_error(why, "gate"));
    co_return 1;
  }
  void wait_for(int tasks) {
    for (int seen = waiting_; seen < tasks; seen = waiting_) waiting_.wait(seen);
  }
  void open_on(Loop& loop) {
    loop.submit([this] {
      for (Wait* wait : waits_) wait->wake();
    });
  }

 private:
  std::vector<Wait*> waits_;  // on the loop
  std::atomic<int> waiting_{0};
};

Task<Result<int>> nothing() { co_return 2; }

/// Holds a thread in a signal handler, wherever it is: to others, a thread that gets no processor.
class Held {
 public:
  explicit Held(pthread_t thread) {
    EXPECT_EQ(pipe(entered_.data()), 0);
    EXPECT_EQ(pipe(leave_.data()), 0);
    struct sigaction action{};
    action.sa_handler = [](int) {
      char byte = 0;
      if (write(entered_[1], &byte, 1) != 1 || read(leave_[0], &byte, 1) != 1) abort();
    };
    EXPECT_EQ(sigaction(SIGUSR1, &action, nullptr), 0);
    EXPECT_EQ(pthread_kill(thread, SIGUSR1), 0);
    char byte = 0;
    EXPECT_EQ(read(entered_[0], &byte, 1), 1);
  }
  void let_go() {
    const char byte = 0;
    EXPECT_EQ(write(leave_[1], &byte, 1), 1);
  }

 private:
  inline static std::array<int, 2> entered_{};
  inline static std::array<int, 2> leave_{};
};

TEST(BlockedCallers, AreAnsweredAllAtOnce) {
  IoLoop loop{LoopOptions{}};
  Gate gate;
  constexpr int kCallers = 300;
  std::atomic<int> passed{0};
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < kCallers; ++i) {
      callers.emplace_back([&] {
        passed += run_on(loop, gate.pass()).get().value();
        passed += run_on(loop, nothing()).get().value();
      });
    }
    gate.wait_for(kCallers);
    gate.open_on(loop);
  }
  EXPECT_EQ(passed, 3 * kCallers);
}

// The request of the one that is up waits for the other, which was woken with it, but not for good.
TEST(BlockedCallers, OneThatGetsNoProcessorDoesNotStopTheOthers) {
  IoLoop loop{LoopOptions{}};
  Gate gate;
  std::atomic<bool> third_passed{false};
  // With this one under way, no caller is alone and drives the loop itself.
  run_on(loop, gate.pass()).start([&](const Result<int>&) { third_passed = true; });
  gate.wait_for(1);
  std::jthread slow([&] { EXPECT_TRUE(run_on(loop, gate.pass()).get().has_value()); });
  std::jthread quick([&] {
    EXPECT_TRUE(run_on(loop, gate.pass()).get().has_value());
    EXPECT_EQ(run_on(loop, nothing()).get().value(), 2);
  });
  gate.wait_for(3);
  Held held(slow.native_handle());
  gate.open_on(loop);
  quick.join();
  EXPECT_TRUE(third_passed);
  held.let_go();
}

}  // namespace
}  // namespace tikv::runtime
