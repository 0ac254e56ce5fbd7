#include "runtime/parking_lot.h"

#include <gtest/gtest.h>

#include <barrier>
#include <deque>
#include <thread>
#include <vector>

namespace tikv::runtime {
namespace {

TEST(ParkingLot, WhatWasToldBeforeIsNotWaitedFor) {
  ParkingLot lot;
  ParkingLot::Place place(lot);
  EXPECT_EQ(place.told(), 0);
  lot.tell(place, 2);
  EXPECT_EQ(place.wait_while(0), 2);
  EXPECT_EQ(place.told(), 2);
}

TEST(ParkingLot, TheLastToGoOnOfThoseToldTogetherKnowsThatItIs) {
  ParkingLot lot;
  ParkingLot::Place first(lot);
  ParkingLot::Place second(lot);
  EXPECT_FALSE(lot.rising());
  const std::vector<ParkingLot::Place*> both = {&first, &second};
  lot.tell_all(both, 1);
  EXPECT_TRUE(lot.rising());
  EXPECT_EQ(second.wait_while(0), 1);
  EXPECT_FALSE(second.last_up());
  EXPECT_TRUE(lot.rising());
  EXPECT_EQ(first.wait_while(0), 1);
  EXPECT_TRUE(first.last_up());
  EXPECT_FALSE(lot.rising());
}

TEST(ParkingLot, WhoWasToldAloneIsNotCountedOn) {
  ParkingLot lot;
  ParkingLot::Place place(lot);
  lot.tell(place, 1);
  EXPECT_FALSE(lot.rising());
  EXPECT_EQ(place.wait_while(0), 1);
  EXPECT_FALSE(place.last_up());
}

// Each round, every thread sleeps and all are told at once, or one by one: a wake-up that is lost ends in a test that
// does not end. There are more threads than places that share a futex, so those with one of their own are among them.
TEST(ParkingLot, NoWakeUpIsLost) {
  constexpr std::size_t kThreads = 270;
  constexpr int kRounds = 40;
  ParkingLot lot;
  std::deque<ParkingLot::Place> places;
  for (std::size_t i = 0; i < kThreads; ++i) places.emplace_back(lot);
  std::vector<ParkingLot::Place*> all;
  for (ParkingLot::Place& place : places) all.push_back(&place);
  std::barrier round_over(kThreads + 1);
  std::atomic<int> last_ups{0};
  std::vector<std::jthread> threads;
  for (ParkingLot::Place& place : places) {
    threads.emplace_back([&] {
      for (int round = 1; round <= kRounds; ++round) {
        EXPECT_EQ(place.wait_while(round - 1), round);
        if (place.last_up()) ++last_ups;
        round_over.arrive_and_wait();
      }
    });
  }
  for (int round = 1; round <= kRounds; ++round) {
    if (round % 4 == 0) {
      for (ParkingLot::Place* place : all) lot.tell(*place, round);
    } else {
      lot.tell_all(all, round);
    }
    round_over.arrive_and_wait();
    EXPECT_FALSE(lot.rising());
  }
  EXPECT_EQ(last_ups, kRounds - kRounds / 4);
}

TEST(ParkingLot, APlaceIsFreeAgainWhenItsThreadIsGone) {
  ParkingLot lot;
  for (int i = 0; i < 1'000; ++i) {
    ParkingLot::Place place(lot);
    const std::jthread other([&] { lot.tell(place, 1); });
    EXPECT_EQ(place.wait_while(0), 1);
  }
}

}  // namespace
}  // namespace tikv::runtime
