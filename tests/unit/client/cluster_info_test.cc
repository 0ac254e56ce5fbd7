#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "base/codec.h"
#include "simulated_client.h"

namespace tikv {
namespace {

using testing::fails_with;

/// What PD knows, asked through a whole client on a virtual clock.
class ClusterInfoTest : public ::testing::Test, protected testing::SimulatedCluster {
 protected:
  void SetUp() override {
    auto connected = connect();
    ASSERT_TRUE(connected);
    client = std::make_unique<Client>(*std::move(connected));
  }
  std::unique_ptr<Client> client;
};

TEST_F(ClusterInfoTest, RegionsHaveTheKeysOfTheKindAskedFor) {
  ASSERT_TRUE(cluster.model().split(base::encode_bytes("m")));
  const auto regions = client->regions(KeyRange::all()).get();
  ASSERT_TRUE(regions);
  ASSERT_EQ(regions->size(), 2u);
  EXPECT_EQ((*regions)[0].range, KeyRange("", "m"));
  EXPECT_EQ((*regions)[1].range, KeyRange("m", ""));
  ASSERT_TRUE((*regions)[0].leader);
  EXPECT_EQ((*regions)[0].peers.size(), 3u);

  const auto raw = client->regions(KeyRange("a", "b"), {.keys = KeyMode::kRaw}).get();
  ASSERT_TRUE(raw);
  ASSERT_EQ(raw->size(), 1u);
  EXPECT_GT(raw->front().range.end.size(), 1u) << "the border is in its memory-comparable form";
}

TEST_F(ClusterInfoTest, RegionsAreReadPageByPage) {
  char key[12];
  for (int i = 0; i < 1100; ++i) {
    std::snprintf(key, sizeof key, "%05d", i);
    ASSERT_TRUE(cluster.model().split(base::encode_bytes(key)));
  }
  const auto all = client->regions(KeyRange::all()).get();
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 1101u);
  for (std::size_t i = 1; i < all->size(); ++i) EXPECT_EQ((*all)[i - 1].range.end, (*all)[i].range.start);
  EXPECT_EQ(client->regions(KeyRange::all(), {.limit = 1050}).get()->size(), 1050u);
  EXPECT_EQ(client->regions(KeyRange("00010", "00013"), {}).get()->size(), 3u);
}

TEST_F(ClusterInfoTest, ReversedAndEmptyRanges) {
  EXPECT_TRUE(fails_with(client->regions(KeyRange("b", "a")).get(), ErrorKind::kInvalidArgument));
  EXPECT_TRUE(client->regions(KeyRange("a", "a")).get()->empty());
}

TEST_F(ClusterInfoTest, StoresAndMembers) {
  const auto stores = client->stores().get();
  ASSERT_TRUE(stores);
  ASSERT_EQ(stores->size(), 3u);
  EXPECT_EQ(stores->front().state, StoreState::kUp);
  EXPECT_FALSE(stores->front().address.empty());

  const auto members = client->members().get();
  ASSERT_TRUE(members);
  EXPECT_EQ(std::ranges::count(*members, true, &MemberInfo::leader), 1);
  EXPECT_FALSE(members->front().client_urls.empty());
}

TEST_F(ClusterInfoTest, AClosedClientRefuses) {
  client->close();
  EXPECT_TRUE(fails_with(client->regions(KeyRange::all()).get(), ErrorKind::kClosed));
  EXPECT_TRUE(fails_with(client->stores().get(), ErrorKind::kClosed));
  EXPECT_TRUE(fails_with(client->members().get(), ErrorKind::kClosed));
}

}  // namespace
}  // namespace tikv
