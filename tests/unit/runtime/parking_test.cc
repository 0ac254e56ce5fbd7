#include "runtime/parking.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace tikv::runtime {
namespace {

TEST(Parking, WhatWasToldBeforeIsNotWaitedFor) {
  Parking place;
  EXPECT_EQ(place.told(), 0);
  place.tell(2);
  EXPECT_EQ(place.wait_while(0), 2);
  EXPECT_EQ(place.told(), 2);
}

// Each side waits for the other in every round: a wake-up that is lost ends in a test that does not end.
TEST(Parking, NoWakeUpIsLost) {
  constexpr int kRounds = 20'000;
  Parking there;
  Parking back;
  const std::jthread other([&] {
    for (int round = 1; round <= kRounds; ++round) {
      EXPECT_EQ(there.wait_while(round - 1), round);
      back.tell(round);
    }
  });
  for (int round = 1; round <= kRounds; ++round) {
    there.tell(round);
    EXPECT_EQ(back.wait_while(round - 1), round);
  }
}

// The sanitizers look on.
TEST(Parking, MayGoAsSoonAsTheSleeperKnows) {
  for (int round = 0; round < 2'000; ++round) {
    auto place = std::make_unique<Parking>();
    const std::jthread other([told = place.get()] { told->tell(1); });
    EXPECT_EQ(place->wait_while(0), 1);
    place.reset();
  }
}

}  // namespace
}  // namespace tikv::runtime
