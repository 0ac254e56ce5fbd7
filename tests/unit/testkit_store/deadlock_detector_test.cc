#include "testkit/store/deadlock_detector.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

#include "testkit/store/farm_hash.h"

namespace tikv::testing::store {
namespace {

class DeadlockDetectorTest : public ::testing::Test {
 protected:
  static proto::kvrpcpb::LockInfo held_by(std::uint64_t holder) {
    proto::kvrpcpb::LockInfo lock;
    lock.set_lock_version(holder);
    return lock;
  }
  /// The hash that the failure names if the wait closes a circle.
  std::optional<std::uint64_t> wait(std::uint64_t waiter, std::uint64_t holder, const std::string& key) {
    const auto failure = detector_.add(waiter, Key(key), held_by(holder), "");
    if (!failure) return std::nullopt;
    EXPECT_EQ(failure->error().kind, FailureKind::kDeadlock);
    return failure->error().key_error.deadlock().deadlock_key_hash();
  }
  void end(std::uint64_t waiter, std::uint64_t holder, const std::string& key) {
    detector_.remove(waiter, Key(key), held_by(holder));
  }

  DeadlockDetector detector_;
};

TEST_F(DeadlockDetectorTest, ACircleIsGoneWithAnyOfItsWaits) {
  EXPECT_FALSE(wait(1, 2, "a"));
  EXPECT_FALSE(wait(2, 3, "b"));
  EXPECT_EQ(wait(3, 1, "c"), farm_fingerprint64("b"));
  EXPECT_EQ(wait(3, 1, "c"), farm_fingerprint64("b")) << "the wait that closes a circle is not remembered";
  end(2, 3, "b");
  EXPECT_FALSE(wait(3, 1, "c"));
}

TEST_F(DeadlockDetectorTest, WhoWaitsOnSeveralKeysWaitsUntilTheLastOfThem) {
  EXPECT_FALSE(wait(3, 1, "c"));
  EXPECT_FALSE(wait(3, 1, "d"));
  EXPECT_FALSE(wait(3, 1, "d")) << "the same wait again";
  EXPECT_TRUE(wait(1, 3, "e"));
  end(3, 1, "c");
  EXPECT_EQ(wait(1, 3, "e"), farm_fingerprint64("d"));
  end(3, 1, "d");
  EXPECT_FALSE(wait(1, 3, "e"));
}

}  // namespace
}  // namespace tikv::testing::store
