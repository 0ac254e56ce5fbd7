#include "runtime/timer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <set>
#include <vector>

namespace tikv::runtime {
namespace {

using namespace std::chrono_literals;

struct Recorder final : Timer {
  Recorder(std::vector<int>& l, int i) : log(l), id(i) {}
  void on_time() override { log.push_back(id); }
  std::vector<int>& log;
  int id;
};

TEST(TimerQueue, FiresInOrderOfTimeAndThenOfArming) {
  TimerQueue queue;
  std::vector<int> log;
  Recorder late(log, 1), early(log, 2), second_early(log, 3);
  const TimePoint zero{};
  queue.arm(late, zero + 2s);
  queue.arm(early, zero + 1s);
  queue.arm(second_early, zero + 1s);
  EXPECT_EQ(queue.next(), zero + 1s);
  EXPECT_EQ(queue.fire(zero + 1s), 2U);
  EXPECT_EQ(queue.fire(zero + 5s), 1U);
  EXPECT_EQ(log, (std::vector{2, 3, 1}));
  EXPECT_EQ(queue.next(), TimePoint::max());
}

TEST(TimerQueue, DisarmedAndRearmedTimersFireOnceAtTheirLastTime) {
  TimerQueue queue;
  std::mt19937 random(3);
  std::vector<int> log;
  std::vector<std::unique_ptr<Recorder>> timers;
  std::vector<std::pair<int, int>> expected;
  for (int i = 0; i < 500; ++i) {
    timers.push_back(std::make_unique<Recorder>(log, i));
    for (int round = 0; round < 3; ++round) {
      const int at = static_cast<int>(random() % 100000);
      queue.arm(*timers.back(), TimePoint{} + std::chrono::milliseconds(at));
      if (round == 2 && i % 5 != 0) expected.emplace_back(at, i);
    }
    if (i % 5 == 0) queue.disarm(*timers.back());
  }
  std::sort(expected.begin(), expected.end());  // those of equal time were armed in order of their ids
  queue.fire(TimePoint{} + 100s);
  ASSERT_EQ(log.size(), expected.size());
  for (std::size_t i = 0; i < log.size(); ++i) EXPECT_EQ(log[i], expected[i].second);
}

TEST(TimerQueue, DeadlinesOfAFewLengthsFireInOrderWhileTimeGoesOn) {
  TimerQueue queue;
  std::mt19937 random(5);
  std::vector<int> log;
  std::vector<std::unique_ptr<Recorder>> timers;
  std::set<std::pair<int, int>> expected;  // time, id: armed in order of ids
  constexpr std::array kLengths = {150, 900, 1800, 1800, 400, 7};
  for (int now = 0; now < 3000; ++now) {
    const int id = static_cast<int>(timers.size());
    timers.push_back(std::make_unique<Recorder>(log, id));
    const int at = now + kLengths[random() % kLengths.size()] + static_cast<int>(random() % 2);
    queue.arm(*timers.back(), TimePoint{} + std::chrono::milliseconds(at));
    expected.emplace(at, id);
    // Most deadlines are taken back.
    const std::size_t other = random() % timers.size();
    if (timers[other]->armed() && random() % 4 != 0) {
      queue.disarm(*timers[other]);
      std::erase_if(expected, [&](const auto& entry) { return entry.second == static_cast<int>(other); });
    }
    std::vector<int> due;
    while (!expected.empty() && expected.begin()->first <= now) {
      due.push_back(expected.begin()->second);
      expected.erase(expected.begin());
    }
    log.clear();
    EXPECT_EQ(queue.fire(TimePoint{} + std::chrono::milliseconds(now)), due.size());
    ASSERT_EQ(log, due) << "at " << now;
    ASSERT_EQ(queue.size(), expected.size());
  }
}

struct Rearming final : Timer {
  explicit Rearming(TimerQueue& q) : queue(q) {}
  void on_time() override {
    ++fired;
    queue.arm(*this, TimePoint{});
  }
  TimerQueue& queue;
  int fired = 0;
};

TEST(TimerQueue, ATimerArmedWhileFiringWaitsForTheNextRound) {
  TimerQueue queue;
  Rearming timer(queue);
  queue.arm(timer, TimePoint{});
  queue.fire(TimePoint{} + 1s);
  EXPECT_EQ(timer.fired, 1);
  queue.fire(TimePoint{} + 1s);
  EXPECT_EQ(timer.fired, 2);
  queue.disarm(timer);
}

}  // namespace
}  // namespace tikv::runtime
