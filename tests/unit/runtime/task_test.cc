#include <gtest/gtest.h>
#include <tikv/task.h>
#include <tikv/when_all.h>

#include <thread>

#include "runtime/io_loop.h"
#include "runtime/scope.h"
#include "runtime/sim_loop.h"
#include "runtime/wait.h"

namespace tikv::runtime {
namespace {

using namespace std::chrono_literals;

Task<Result<int>> ready(int value) { co_return value; }
Task<Result<int>> failing() { co_return std::unexpected(Error(ErrorKind::kConflict, "conflict")); }

Task<Result<int>> sleeping(std::chrono::nanoseconds time, int value) {
  const Wake why = co_await sleep(time);
  if (why != Wake::kReady) co_return std::unexpected(wake_error(why, "sleeping"));
  co_return value;
}

Task<Result<int>> sum(int count) {
  int total = 0;
  for (int i = 0; i < count; ++i) total += co_await ready(1).or_return();
  co_return total;
}

TEST(Task, AMillionReadyAwaitsDoNotGrowTheStack) { EXPECT_EQ(sum(1'000'000).get().value(), 1'000'000); }

TEST(Task, OrReturnEndsTheAwaitingCoroutineWithTheError) {
  bool went_on = false;
  auto flow = [&]() -> Task<Result<int>> {
    co_await failing().or_return();
    went_on = true;
    co_return 1;
  };
  EXPECT_EQ(flow().get().error().kind(), ErrorKind::kConflict);
  EXPECT_FALSE(went_on);
}

TEST(Task, OrReturnOfALateErrorEndsTheAwaitingCoroutine) {
  SimLoop loop;
  auto late = []() -> Task<Result<int>> {
    co_await sleep(1s);
    co_return std::unexpected(Error(ErrorKind::kDeadlock, "late"));
  };
  auto flow = [&]() -> Task<Result<int>> { co_return co_await late().or_return() + 1; };
  EXPECT_EQ(run_on(loop, flow()).get().error().kind(), ErrorKind::kDeadlock);
}

TEST(Task, TimeoutReachesTheInnermostWait) {
  SimLoop loop;
  const TimePoint start = loop.now();
  auto flow = []() -> Task<Result<int>> { co_return co_await sleeping(10s, 1).or_return(); };
  auto result = run_on(loop, flow()).with_timeout(200ms).get();
  EXPECT_EQ(result.error().kind(), ErrorKind::kDeadline);
  EXPECT_EQ(loop.now() - start, 200ms);
}

TEST(Task, AnInnerTimeoutDoesNotOutliveTheOuterOne) {
  SimLoop loop;
  const TimePoint start = loop.now();
  auto flow = []() -> Task<Result<int>> { co_return co_await sleeping(10s, 1).with_timeout(5s).or_return(); };
  EXPECT_FALSE(run_on(loop, flow()).with_timeout(1s).get().has_value());
  EXPECT_EQ(loop.now() - start, 1s);
}

TEST(Task, StopTokenEndsAWaitFromAnotherThread) {
  IoLoop loop{LoopOptions{}};
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  auto result = run_on(loop, sleeping(1h, 1)).with_stop(source.get_token()).get();
  EXPECT_EQ(result.error().kind(), ErrorKind::kCancelled);
}

TEST(Task, OuterAndInnerStopTokensBothEndTheWait) {
  for (const bool outer : {true, false}) {
    SimLoop loop;
    std::stop_source a, b;
    auto flow = [&]() -> Task<Result<int>> { co_return co_await sleeping(1h, 1).with_stop(b.get_token()).or_return(); };
    std::optional<Result<int>> result;
    run_on(loop, flow()).with_stop(a.get_token()).start([&](Result<int> r) { result = std::move(r); });
    loop.run_for(1s);
    EXPECT_FALSE(result.has_value());
    (outer ? a : b).request_stop();
    loop.run_for(1s);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->error().kind(), ErrorKind::kCancelled);
  }
}

TEST(Task, WhenAllRunsTogetherAndKeepsTheOrder) {
  SimLoop loop;
  const TimePoint start = loop.now();
  auto flow = []() -> Task<Result<int>> {
    std::vector<Task<Result<int>>> tasks;
    for (int i = 1; i <= 10; ++i) tasks.push_back(sleeping(std::chrono::seconds(11 - i), i));
    const auto values = co_await when_all(std::move(tasks));
    int expected = 1;
    for (const auto& value : values) {
      if (value.value() != expected++) co_return 0;
    }
    co_return 1;
  };
  EXPECT_EQ(run_on(loop, flow()).get().value(), 1);
  EXPECT_EQ(loop.now() - start, 10s);
}

TEST(Task, ClosingTheLoopEndsWaitsAndRefusesNewWork) {
  IoLoop loop{LoopOptions{}};
  std::optional<Result<int>> result;
  std::jthread waiting([&] { result = run_on(loop, sleeping(1h, 1)).get(); });
  run_on(loop, sleeping(1ms, 1)).get().value();
  while (loop.operations() == 0) std::this_thread::yield();
  loop.close();
  waiting.join();
  EXPECT_EQ(result->error().kind(), ErrorKind::kClosed);
  EXPECT_EQ(run_on(loop, sleeping(1h, 1)).get().error().kind(), ErrorKind::kClosed);
}

TEST(Task, ALoopThatHasClosedRefusesHoweverItIsAsked) {
  IoLoop loop{LoopOptions{}};
  loop.close();
  std::optional<Result<int>> told;
  run_on(loop, ready(1)).start([&](Result<int> result) { told = std::move(result); });
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(told->error().kind(), ErrorKind::kClosed);
  auto user = [&]() -> Task<Result<int>> { co_return co_await run_on(loop, ready(1)); };
  EXPECT_EQ(user().get().error().kind(), ErrorKind::kClosed);
}

TEST(Task, GetOnTheIoThreadIsAnErrorNotADeadlock) {
  IoLoop loop{LoopOptions{}};
  auto inner = [&]() -> Task<Result<int>> { co_return ready(1).get(); };
  EXPECT_EQ(run_on(loop, inner()).get().error().kind(), ErrorKind::kWrongThread);
}

TEST(Task, ManyBlockingCallersEachGetTheirAnswer) {
  IoLoop loop{LoopOptions{}};
  std::vector<std::jthread> callers;
  std::atomic<int> total = 0;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      for (int n = 0; n < 500; ++n) total += run_on(loop, sleeping(10us, 1)).get().value();
    });
  }
  callers.clear();
  EXPECT_EQ(total, 4000);
}

