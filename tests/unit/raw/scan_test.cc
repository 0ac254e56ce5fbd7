#include <gtest/gtest.h>

#include "raw/raw_fixture.h"

namespace tikv::testing {
namespace {

class RawScans : public RawFixture {
 protected:
  static constexpr int kPairs = 95;
  RawScans() {
    store(numbered("k", kPairs));
    cluster.split("k0010");
    cluster.split("k0011");
    cluster.split("k0050");
    cluster.split("k0090");
  }
  const std::vector<KvPair> all = numbered("k", kPairs);

  static std::vector<KvPair> reversed(std::vector<KvPair> pairs) {
    std::ranges::reverse(pairs);
    return pairs;
  }
  std::vector<KvPair> part(int from, int to) const { return {all.begin() + from, all.begin() + to}; }
};

TEST_F(RawScans, PagesAreFullUntilTheLast) {
  auto scan = raw().scan(KeyRange::prefix("k"), {.page = 10});
  std::vector<KvPair> read;
  for (int page = 0; page < 10; ++page) {
    auto next = scan.next().get();
    ASSERT_TRUE(next && *next);
    EXPECT_EQ((*next)->size(), page < 9 ? 10u : 5u);
    read.insert(read.end(), (*next)->begin(), (*next)->end());
  }
  EXPECT_EQ(read, all);
  EXPECT_EQ(scan.next().get(), std::nullopt);
  EXPECT_EQ(scan.next().get(), std::nullopt) << "the end stays the end";
}

TEST_F(RawScans, BothWaysOverAllRegions) {
  EXPECT_EQ(raw().scan(KeyRange::prefix("k")).collect().get(), all);
  EXPECT_EQ(raw().reverse_scan(KeyRange::prefix("k")).collect().get(), reversed(all));
  EXPECT_EQ(raw().reverse_scan(KeyRange::prefix("k"), {.page = 7}).collect().get(), reversed(all));
}

TEST_F(RawScans, WithoutBorders) {
  EXPECT_EQ(raw().scan(KeyRange::all()).collect().get(), all);
  EXPECT_EQ(raw().reverse_scan(KeyRange::all()).collect().get(), reversed(all));
  EXPECT_EQ(raw().reverse_scan(KeyRange("k0093", "")).collect().get(), reversed(part(93, 95)));
  EXPECT_EQ(raw().scan(KeyRange("", "k0002")).collect().get(), part(0, 2));
}

TEST_F(RawScans, TheStartIsPartOfItAndTheEndIsNot) {
  EXPECT_EQ(raw().scan(KeyRange("k0009", "k0052")).collect().get(), part(9, 52));
  EXPECT_EQ(raw().reverse_scan(KeyRange("k0009", "k0052")).collect().get(), reversed(part(9, 52)));
}

TEST_F(RawScans, TheLimitIsForAllPages) {
  EXPECT_EQ(raw().scan(KeyRange::prefix("k"), {.limit = 12, .page = 5}).collect().get(), part(0, 12));
  EXPECT_EQ(raw().reverse_scan(KeyRange::prefix("k"), {.limit = 3}).collect().get(), reversed(part(92, 95)));
}

TEST_F(RawScans, KeyOnlyLeavesTheValuesOut) {
  const auto found = raw().scan(KeyRange("k0009", "k0012"), {.key_only = true}).collect().get();
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, (std::vector<KvPair>{{"k0009", ""}, {"k0010", ""}, {"k0011", ""}}));
}

TEST_F(RawScans, AnEmptyRangeSendsNothing) {
  const std::size_t before = cluster.net.sent().size();
  EXPECT_EQ(raw().scan(KeyRange("k0001", "k0001")).next().get(), std::nullopt);
  EXPECT_EQ(raw().reverse_scan(KeyRange("k0001", "k0001")).next().get(), std::nullopt);
  EXPECT_EQ(cluster.net.sent().size(), before);
}

TEST_F(RawScans, RegionsMaySplitBetweenPages) {
  auto scan = raw().scan(KeyRange::prefix("k"), {.page = 20});
  auto back = raw().reverse_scan(KeyRange::prefix("k"), {.page = 20});
  auto first = scan.next().get();
  auto last = back.next().get();
  ASSERT_TRUE(first && *first && last && *last);
  for (const char* key : {"k0021", "k0030", "k0071", "k0074"}) cluster.split(key);
  cluster.move_leader("k0040");
  EXPECT_EQ(scan.collect().get(), part(20, 95));
  EXPECT_EQ(back.collect().get(), reversed(part(0, 75)));
}

TEST_F(RawScans, AScanOfAnotherColumnFamily) {
  const RawClient write = raw().with_column_family("write");
  ASSERT_TRUE(write.put("k0001", "w").get());
  EXPECT_EQ(write.scan(KeyRange::all()).collect().get(), (std::vector<KvPair>{{"k0001", "w"}}));
  EXPECT_TRUE(fails_with(raw().with_column_family("nope").scan(KeyRange::all()).collect().get(), ErrorKind::kServer));
}

TEST_F(RawScans, OnePageAtATime) {
  auto scan = raw().scan(KeyRange::prefix("k"));
  bool done = false;
  scan.next().start([&](auto page) {
    EXPECT_TRUE(page);
    done = true;
  });
  EXPECT_TRUE(fails_with(scan.next().get(), ErrorKind::kInvalidArgument));
  EXPECT_TRUE(loop.run_until([&] { return done; }));
}

TEST_F(RawScans, AfterAnErrorItStandsWhereItStood) {
  auto scan = raw().scan(KeyRange::prefix("k"), {.page = 40});
  ASSERT_TRUE(scan.next().get());
  cluster.net.freeze("store1:20160");
  cluster.net.freeze("store2:20160");
  EXPECT_TRUE(fails_with(scan.next().with_timeout(std::chrono::seconds(1)).get(), ErrorKind::kDeadline));
  cluster.net.heal("store1:20160");
  cluster.net.heal("store2:20160");
  EXPECT_EQ(scan.collect().get(), part(40, 95));
}

TEST_F(RawScans, RemoveRangeGoesThroughItsRegions) {
  ASSERT_TRUE(raw().scan(KeyRange::all()).collect().get());  // the client has seen the regions
  ASSERT_TRUE(raw().remove_range(KeyRange("k0005", "k0093")).get());
  const auto left = raw().scan(KeyRange::all(), {.key_only = true}).collect().get();
  ASSERT_TRUE(left);
  EXPECT_EQ(left->size(), 7u);
  EXPECT_EQ(cluster.net.count("RawDeleteRange"), 5u);
  EXPECT_TRUE(raw().remove_range(KeyRange("k0005", "k0005")).get());
  EXPECT_EQ(cluster.net.count("RawDeleteRange"), 5u) << "an empty range sends nothing";
  ASSERT_TRUE(raw().remove_range(KeyRange::all()).get());
  EXPECT_EQ(raw().scan(KeyRange::all()).next().get(), std::nullopt);
}

TEST_F(RawScans, ChecksumsOfRegionsAddUp) {
  const auto whole = raw().checksum(KeyRange::all()).get();
  ASSERT_TRUE(whole) << whole.error().to_string();
  EXPECT_EQ(whole->total_kvs, 95u);
  EXPECT_EQ(whole->total_bytes, 95u * 5 + 10 + 85 * 2);
  const auto left = raw().checksum(KeyRange("", "k0042")).get();
  const auto right = raw().checksum(KeyRange("k0042", "")).get();
  ASSERT_TRUE(left && right);
  EXPECT_EQ(left->crc64_xor ^ right->crc64_xor, whole->crc64_xor);
  EXPECT_EQ(left->total_kvs + right->total_kvs, whole->total_kvs);
  EXPECT_EQ(raw().checksum(KeyRange("k", "k")).get(), RawChecksum{});
}

TEST_F(RawScans, ChecksumsAreOfTheDefaultColumnFamilyAlone) {
  EXPECT_TRUE(raw().with_column_family("default").checksum(KeyRange::all()).get());
  EXPECT_TRUE(
      fails_with(raw().with_column_family("write").checksum(KeyRange::all()).get(), ErrorKind::kInvalidArgument));
}

}  // namespace
}  // namespace tikv::testing
