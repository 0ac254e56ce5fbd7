#include <gtest/gtest.h>

#include <thread>

#include "fiber_scheduler.h"
#include "runtime/io_loop.h"
#include "runtime/wait.h"

namespace tikv::runtime {
namespace {

using namespace std::chrono_literals;

Task<Result<int>> sleeping(std::chrono::nanoseconds time, int value) {
  const Wake why = co_await sleep(time);
  if (why != Wake::kReady) co_return std::unexpected(wake_error(why, "sleeping"));
  co_return value;
}

TEST(Waiter, BlockingCallsOfManyFibersShareOneThread) {
  testing::FiberScheduler scheduler;
  IoLoop loop{LoopOptions{.waiter = scheduler.waiter()}};
  const auto thread = std::this_thread::get_id();
  int inside = 0;
  int most_inside = 0;
  int sum = 0;
  for (int i = 0; i < 50; ++i) {
    scheduler.add([&] {
      most_inside = std::max(most_inside, ++inside);
      for (int n = 0; n < 4; ++n) sum += run_on(loop, sleeping(2ms, 1)).get().value();
      EXPECT_EQ(std::this_thread::get_id(), thread);
      --inside;
    });
  }
  scheduler.run();
  EXPECT_EQ(sum, 200);
  // All were inside the client's calls at once, on this one thread.
  EXPECT_EQ(most_inside, 50);
}

// With the scheduler's thread parked, nobody would be left to complete what it waits for.
TEST(Waiter, ACoroutineOfTheUsersLetsTheOtherFibersGoOn) {
  testing::FiberScheduler scheduler;
  IoLoop loop{LoopOptions{.waiter = scheduler.waiter()}};
  int inside = 0;
  int most_inside = 0;
  int sum = 0;
  auto twice = [&]() -> Task<Result<int>> {
    const int first = co_await run_on(loop, sleeping(2ms, 1)).or_return();
    const int second = co_await run_on(loop, sleeping(2ms, 1)).or_return();
    co_return first + second;
  };
  auto nested = [&]() -> Task<Result<int>> {
    const int first = twice().get().value();
    co_return first + co_await twice().or_return();
  };
  for (int i = 0; i < 50; ++i) {
    scheduler.add([&] {
      most_inside = std::max(most_inside, ++inside);
      sum += nested().get().value();
      --inside;
    });
  }
  scheduler.run();
  EXPECT_EQ(sum, 200);
  EXPECT_EQ(most_inside, 50);
}

TEST(Waiter, AClosedLoopLetsNoFiberWait) {
  testing::FiberScheduler scheduler;
  IoLoop loop{LoopOptions{.waiter = scheduler.waiter()}};
  loop.close();
  scheduler.add([&] { EXPECT_EQ(run_on(loop, sleeping(1h, 1)).get().error().kind(), ErrorKind::kClosed); });
  scheduler.run();
}

}  // namespace
}  // namespace tikv::runtime