TEST(Task, ALoneCallerDrivesTheLoopItself) {
  IoLoop loop{LoopOptions{}};
  const auto here = std::this_thread::get_id();
  auto where = [&]() -> Task<Result<int>> {
    co_await sleep(1us);
    co_return std::this_thread::get_id() == here ? 1 : 0;
  };
  int driven_here = 0;
  for (int i = 0; i < 200; ++i) driven_here += run_on(loop, where()).get().value();
  EXPECT_GT(driven_here, 100);
}

TEST(Task, WorkStartedBesideALoneCallerGoesOnAfterIt) {
  IoLoop loop{LoopOptions{}};
  for (int i = 0; i < 100; ++i) run_on(loop, sleeping(1us, 1)).get().value();
  std::atomic<bool> done = false;
  run_on(loop, sleeping(1ms, 1)).start([&](Result<int>) {
    done = true;
    done.notify_one();
  });
  run_on(loop, sleeping(1us, 1)).get().value();
  done.wait(false);
}

/// A coroutine type that is not ours.
struct Foreign {
  struct promise_type {
    Foreign get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

TEST(Task, IsAwaitedByAForeignCoroutineType) {
  IoLoop loop{LoopOptions{}};
  std::atomic<int> got = 0;
  auto flow = [&]() -> Foreign {
    auto first = co_await run_on(loop, sleeping(1ms, 20));
    auto second = co_await run_on(loop, ready(22));
    got = *first + *second;
    got.notify_one();
  };
  flow();
  got.wait(0);
  EXPECT_EQ(got, 42);
}

/// Runs what is posted when it is told to.
class QueueExecutor final : public Executor {
 public:
  void post(std::move_only_function<void()> function) override {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(function));
    changed_.notify_one();
  }
  void run_one() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !queue_.empty(); });
    auto function = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    function();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::move_only_function<void()>> queue_;
};

TEST(Task, CompletesOnTheUsersExecutor) {
  auto executor = std::make_shared<QueueExecutor>();
  IoLoop loop{LoopOptions{.executor = executor}};
  const auto here = std::this_thread::get_id();
  int steps = 0;
  auto flow = [&]() -> Task<Result<int>> {
    co_await run_on(loop, sleeping(1ms, 1)).or_return();
    steps += std::this_thread::get_id() == here ? 1 : 100;
    co_await run_on(loop, sleeping(1ms, 1)).or_return();
    steps += std::this_thread::get_id() == here ? 1 : 100;
    co_return 1;
  };
  bool done = false;
  flow().start([&](Result<int>) { done = true; });
  while (!done) executor->run_one();
  EXPECT_EQ(steps, 2);
}

// Code of the user's that keeps the io thread busy takes nothing from the next call's time.
TEST(Task, ShortDefaultDeadlineCountsFromTheCall) {
  constexpr auto kTimeout = 40ms;
  IoLoop loop{LoopOptions{.default_timeout = kTimeout}};
  auto deadline = []() -> Task<Result<TimePoint>> {
    const detail::TaskContext& context = co_await this_context();
    co_return context.deadline;
  };
  auto user = [&]() -> Task<Result<bool>> {
    co_await run_on(loop, ready(1)).or_return();
    EXPECT_TRUE(loop.is_current());
    const TimePoint begin = loop.now();
    TimePoint called = begin;
    while (called < begin + 2 * kTimeout) called = std::chrono::steady_clock::now();
    const TimePoint until = co_await run_on(loop, deadline()).or_return();
    co_return until >= called + kTimeout;
  };
  EXPECT_TRUE(user().get().value());
}

TEST(Scope, RunsOutOfReachOfItsSpawnersStopAndIsJoined) {
  SimLoop loop;
  int finished = 0;
  auto background = [&]() -> Task<void> {
    if (co_await sleep(5s) == Wake::kReady) ++finished;
  };
  auto flow = [&]() -> Task<Result<int>> {
    Scope scope(loop);
    scope.spawn(background());
    scope.spawn(background(), 1s);
    co_await scope.join();
    co_return finished;
  };
  EXPECT_EQ(run_on(loop, flow()).get().value(), 1);
}

}  // namespace
}  // namespace tikv::runtime
