#include "pd/tso_batch.h"

#include <gtest/gtest.h>
#include <tikv/timestamp.h>

#include <memory>

namespace tikv::pd {
namespace {

constexpr std::int64_t kPhysical = 1'700'000'000'000;
const std::chrono::steady_clock::time_point kNow{};

class Ticket final : public TsoTicket {
 public:
  bool served = false;

 private:
  void on_timestamp() noexcept override { served = true; }
};

TsoAnswer answer(std::uint32_t count, std::int64_t last, std::uint32_t suffix_bits = 0) {
  return {.physical_ms = kPhysical, .logical = last, .suffix_bits = suffix_bits, .count = count};
}

class TsoBatchTest : public ::testing::Test {
 protected:
  Ticket& join() {
    tickets_.push_back(std::make_unique<Ticket>());
    batches_.join(*tickets_.back());
    return *tickets_.back();
  }
  static std::int64_t logical(const Ticket& ticket) { return timestamp_logical(ticket.timestamp()); }

  std::vector<std::unique_ptr<Ticket>> tickets_;
  TsoBatches batches_{2, 3};
};

TEST_F(TsoBatchTest, DealsOutTheLastCountTimestampsInOrder) {
  Ticket& a = join();
  Ticket& b = join();
  Ticket& c = join();
  EXPECT_EQ(batches_.take(kNow), 3u);
  EXPECT_EQ(batches_.deliver(answer(3, 10)), std::nullopt);
  EXPECT_EQ(logical(a), 8);
  EXPECT_EQ(logical(b), 9);
  EXPECT_EQ(logical(c), 10);
  EXPECT_EQ(timestamp_physical_ms(a.timestamp()), kPhysical);
  EXPECT_TRUE(batches_.idle());
}

TEST_F(TsoBatchTest, StepsOverTheSuffix) {
  Ticket& a = join();
  Ticket& b = join();
  batches_.take(kNow);
  EXPECT_EQ(batches_.deliver(answer(2, 0b1101, 2)), std::nullopt);
  EXPECT_EQ(logical(a), 0b1001);
  EXPECT_EQ(logical(b), 0b1101);
}

TEST_F(TsoBatchTest, CollectsWhileRequestsAreUnderWay) {
  join();
  EXPECT_EQ(batches_.take(kNow), 1u);
  join();
  EXPECT_EQ(batches_.take(kNow), 1u);
  Ticket& c = join();
  Ticket& d = join();
  EXPECT_EQ(batches_.take(kNow), 0u) << "two are under way";
  batches_.deliver(answer(1, 1));
  EXPECT_EQ(batches_.take(kNow), 2u);
  batches_.deliver(answer(1, 2));
  batches_.deliver(answer(2, 4));
  EXPECT_EQ(logical(c), 3);
  EXPECT_EQ(logical(d), 4);
}

TEST_F(TsoBatchTest, LargeBatchesAreSplit) {
  for (int i = 0; i < 5; ++i) join();
  EXPECT_EQ(batches_.take(kNow), 3u);
  EXPECT_EQ(batches_.take(kNow), 2u);
  EXPECT_EQ(batches_.take(kNow), 0u);
  batches_.deliver(answer(3, 3));
  batches_.deliver(answer(2, 5));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(logical(*tickets_[static_cast<std::size_t>(i)]), i + 1);
}

TEST_F(TsoBatchTest, WhoLeavesTheQueueIsNotAskedFor) {
  Ticket& a = join();
  Ticket& b = join();
  Ticket& c = join();
  batches_.leave(a);
  EXPECT_EQ(batches_.take(kNow), 2u);
  batches_.leave(b);
  batches_.deliver(answer(2, 2));
  EXPECT_FALSE(a.served);
  EXPECT_FALSE(b.served);
  EXPECT_EQ(logical(c), 2);
  batches_.leave(c);
  EXPECT_TRUE(batches_.idle());
}

TEST_F(TsoBatchTest, UnansweredCallersGoFirst) {
  Ticket& a = join();
  batches_.take(kNow);
  Ticket& b = join();
  batches_.take(kNow);
  Ticket& c = join();
  batches_.leave(b);
  batches_.take_back();
  EXPECT_EQ(batches_.in_flight(), 0u);
  EXPECT_EQ(batches_.take(kNow), 2u);
  EXPECT_EQ(batches_.deliver(answer(2, 2)), std::nullopt);
  EXPECT_EQ(logical(a), 1);
  EXPECT_EQ(logical(c), 2);
}

TEST_F(TsoBatchTest, SenselessAnswersAreRefused) {
  EXPECT_NE(batches_.deliver(answer(1, 1)), std::nullopt) << "nobody asked";
  Ticket& a = join();
  batches_.take(kNow);
  EXPECT_NE(batches_.deliver(answer(2, 10)), std::nullopt) << "wrong count";
  EXPECT_NE(batches_.deliver(answer(0, 10)), std::nullopt);
  EXPECT_NE(batches_.deliver({.physical_ms = 0, .logical = 1, .suffix_bits = 0, .count = 1}), std::nullopt);
  EXPECT_NE(batches_.deliver(answer(1, 1, 18)), std::nullopt) << "no room beside the suffix";
  EXPECT_FALSE(a.served);
  EXPECT_EQ(batches_.deliver(answer(1, 10)), std::nullopt);
  EXPECT_TRUE(a.served);
  join();
  join();
  batches_.take(kNow);
  EXPECT_NE(batches_.deliver(answer(2, 11)), std::nullopt) << "the first of the two was dealt out before";
  EXPECT_NE(batches_.deliver(answer(2, 0)), std::nullopt) << "the first would be below zero";
  EXPECT_EQ(batches_.deliver(answer(2, 12)), std::nullopt);
}

// Whether or not the next batch is of the same size.
TEST_F(TsoBatchTest, SecondAnswerIsNobodys) {
  Ticket& a = join();
  batches_.take(kNow);
  Ticket& b = join();
  batches_.take(kNow);
  EXPECT_EQ(batches_.deliver(answer(1, 10)), std::nullopt);
  EXPECT_EQ(batches_.deliver(answer(1, 10)), "timestamps that went back");
  EXPECT_EQ(logical(a), 10);
  EXPECT_FALSE(b.served);
  EXPECT_EQ(batches_.deliver(answer(1, 11)), std::nullopt);
  EXPECT_EQ(logical(b), 11);
  EXPECT_EQ(batches_.deliver(answer(1, 11)), "an answer that nobody asked for");
  Ticket& c = join();
  Ticket& d = join();
  batches_.take(kNow);
  EXPECT_NE(batches_.deliver(answer(1, 11)), std::nullopt);
  EXPECT_FALSE(c.served || d.served);
  EXPECT_EQ(logical(b), 11);
}

TEST_F(TsoBatchTest, AllCanBeTakenOut) {
  join();
  batches_.take(kNow);
  join();
  EXPECT_EQ(batches_.remove_all().size(), 2u);
  EXPECT_EQ(batches_.waiting(), 0u);
  EXPECT_FALSE(batches_.idle()) << "PD still owes an answer";
  EXPECT_EQ(batches_.deliver(answer(1, 1)), std::nullopt);
  EXPECT_TRUE(batches_.idle());
}

}  // namespace
}  // namespace tikv::pd
