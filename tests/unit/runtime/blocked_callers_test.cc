#include <gtest/gtest.h>
#include <signal.h>
#include <tikv/task.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <deque>
#include <mutex>
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

/// As `transact` does it: begins on the thread that blocks, and has a loop.
Task<Result<int>> callers_code(IoLoop& loop, Task<Result<int>> task) {
  task.promise().context.home = &loop;
  task.promise().caller_side = true;
  return task;
}

Task<Result<int>> await_nothing(IoLoop& loop) {
  auto inner = run_on(loop, nothing());
  co_return co_await std::move(inner);
}

Task<Result<int>> short_sleep() {
  co_await sleep(std::chrono::microseconds(1));
  co_return 1;
}

/// A thread of the user's on which coroutines go on.
class Elsewhere {
 public:
  struct Going {
    Elsewhere& elsewhere;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) { elsewhere.take(handle); }
    void await_resume() const noexcept {}
  };
  Going go() noexcept { return {*this}; }

 private:
  void take(std::coroutine_handle<> handle) {
    const std::lock_guard lock(mutex_);
    handles_.push_back(handle);
    changed_.notify_one();
  }
  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return !handles_.empty(); })) {
      const std::coroutine_handle<> handle = handles_.front();
      handles_.pop_front();
      lock.unlock();
      handle.resume();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::coroutine_handle<>> handles_;  // under mutex_
  std::jthread thread_{[this](const std::stop_token& stop) { run(stop); }};
};

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
        passed += callers_code(loop, await_nothing(loop)).get().value();
      });
    }
    gate.wait_for(kCallers);
    gate.open_on(loop);
  }
  EXPECT_EQ(passed, 5 * kCallers);
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
    EXPECT_EQ(callers_code(loop, await_nothing(loop)).get().value(), 2);
  });
  gate.wait_for(3);
  Held held(slow.native_handle());
  gate.open_on(loop);
  quick.join();
  EXPECT_TRUE(third_passed);
  held.let_go();
}

TEST(BlockedCallers, OneAloneDrivesTheLoopForItsOwnCode) {
  IoLoop loop{LoopOptions{}};
  const auto here = std::this_thread::get_id();
  auto code = [&]() -> Task<Result<int>> {
    co_await run_on(loop, short_sleep()).or_return();
    co_return std::this_thread::get_id() == here ? 1 : 0;
  };
  int driven_here = 0;
  for (int i = 0; i < 200; ++i) driven_here += callers_code(loop, code()).get().value();
  EXPECT_GT(driven_here, 100);
}

// What its code starts and does not wait for is carried out even if the code ends at once.
TEST(BlockedCallers, WorkThatACallersCodeLeavesBehindGoesOn) {
  IoLoop loop{LoopOptions{}};
  for (int i = 0; i < 100; ++i) callers_code(loop, await_nothing(loop)).get().value();
  std::atomic<bool> done = false;
  auto code = [&]() -> Task<Result<int>> {
    run_on(loop, short_sleep()).start([&](const Result<int>&) {
      done = true;
      done.notify_one();
    });
    co_return 1;
  };
  EXPECT_EQ(callers_code(loop, code()).get().value(), 1);
  done.wait(false);
}

// The caller, which may be driving the loop at that time, hears of it, and the loop is driven on.
TEST(BlockedCallers, CodeThatEndsOnAnotherThreadLetsItsCallerGo) {
  IoLoop loop{LoopOptions{}};
  Elsewhere elsewhere;
  auto code = [&](int n) -> Task<Result<int>> {
    if (n % 2 == 0) co_await elsewhere.go();
    if (n % 3 != 0) co_await run_on(loop, short_sleep()).or_return();
    if (n % 5 != 0) co_await elsewhere.go();
    co_return 1;
  };
  auto call = [&](int from) {
    int passed = 0;
    for (int n = from; n < 3000; ++n) passed += callers_code(loop, code(n)).get().value();
    EXPECT_EQ(passed, 3000 - from);
  };
  call(0);
  std::jthread beside([&] { call(1); });
  call(2);
}

TEST(BlockedCallers, ALoopThatClosesLetsThoseGoThatDriveIt) {
  for (int i = 0; i < 100; ++i) {
    IoLoop loop{LoopOptions{}};
    Elsewhere elsewhere;
    for (int n = 0; n < 5; ++n) callers_code(loop, await_nothing(loop)).get().value();
    const bool closed_by_code = i % 2 == 0;
    std::atomic<bool> closing = false;
    auto code = [&]() -> Task<Result<int>> {
      co_await run_on(loop, short_sleep()).or_return();
      co_await elsewhere.go();
      closing = true;
      closing.notify_one();
      if (closed_by_code) loop.close();
      co_return co_await run_on(loop, short_sleep());
    };
    std::jthread closer([&] {
      closing.wait(false);
      if (!closed_by_code) loop.close();
    });
    const Result<int> result = callers_code(loop, code()).get();
    if (closed_by_code) ASSERT_FALSE(result.has_value());
    if (!result) EXPECT_EQ(result.error().kind(), ErrorKind::kClosed);
  }
}

}  // namespace
}  // namespace tikv::runtime
