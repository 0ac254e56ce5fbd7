#include <gtest/gtest.h>

#include <map>

#include "raw/raw_fixture.h"
#include "testkit/store/crc64.h"

// Borders and limits of ranges, the same for one region as for several.
namespace tikv::testing {
namespace {

/// v1 for k1, and so on.
std::vector<KvPair> pairs_of(std::string_view keys) {
  std::vector<KvPair> pairs;
  for (std::size_t at = 0; at < keys.size(); at += 3) {
    const std::string digit(1, keys[at + 1]);
    pairs.emplace_back("k" + digit, "v" + digit);
  }
  return pairs;
}

const std::string kZero(1, '\0');

class RawBorders : public RawFixture {
 protected:
  RawBorders() { store(pairs_of("k1 k3 k5 k7")); }
  /// `check` with one region, with two and with three.
  template <class Check>
  void for_one_two_and_three_regions(Check check) {
    for (const char* split : {"", "k2", "k5"}) {
      if (*split != '\0') cluster.split(split);
      SCOPED_TRACE(cluster.region_count());
      check();
    }
  }
};

TEST_F(RawBorders, OfScans) {
  struct Row {
    std::string start, end;
    std::size_t limit;
    const char* found;
  };
  const Row rows[] = {
      {"", "", 1, "k1"},
      {"k1", "", 2, "k1 k3"},
      {"", "", 10, "k1 k3 k5 k7"},
      {"k2", "", 2, "k3 k5"},
      {"k2", "", 3, "k3 k5 k7"},
      {"", "k1", 1, ""},
      {"k1", "k3", 2, "k1"},
      {"k1", "k5", 10, "k1 k3"},
      {"k1", "k5" + kZero, 10, "k1 k3 k5"},
      {"k5" + kZero, "k5" + kZero + kZero, 10, ""},
  };
  for_one_two_and_three_regions([&] {
    for (const Row& row : rows) {
      EXPECT_EQ(raw().scan(KeyRange(row.start, row.end), {.limit = row.limit}).collect().get(), pairs_of(row.found))
          << row.start << " to " << row.end << ", limit " << row.limit;
    }
  });
}

TEST_F(RawBorders, OfReverseScans) {
  struct Row {
    std::string start, end;
    std::size_t limit;
    const char* found;
  };
  const Row rows[] = {
      {"", "z", 1, "k7"},          {"", "z", 2, "k7 k5"},          {"", "z", 10, "k7 k5 k3 k1"},
      {"", "", 10, "k7 k5 k3 k1"}, {"", "k2", 10, "k1"},           {"", "k6", 2, "k5 k3"},
      {"", "k5", 1, "k3"},         {"", "k5" + kZero, 1, "k5"},    {"", "k6", 3, "k5 k3 k1"},
      {"k3", "z", 10, "k7 k5 k3"}, {"k3" + kZero, "k7", 10, "k5"},
  };
  for_one_two_and_three_regions([&] {
    for (const Row& row : rows) {
      EXPECT_EQ(raw().reverse_scan(KeyRange(row.start, row.end), {.limit = row.limit}).collect().get(),
                pairs_of(row.found))
          << row.end << " down to " << row.start << ", limit " << row.limit;
    }
  });
}

TEST_F(RawBorders, OfRemovedRanges) {
  ASSERT_TRUE(raw().remove_range(KeyRange::all()).get());
  std::map<std::string, std::string> left;
  std::vector<KvPair> pairs;
  for (char letter = 'a'; letter <= 'd'; ++letter) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      pairs.emplace_back(std::string{letter, digit}, std::string{'v', letter, digit});
      left.emplace(pairs.back().key, pairs.back().value);
    }
  }
  store(pairs);
  for (const char* key : {"b", "c", "d"}) cluster.split(key);
  const std::pair<const char*, const char*> ranges[] = {
      {"b", "c0"}, {"c11", "c12"}, {"d0", "d0"}, {"c5", "d5"}, {"a", "z"}};
  for (const auto& [start, end] : ranges) {
    const KeyRange range(start, end);
    ASSERT_TRUE(raw().remove_range(range).get());
    std::erase_if(left, [&range](const auto& pair) { return range.contains(pair.first); });
    std::vector<KvPair> expected;
    for (const auto& [key, value] : left) expected.emplace_back(key, value);
    EXPECT_EQ(raw().scan(KeyRange::all()).collect().get(), expected) << start << " to " << end;
  }
  EXPECT_TRUE(left.empty());
}

