#include <gtest/gtest.h>

#include "raw/raw_fixture.h"

// Stores change their addresses, leave and are replaced while a client that knows them goes on.
namespace tikv::testing {
namespace {

/// What happened to the stores since the client last asked.
enum class Change : std::uint8_t { kSwapped, kSwappedAndRetired, kRetired, kReplaced };

class StoreChange : public RawFixture, public ::testing::WithParamInterface<Change> {
 protected:
  void change() {
    switch (GetParam()) {
      case Change::kSwapped:
        return cluster.swap_addresses();
      case Change::kSwappedAndRetired:
        cluster.swap_addresses();
        return cluster.retire(1);
      case Change::kRetired:
        return cluster.retire(1);
      case Change::kReplaced:
        cluster.replace(1);
        return;
    }
  }
};

std::string name_of(const ::testing::TestParamInfo<Change>& change) {
  const char* const names[] = {"Swapped", "SwappedAndRetired", "Retired", "Replaced"};
  return names[static_cast<std::size_t>(change.param)];
}

INSTANTIATE_TEST_SUITE_P(All, StoreChange,
                         ::testing::Values(Change::kSwapped, Change::kSwappedAndRetired, Change::kRetired,
                                           Change::kReplaced),
                         name_of);

TEST_P(StoreChange, SingleKeysAreReadAndWritten) {
  ASSERT_TRUE(raw().put("k", "v").get());
  change();
  const auto value = raw().get("k").get();
  ASSERT_TRUE(value) << value.error().to_string();
  EXPECT_EQ(*value, "v");
  ASSERT_TRUE(raw().put("k", "w").get());
  EXPECT_EQ(cluster.stored("k"), "w");
}

TEST_P(StoreChange, AWriteMayBeTheFirstToFindOut) {
  ASSERT_TRUE(raw().put("k", "v").get());
  change();
  const auto put = raw().put("k", "w").get();
  ASSERT_TRUE(put) << put.error().to_string();
  EXPECT_EQ(cluster.stored("k"), "w");
}

// The client has talked to both stores by the time they change.
TEST_P(StoreChange, BothStoresWereKnown) {
  ASSERT_TRUE(raw().put("k", "v").get());
  cluster.move_leader("k");
  ASSERT_EQ(raw().get("k").get(), "v");
  cluster.move_leader("k");
  ASSERT_EQ(raw().get("k").get(), "v");
  change();
  const auto value = raw().get("k").get();
  ASSERT_TRUE(value) << value.error().to_string();
  EXPECT_EQ(*value, "v");
}

TEST_P(StoreChange, ColumnFamiliesStayApart) {
  const RawClient write = raw().with_column_family("write");
  ASSERT_TRUE(raw().put("d", "1").get());
  ASSERT_TRUE(write.put("w", "2").get());
  change();
  EXPECT_EQ(raw().get("d").get(), "1");
  EXPECT_EQ(raw().get("w").get(), std::nullopt);
  EXPECT_EQ(write.get("w").get(), "2");
  EXPECT_EQ(write.get("d").get(), std::nullopt);
  EXPECT_EQ(raw().with_column_family("default").get("d").get(), "1");
  ASSERT_TRUE(write.remove("w").get());
  EXPECT_EQ(write.get("w").get(), std::nullopt);
  EXPECT_EQ(raw().get("d").get(), "1");
}

TEST_P(StoreChange, BatchesGoOn) {
  const std::vector<KvPair> pairs = numbered("k", 20);
  cluster.split("k0010");
  store(pairs);
  change();
  const auto values = raw().batch_get(keys_of(pairs)).get();
  ASSERT_TRUE(values) << values.error().to_string();
  for (std::size_t i = 0; i < pairs.size(); ++i) EXPECT_EQ((*values)[i], pairs[i].value);
  ASSERT_TRUE(raw().batch_remove(keys_of(pairs)).get());
  EXPECT_EQ(raw().get("k0000").get(), std::nullopt);
}

TEST_P(StoreChange, ScansAndRangesGoOn) {
  const std::vector<KvPair> pairs = numbered("k", 20);
  cluster.split("k0010");
  store(pairs);
  auto scan = raw().scan(KeyRange::all(), {.page = 5});
  ASSERT_TRUE(scan.next().get());
  change();
  const auto rest = scan.collect().get();
  ASSERT_TRUE(rest) << rest.error().to_string();
  EXPECT_EQ(*rest, std::vector<KvPair>(pairs.begin() + 5, pairs.end()));
  EXPECT_EQ(raw().reverse_scan(KeyRange::all(), {.limit = 1}).collect().get(), (std::vector<KvPair>{{"k0019", "19"}}));
  EXPECT_EQ(raw().checksum(KeyRange::all()).get()->total_kvs, 20U);
  ASSERT_TRUE(raw().remove_range(KeyRange("k0005", "")).get());
  EXPECT_EQ(raw().scan(KeyRange::all()).collect().get()->size(), 5U);
}

// A request that a store refused because it is another one was certainly not carried out: not even a compare-and-swap
// is in doubt.
TEST_P(StoreChange, CompareAndSwapsAreDoneOnce) {
  const RawClient atomic = raw().atomic();
  ASSERT_TRUE(raw().put("k", "TiDB").get());
  change();
  const auto refused = atomic.compare_and_swap("k", "TiKV", "TiKV").get();
  ASSERT_TRUE(refused) << refused.error().to_string();
  EXPECT_FALSE(refused->swapped);
  EXPECT_EQ(refused->previous, "TiDB");
  const auto swapped = atomic.compare_and_swap("k", "TiDB", "TiKV").get();
  ASSERT_TRUE(swapped) << swapped.error().to_string();
  EXPECT_TRUE(swapped->swapped);
  EXPECT_EQ(raw().get("k").get(), "TiKV");
}

}  // namespace
}  // namespace tikv::testing
