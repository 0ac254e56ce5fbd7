#include <gtest/gtest.h>

#include <chrono>

#include "raw/raw_fixture.h"

namespace tikv::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

using RawBatch = RawFixture;

TEST_F(RawBatch, GoesToEveryRegionAndBack) {
  cluster.split("k0500");
  cluster.split("k1500");
  const auto pairs = numbered("k", 2000);
  ASSERT_TRUE(raw().batch_put(pairs).get());
  const auto keys = keys_of(pairs);
  const auto values = raw().batch_get(keys).get();
  ASSERT_TRUE(values) << values.error().to_string();
  ASSERT_EQ(values->size(), pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) EXPECT_EQ((*values)[i], pairs[i].value);
  ASSERT_TRUE(raw().batch_remove(keys).get());
  const auto gone = raw().batch_get(keys).get();
  ASSERT_TRUE(gone);
  for (const auto& value : *gone) EXPECT_EQ(value, std::nullopt);
}

TEST_F(RawBatch, ValuesComeInTheOrderOfTheKeys) {
  store({{"a", "1"}, {"b", ""}, {"c", "3"}});
  cluster.split("b");
  std::vector<std::string> keys{"c", "x", "a", "b", "a", "c"};
  const auto values = raw().batch_get(keys).get();
  ASSERT_TRUE(values) << values.error().to_string();
  EXPECT_THAT(*values, ElementsAre("3", std::nullopt, "1", "", "1", "3"));
}

TEST_F(RawBatch, IsCutBySizeAndByCount) {
  std::vector<KvPair> pairs;
  for (int i = 0; i < 8; ++i) pairs.emplace_back("k" + std::to_string(i), std::string(8 * 1024, 'v'));
  ASSERT_TRUE(raw().batch_put(pairs).get());
  EXPECT_EQ(cluster.net.count("RawBatchPut"), 4u) << "two pairs of 8 KiB fill a request of 16 KiB";
  const auto many = numbered("n", 1025);
  ASSERT_TRUE(raw().batch_get(keys_of(many)).get());
  EXPECT_EQ(cluster.net.count("RawBatchGet"), 3u);
  ASSERT_TRUE(raw().batch_remove(keys_of(many)).get());
  EXPECT_EQ(cluster.net.count("RawBatchDelete"), 3u);
}

TEST_F(RawBatch, RequestsRunAtTheSameTime) {
  ASSERT_TRUE(raw().get("warm up").get());
  const auto many = numbered("n", 512 * 8);
  const auto start = loop.now();
  ASSERT_TRUE(raw().batch_get(keys_of(many)).get());
  EXPECT_LT(loop.now() - start, 2 * cluster.net.latency + 1ms);
}

TEST_F(RawBatch, OfPairsWithTheSameKeyTheLastIsStored) {
  std::vector<KvPair> pairs{{"b", "1"}, {"a", "1"}, {"b", "2"}, {"b", "3"}};
  ASSERT_TRUE(raw().batch_put(pairs).get());
  EXPECT_EQ(cluster.stored("b"), "3");
  EXPECT_EQ(cluster.stored("a"), "1");
}

TEST_F(RawBatch, TtlsForAllOrForEach) {
  ASSERT_TRUE(raw().batch_put({{"a", "1"}, {"b", "2"}}, {.ttl = 10s}).get());
  EXPECT_GT(raw().get_ttl("b").get().value(), 5s);
  std::vector<KvPair> pairs{{"c", "1"}, {"a", "2"}, {"b", "3"}};
  ASSERT_TRUE(raw().batch_put_with_ttls(pairs, {0s, 100s, 200s}).get());
  EXPECT_EQ(raw().get_ttl("c").get(), 0s);
  EXPECT_GT(raw().get_ttl("a").get().value(), 90s);
  EXPECT_GT(raw().get_ttl("b").get().value(), 190s);
}

TEST_F(RawBatch, AsManyTtlsAsPairs) {
  std::vector<KvPair> pairs{{"a", "1"}, {"b", "2"}, {"c", "3"}};
  EXPECT_TRUE(fails_with(raw().batch_put_with_ttls(pairs, {1s, 2s}).get(), ErrorKind::kInvalidArgument));
  EXPECT_TRUE(fails_with(raw().batch_put_with_ttls(pairs, {1s}).get(), ErrorKind::kInvalidArgument));
  EXPECT_EQ(cluster.net.count("RawBatchPut"), 0u);
}

TEST_F(RawBatch, EmptyInputDoesNothing) {
  const std::size_t before = cluster.net.sent().size();
  EXPECT_TRUE(raw().batch_put({}, RawPutOptions{}).get());
  EXPECT_TRUE(raw().batch_put_with_ttls({}, {}).get());
  EXPECT_TRUE(raw().batch_remove({}).get());
  const auto none = raw().batch_get({}).get();
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
  EXPECT_EQ(cluster.net.sent().size(), before);
}

TEST_F(RawBatch, RegionsThatSplitUnderItAreFoundAgain) {
  const auto pairs = numbered("k", 1000);
  store(pairs);
  for (const char* key : {"k0100", "k0200", "k0300", "k0700"}) cluster.split(key);
  cluster.move_leader("k0250");
  std::vector<KvPair> changed = pairs;
  for (KvPair& pair : changed) pair.value = "changed";
  const auto put = raw().batch_put(changed).get();
  ASSERT_TRUE(put) << put.error().to_string();
  cluster.split("k0500");
  cluster.move_leader("k0800");
  const auto values = raw().batch_get(keys_of(pairs)).get();
  ASSERT_TRUE(values) << values.error().to_string();
  for (const auto& value : *values) EXPECT_EQ(value, "changed");
}

TEST_F(RawBatch, AtomicBatchesSayIt) {
  ASSERT_TRUE(raw().atomic().batch_put({{"a", "1"}, {"b", "2"}}).get());
  EXPECT_TRUE(cluster.net.sent().back().as<proto::kvrpcpb::RawBatchPutRequest>().for_cas());
  std::vector<std::string> keys{"a", "b"};
  ASSERT_TRUE(raw().atomic().batch_remove(keys).get());
  EXPECT_TRUE(cluster.net.sent().back().as<proto::kvrpcpb::RawBatchDeleteRequest>().for_cas());
}

TEST_F(RawBatch, ServerErrorsInPairsAreFound) {
  std::vector<std::string> keys{"a", "b"};
  EXPECT_TRUE(fails_with(raw().with_column_family("nope").batch_get(keys).get(), ErrorKind::kServer));
}

}  // namespace
}  // namespace tikv::testing
