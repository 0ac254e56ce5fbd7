#include "route/batches.h"

#include <algorithm>
#include <map>

#include "fixture.h"

namespace tikv::route {
namespace {

using namespace std::chrono_literals;
using testing::Fault;

struct Item {
  Item(std::string k, std::string v) : key(std::move(k)), value(std::move(v)) {}
  std::string key;
  std::string value;
};

std::vector<Item> letters() {
  std::vector<Item> items;
  for (char c = 'a'; c <= 'z'; ++c) items.emplace_back(std::string(1, c), std::string(1, c));
  return items;
}

TEST(SplitBySize, ClosesABatchWhenItIsFull) {
  std::vector<Item> items;
  for (const std::size_t size : {3, 3, 3, 20, 1, 1, 1, 1, 1}) items.emplace_back("k", std::string(size, 'v'));
  std::vector<Batch<Item>> batches;
  const auto size_of = [](const Item& item) { return item.value.size(); };
  split_by_size(region::RegionRef(), std::span(items), size_of, {.bytes = 9, .count = 4}, batches);
  std::vector<std::size_t> sizes;
  for (const Batch<Item>& batch : batches) sizes.push_back(batch.items.size());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{3, 1, 4, 1}));
  batches.clear();
  split_by_size(region::RegionRef(), std::span<Item>(), size_of, {}, batches);
  EXPECT_TRUE(batches.empty());
}

class Batches : public RouterTest {
 protected:
  Task<Result<void>> put_all_task(std::vector<Item> items, BatchLimits limits) {
    Retry patience(loop_, budget_);
    const auto key_of = [](const Item& item) -> std::string_view { return item.key; };
    const auto size_of = [](const Item& item) { return item.key.size() + item.value.size(); };
    const auto work = [&](Retry& retry, region::RegionRef region, std::span<Item> batch) -> Task<Result<bool>> {
      most_at_once_ = std::max(most_at_once_, ++at_once_);
      proto::kvrpcpb::RawBatchPutRequest request;
      for (const Item& item : batch) {
        auto* pair = request.add_pairs();
        pair->set_key(item.key);
        pair->set_value(item.value);
      }
      auto reply = co_await router_.send_to_region(retry, region, request);
      --at_once_;
      if (!reply) co_return std::unexpected(reply.error());
      co_return reply->moved;
    };
    co_return co_await for_each_batch(router_, patience, std::span(items), key_of, size_of, limits, work);
  }
  Result<void> put_all(std::vector<Item> items, BatchLimits limits = {}) {
    return run(put_all_task(std::move(items), limits));
  }
  void expect_all_there(std::size_t count = 26) {
    EXPECT_EQ(cluster_.data.size(), count);
    for (const auto& [key, value] : cluster_.data) EXPECT_EQ(key, value);
  }
  std::size_t requests() const { return cluster_.net.count("RawBatchPut"); }

  std::size_t at_once_ = 0;
  std::size_t most_at_once_ = 0;
};

TEST_F(Batches, NothingToDoIsDone) {
  ASSERT_TRUE(put_all({}));
  EXPECT_EQ(sends(), 0u);
}

TEST_F(Batches, OneForEachRegion) {
  for (const char* key : {"f", "k", "p", "u"}) cluster_.split(key);
  ASSERT_TRUE(put_all(letters()));
  expect_all_there();
  EXPECT_EQ(requests(), 5u);
  EXPECT_EQ(cluster_.net.count("ScanRegions"), 1u) << "the regions are asked for at once";
  EXPECT_EQ(region_loads(), 0u);
  EXPECT_EQ(most_at_once_, 5u);
}

TEST_F(Batches, OrderOfTheItemsDoesNotMatter) {
  for (const char* key : {"f", "k", "p", "u"}) cluster_.split(key);
  std::vector<Item> items = letters();
  std::reverse(items.begin(), items.end());
  std::swap(items[3], items[17]);
  ASSERT_TRUE(put_all(std::move(items)));
  expect_all_there();
  EXPECT_EQ(requests(), 5u);
}

TEST_F(Batches, BoundedInSizeAndInNumber) {
  ASSERT_TRUE(put_all(letters(), {.bytes = 8, .count = 100, .concurrency = 3}));
  expect_all_there();
  EXPECT_EQ(requests(), 7u) << "four items of two bytes each, and the last two";
  EXPECT_EQ(most_at_once_, 3u);
}

TEST_F(Batches, WhatMovedIsGroupedAnew) {
  cluster_.split("m");
  ASSERT_TRUE(put_all(letters()));
  cluster_.data.clear();
  for (const char* key : {"d", "s", "w"}) cluster_.split(key);
  ASSERT_TRUE(put_all(letters()));
  expect_all_there();
  for (const auto& [key, value] : cluster_.data) EXPECT_EQ(value, key);
}

