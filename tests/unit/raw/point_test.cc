#include <gtest/gtest.h>
#include <tikv/proto/kvrpcpb.pb.h>

#include <chrono>

#include "proto/pooled.h"
#include "raw/raw_fixture.h"

namespace tikv::testing {
namespace {

using namespace std::chrono_literals;

using RawPoint = RawFixture;

TEST_F(RawPoint, WhatIsPutIsThereUntilItIsRemoved) {
  EXPECT_EQ(raw().get("k").get(), std::nullopt);
  ASSERT_TRUE(raw().put("k", "v").get());
  EXPECT_EQ(raw().get("k").get(), "v");
  ASSERT_TRUE(raw().put("k", "w").get());
  EXPECT_EQ(raw().get("k").get(), "w");
  ASSERT_TRUE(raw().remove("k").get());
  EXPECT_EQ(raw().get("k").get(), std::nullopt);
  EXPECT_TRUE(raw().remove("k").get()) << "removing an absent key is no error";
}

TEST_F(RawPoint, AnEmptyValueIsAValue) {
  ASSERT_TRUE(raw().put("k", "").get());
  EXPECT_EQ(raw().get("k").get(), "");
}

TEST_F(RawPoint, KeysAndValuesAreBytes) {
  const std::string key("\0\xFF\n", 3);
  const std::string value("\xFF\0", 2);
  ASSERT_TRUE(raw().put(key, value).get());
  EXPECT_EQ(raw().get(key).get(), value);
}

TEST_F(RawPoint, ATtlRunsOut) {
  ASSERT_TRUE(raw().put("k", "v", {.ttl = 100s}).get());
  loop.run_for(40s);
  const auto ttl = raw().get_ttl("k").get();
  ASSERT_TRUE(ttl && *ttl);
  EXPECT_LE(**ttl, 60s);
  EXPECT_GT(**ttl, 50s);
  loop.run_for(61s);
  EXPECT_EQ(raw().get("k").get(), std::nullopt);
  EXPECT_EQ(raw().get_ttl("k").get(), std::nullopt);
}

TEST_F(RawPoint, APutWithoutTtlTakesTheTtlOff) {
  ASSERT_TRUE(raw().put("k", "v", {.ttl = 100s}).get());
  ASSERT_TRUE(raw().put("k", "v").get());
  EXPECT_EQ(raw().get_ttl("k").get(), 0s);
  loop.run_for(200s);
  EXPECT_EQ(raw().get("k").get(), "v");
}

TEST_F(RawPoint, CompareAndSwapWritesOnlyWhatItExpected) {
  const RawClient atomic = raw().atomic();
  struct Case {
    std::optional<std::string> expected;
    std::string value;
    bool swapped;
    std::optional<std::string> previous;
  };
  const Case cases[] = {
      {"x", "1", false, std::nullopt},
      {std::nullopt, "1", true, std::nullopt},
      {std::nullopt, "2", false, "1"},
      {"0", "2", false, "1"},
      {"1", "", true, "1"},
      {std::nullopt, "3", false, ""},
      {"", "3", true, ""},
  };
  for (const Case& step : cases) {
    const auto swap = atomic.compare_and_swap("k", step.expected, step.value).get();
    ASSERT_TRUE(swap) << swap.error().to_string();
    EXPECT_EQ(swap->swapped, step.swapped);
    EXPECT_EQ(swap->previous, step.previous);
  }
  EXPECT_EQ(raw().get("k").get(), "3");
}

TEST_F(RawPoint, CompareAndSwapSetsATtl) {
  ASSERT_TRUE(raw().atomic().compare_and_swap("k", std::nullopt, "v", {.ttl = 10s}).get());
  loop.run_for(11s);
  EXPECT_EQ(raw().get("k").get(), std::nullopt);
}

TEST_F(RawPoint, CompareAndSwapNeedsAnAtomicHandle) {
  EXPECT_TRUE(fails_with(raw().compare_and_swap("k", std::nullopt, "v").get(), ErrorKind::kInvalidArgument));
  EXPECT_EQ(cluster.net.count("RawCompareAndSwap"), 0u);
}

TEST_F(RawPoint, AtomicHandlesSayIt) {
  const RawClient atomic = raw().atomic();
  EXPECT_TRUE(atomic.is_atomic());
  EXPECT_FALSE(raw().is_atomic());
  ASSERT_TRUE(atomic.put("k", "v").get());
  EXPECT_TRUE(cluster.net.sent().back().as<proto::kvrpcpb::RawPutRequest>().for_cas());
  ASSERT_TRUE(atomic.remove("k").get());
  EXPECT_TRUE(cluster.net.sent().back().as<proto::kvrpcpb::RawDeleteRequest>().for_cas());
  ASSERT_TRUE(raw().put("k", "v").get());
  EXPECT_FALSE(cluster.net.sent().back().as<proto::kvrpcpb::RawPutRequest>().for_cas());
}

TEST_F(RawPoint, ColumnFamiliesDoNotSeeEachOther) {
  const RawClient write = raw().with_column_family("write");
  EXPECT_EQ(write.column_family(), "write");
  ASSERT_TRUE(write.put("k", "w").get());
  EXPECT_EQ(raw().get("k").get(), std::nullopt);
  ASSERT_TRUE(raw().put("k", "d").get());
  EXPECT_EQ(write.get("k").get(), "w");
  EXPECT_EQ(raw().with_column_family("default").get("k").get(), "d");
}

// Requests are kept for the next call; what a caller's strings have reserved is not.
TEST_F(RawPoint, CallersStringsAreNotKeptWithWhatTheyHaveReserved) {
  constexpr std::size_t kReserved = 1 << 20;
  const auto roomy = [](std::string text) {
    text.reserve(kReserved);
    return text;
  };
  ASSERT_TRUE(raw().put(roomy("k"), roomy("v")).get());
  ASSERT_TRUE(raw().atomic().compare_and_swap(roomy("k"), roomy("v"), roomy("w")).get());
  const proto::Pooled<proto::kvrpcpb::RawPutRequest> put;
  EXPECT_LT(put->key().capacity(), kReserved);
  EXPECT_LT(put->value().capacity(), kReserved);
  const proto::Pooled<proto::kvrpcpb::RawCASRequest> swap;
  EXPECT_LT(swap->key().capacity(), kReserved);
  EXPECT_LT(swap->value().capacity(), kReserved);
  EXPECT_LT(swap->previous_value().capacity(), kReserved);
}

TEST_F(RawPoint, TheStoreRefusesAnUnknownColumnFamily) {
  const RawClient nope = raw().with_column_family("nope");
  EXPECT_TRUE(fails_with(nope.get("k").get(), ErrorKind::kServer));
  const auto put = nope.put("k", "v").get();
  EXPECT_TRUE(fails_with(put, ErrorKind::kServer));
  EXPECT_NE(put.error().message().find("RawPut"), std::string::npos) << put.error().message();
}

TEST_F(RawPoint, FollowsALeaderThatMoved) {
  ASSERT_TRUE(raw().put("k", "v").get());
  cluster.move_leader("k");
  EXPECT_EQ(raw().get("k").get(), "v");
  cluster.move_leader("k");
  ASSERT_TRUE(raw().put("k", "w").get());
  EXPECT_EQ(cluster.stored("k"), "w");
}

TEST_F(RawPoint, FollowsARegionThatSplit) {
  ASSERT_TRUE(raw().put("a", "1").get());
  ASSERT_TRUE(raw().put("z", "2").get());
  cluster.split("m");
  EXPECT_EQ(raw().get("z").get(), "2");
  EXPECT_EQ(raw().get("a").get(), "1");
}

}  // namespace
}  // namespace tikv::testing
