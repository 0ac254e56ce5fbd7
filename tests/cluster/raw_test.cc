#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "cluster_test.h"

namespace tikv {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

class RawTest : public RawClusterTest {
 protected:
  void put(std::string_view name, std::string value) {
    const auto done = raw().put(key(name), std::move(value)).get();
    ASSERT_TRUE(done) << done.error().to_string();
  }
  /// The pairs' keys without the test's prefix.
  std::vector<std::string> names(const std::vector<KvPair>& pairs) const {
    std::vector<std::string> all;
    for (const KvPair& pair : pairs) all.push_back(pair.key.substr(key("").size()));
    return all;
  }
};

// Every kind of read tells an empty value from an absent key, whatever wrote or removed it.
TEST_F(RawTest, AnEmptyValueIsAValue) {
  const std::vector<std::string> keys{key("k"), key("absent")};
  const auto expect = [&](const std::optional<std::string>& value) {
    const std::vector<std::optional<std::string>> values{value, std::nullopt};
    std::vector<KvPair> pairs;
    if (value) pairs.emplace_back(keys[0], *value);
    EXPECT_EQ(raw().get(keys[0]).get().value(), value);
    EXPECT_EQ(raw().batch_get(keys).get().value(), values);
    EXPECT_EQ(raw().scan(all_keys()).collect().get().value(), pairs);
    EXPECT_EQ(raw().reverse_scan(all_keys()).collect().get().value(), pairs);
  };
  expect(std::nullopt);
  put("k", "");
  expect("");
  ASSERT_TRUE(raw().remove(keys[0]).get());
  expect(std::nullopt);
  ASSERT_TRUE(raw().batch_put({{keys[0], ""}}).get());
  expect("");
  ASSERT_TRUE(raw().remove(keys[0]).get());
  const RawClient atomic = raw().atomic();
  EXPECT_EQ(atomic.compare_and_swap(keys[0], std::nullopt, "").get().value().previous, std::nullopt);
  expect("");
  EXPECT_THAT(atomic.compare_and_swap(keys[0], "", "v").get().value().previous, Optional(std::string()));
  expect("v");
}

TEST_F(RawTest, BatchesCrossRegions) {
  std::vector<KvPair> pairs;
  std::vector<std::string> keys;
  for (char c = 'a'; c <= 'z'; ++c) {
    pairs.emplace_back(key(std::string(1, c)), std::string(3, c));
    keys.push_back(pairs.back().key);
  }
  ASSERT_TRUE(raw().batch_put(pairs).get());
  keys.push_back(key("absent"));
  const auto values = raw().batch_get(keys).get().value();
  ASSERT_EQ(values.size(), 27U);
  EXPECT_THAT(values[25], Optional(std::string("zzz")));
  EXPECT_EQ(values[26], std::nullopt);
  ASSERT_TRUE(raw().batch_remove({keys[0], keys[25]}).get());
  EXPECT_EQ(raw().scan(all_keys()).collect().get().value().size(), 24U);
}

TEST_F(RawTest, ScansBothWaysOverAllRegions) {
  for (const auto* name : {"a", "g", "h", "k", "p", "z"}) put(name, name);
  EXPECT_THAT(names(raw().scan(all_keys(), {.page = 1}).collect().get().value()),
              ElementsAre("a", "g", "h", "k", "p", "z"));
  EXPECT_THAT(names(raw().reverse_scan(all_keys(), {.limit = 4}).collect().get().value()),
              ElementsAre("z", "p", "k", "h"));
  const KeyRange middle(key("g"), key("p"));
  EXPECT_THAT(names(raw().scan(middle).collect().get().value()), ElementsAre("g", "h", "k"));
  const auto keys_only = raw().scan(middle, {.limit = 1, .key_only = true}).collect().get().value();
  ASSERT_EQ(keys_only.size(), 1U);
  EXPECT_EQ(keys_only[0].value, "");
}

TEST_F(RawTest, RemovesRanges) {
  for (const auto* name : {"a", "h", "k", "z"}) put(name, name);
  ASSERT_TRUE(raw().remove_range({key("b"), key("z")}).get());
  EXPECT_THAT(names(raw().scan(all_keys()).collect().get().value()), ElementsAre("a", "z"));
}

TEST_F(RawTest, ComparesAndSwaps) {
  const RawClient atomic = raw().atomic();
  EXPECT_TRUE(atomic.compare_and_swap(key("k"), std::nullopt, "1").get().value().swapped);
  const RawSwap refused = atomic.compare_and_swap(key("k"), std::nullopt, "2").get().value();
  EXPECT_FALSE(refused.swapped);
  EXPECT_THAT(refused.previous, Optional(std::string("1")));
  EXPECT_TRUE(atomic.compare_and_swap(key("k"), "1", "2").get().value().swapped);
  EXPECT_THAT(raw().get(key("k")).get().value(), Optional(std::string("2")));
}

TEST_F(RawTest, ChecksumsAddUpOverRegions) {
  put("a", "1");
  put("z", "22");
  const RawChecksum sum = raw().checksum(all_keys()).get().value();
  EXPECT_EQ(sum.total_kvs, 2U);
  EXPECT_EQ(sum.total_bytes, key("a").size() + key("z").size() + 3);
  const RawChecksum left = raw().checksum({key("a"), key("b")}).get().value();
  const RawChecksum right = raw().checksum({key("b"), key("zz")}).get().value();
  EXPECT_EQ(left.crc64_xor ^ right.crc64_xor, sum.crc64_xor);
}

TEST_F(RawTest, BadInputIsRefusedAndNothingIsNothing) {
  EXPECT_EQ(raw().put("", "v").get().error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(raw().scan({key("b"), key("a")}).collect().get().error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(raw().put(key("k"), std::string(20 << 20, 'x')).get().error().kind(), ErrorKind::kTooLarge);
  EXPECT_TRUE(raw().batch_put({}).get());
  EXPECT_TRUE(raw().batch_get({}).get().value().empty());
  EXPECT_TRUE(raw().scan({key("a"), key("a")}).collect().get().value().empty());
}

TEST_F(RawTest, AClosedClientRefuses) {
  auto other = connect();
  ASSERT_TRUE(other);
  const RawClient handle = other->raw();
  other->close();
  EXPECT_EQ(handle.get(key("k")).get().error().kind(), ErrorKind::kClosed);
}

}  // namespace
}  // namespace tikv