TEST_F(RawBorders, RemovingEverythingGoesThroughAllRegionsOfAColumnFamily) {
  cluster.split("k3");
  const RawClient write = raw().with_column_family("write");
  ASSERT_TRUE(write.batch_put(pairs_of("k1 k2 k3 k4")).get());
  ASSERT_EQ(write.scan(KeyRange::all()).collect().get(), pairs_of("k1 k2 k3 k4"));
  ASSERT_TRUE(write.remove_range(KeyRange::all()).get());
  EXPECT_EQ(write.scan(KeyRange::all()).collect().get(), pairs_of(""));
  EXPECT_EQ(raw().scan(KeyRange::all()).collect().get(), pairs_of("k1 k3 k5 k7")) << "of no other one";
}

TEST_F(RawBorders, AnEmptyValueIsNoAbsentKey) {
  const RawClient atomic = raw().atomic();
  const std::vector<std::string> keys{"e1", "e2"};
  const auto expect = [&](const std::optional<std::string>& value) {
    const std::vector<std::optional<std::string>> values{value, std::nullopt};
    std::vector<KvPair> pairs;
    if (value) pairs.emplace_back("e1", *value);
    EXPECT_EQ(raw().get("e1").get().value(), value);
    EXPECT_EQ(raw().batch_get(keys).get(), values);
    EXPECT_EQ(raw().scan(KeyRange("e", "f")).collect().get(), pairs);
    EXPECT_EQ(raw().reverse_scan(KeyRange("e", "f")).collect().get(), pairs);
  };
  expect(std::nullopt);
  ASSERT_TRUE(raw().put("e1", "").get());
  expect("");
  ASSERT_TRUE(raw().remove("e1").get());
  expect(std::nullopt);
  ASSERT_TRUE(raw().batch_put({{"e1", ""}}).get());
  expect("");
  ASSERT_TRUE(raw().remove("e1").get());
  EXPECT_EQ(atomic.compare_and_swap("e1", std::nullopt, "").get()->previous, std::nullopt);
  expect("");
  EXPECT_EQ(atomic.compare_and_swap("e1", "", "v").get()->previous, "");
  expect("v");
}

/// As many keys as many regions and pages hold.
class RawManyKeys : public RawFixture {
 protected:
  static constexpr int kKeys = 10000;
  RawManyKeys() {
    store(pairs_);
    for (int i = 0; i < kKeys; i += 1024) cluster.split(pairs_[static_cast<std::size_t>(i)].key);
  }
  const std::vector<KvPair> pairs_ = numbered("key@", kKeys);
};

TEST_F(RawManyKeys, AreScannedUpToALimit) {
  const auto found = raw().scan(KeyRange(pairs_[0].key, ""), {.limit = kKeys / 2, .page = kMaxRawPage}).collect().get();
  EXPECT_EQ(found, std::vector<KvPair>(pairs_.begin(), pairs_.begin() + kKeys / 2));
}

TEST_F(RawManyKeys, HaveTheChecksumOfTheirPairs) {
  RawChecksum expected;
  for (const KvPair& pair : pairs_) {
    store::Crc64 crc;
    crc.add(pair.key);
    crc.add(pair.value);
    expected.crc64_xor ^= crc.sum();
    ++expected.total_kvs;
    expected.total_bytes += pair.key.size() + pair.value.size();
  }
  EXPECT_EQ(raw().checksum(KeyRange::prefix("key@")).get(), expected);
}

TEST_F(RawManyKeys, AreRemovedAsARange) {
  ASSERT_TRUE(raw().remove_range(KeyRange::prefix("key@")).get());
  EXPECT_EQ(raw().scan(KeyRange::all()).next().get(), std::nullopt);
}

}  // namespace
}  // namespace tikv::testing