// Regions split again and again under a batch that is on its way.
TEST_F(Batches, SplitsWhileUnderWay) {
  ASSERT_TRUE(put_all(letters()));
  cluster_.data.clear();
  bool done = false;
  runtime::run_on(loop_, put_all_task(letters(), {.count = 2, .concurrency = 2})).start([&](Result<void> result) {
    EXPECT_TRUE(result) << result.error().to_string();
    done = true;
  });
  for (char c = 'y'; c >= 'b' && !done; --c) {
    cluster_.split(std::string(1, c));
    cluster_.at(std::string(1, c)).leader_store = static_cast<std::uint64_t>(c % 3 + 1);
    loop_.run_for(300us);
  }
  loop_.run_for(5s);
  EXPECT_TRUE(done);
  expect_all_there();
}

TEST_F(Batches, TheFirstErrorEndsTheRest) {
  cluster_.errors.push_back(FakeRegions::error([](RegionError& e) { e.mutable_raft_entry_too_large(); }));
  const Result<void> result = put_all(letters(), {.count = 1, .concurrency = 2});
  EXPECT_EQ(result.error().kind(), ErrorKind::kTooLarge);
  EXPECT_LE(requests(), 3u);
  EXPECT_EQ(at_once_, 0u) << "those under way were waited for";
}

// A reply is lost, then the region moves, then nothing works any more: the last error alone would deny any effect.
TEST_F(Batches, DoubtStaysWhenARegionMoves) {
  ASSERT_TRUE(put_all(letters()));
  budget_ = 1s;
  cluster_.net.fail_step(cluster_.net.steps(), Fault::kReplyLost);
  Error error(ErrorKind::kServer, "");
  runtime::run_on(loop_, put_all_task(letters(), {})).start([&](Result<void> result) { error = result.error(); });
  loop_.run_for(5ms);
  for (int i = 0; i < 1000; ++i)
    cluster_.errors.push_back(FakeRegions::error([](RegionError& e) { e.mutable_region_not_found(); }));
  loop_.run_for(100s);
  EXPECT_EQ(error.kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(error.applied(), Applied::kUnknown);
}

// The same where it can't be found out where the region has moved to.
TEST_F(Batches, DoubtStaysWhenTheNewRegionIsNotFound) {
  ASSERT_TRUE(put_all(letters()));
  cluster_.net.fail_step(cluster_.net.steps(), Fault::kReplyLost);
  Error error(ErrorKind::kServer, "");
  auto task = runtime::run_on(loop_, put_all_task(letters(), {}));
  std::move(task).with_timeout(60s).start([&](Result<void> result) { error = result.error(); });
  loop_.run_for(5ms);
  cluster_.errors.push_back(FakeRegions::error([](RegionError& e) { e.mutable_region_not_found(); }));
  cluster_.net.freeze(FakeRegions::kPd);
  loop_.run_for(100s);
  EXPECT_EQ(error.applied(), Applied::kUnknown) << error.to_string();
}

TEST_F(Batches, DoubtIsKeptOfAnyOfThem) {
  ASSERT_TRUE(put_all(letters()));
  // The first batch is refused for good, the second gets no answer.
  cluster_.errors.push_back(FakeRegions::error([](RegionError& e) { e.mutable_raft_entry_too_large(); }));
  cluster_.net.fail_step(cluster_.net.steps() + 1, Fault::kNoAnswer);
  const Result<void> result = runtime::run_on(loop_, put_all_task(letters(), {.count = 13})).with_timeout(100ms).get();
  EXPECT_EQ(result.error().kind(), ErrorKind::kTooLarge);
  EXPECT_EQ(result.error().applied(), Applied::kUnknown);
}

TEST_F(Batches, ARegionThatNeverSettlesComesToAnEnd) {
  budget_ = 3s;
  for (int i = 0; i < 100000; ++i)
    cluster_.errors.push_back(FakeRegions::error([](RegionError& e) { e.mutable_region_not_found(); }));
  const Result<void> result = put_all(letters(), {.count = 10});
  EXPECT_EQ(result.error().kind(), ErrorKind::kUnavailable);
  EXPECT_LE(requests(), 100u);
}

TEST_F(Batches, EachStepMayFail) {
  for (const Fault fault : testing::kAllFaults) {
    for (std::size_t step = 0; step < 12; ++step) {
      for (const char* key : {"f", "p"})
        if (cluster_.at(key).start != key) cluster_.split(key);
      if (const region::RegionRef region = cache_.find("a")) cache_.invalidate(*region);
      cluster_.data.clear();
      cluster_.net.fail_step(cluster_.net.steps() + step, fault);
      const Result<void> result = put_all(letters(), {.count = 5});
      ASSERT_TRUE(result) << testing::to_string(fault) << " at " << step << ": " << result.error().to_string();
      expect_all_there();
    }
  }
}

TEST_F(Batches, DeadlineAndCancelEndThemAll) {
  ASSERT_TRUE(put_all(letters()));
  cluster_.net.freeze(FakeRegions::store_address(1));
  const Result<void> late =
      runtime::run_on(loop_, put_all_task(letters(), {.count = 2, .concurrency = 4})).with_timeout(50ms).get();
  EXPECT_EQ(late.error().kind(), ErrorKind::kDeadline);
  EXPECT_EQ(late.error().applied(), Applied::kUnknown);
  EXPECT_EQ(at_once_, 0u);
}

}  // namespace
}  // namespace tikv::route
