// A test of one's own code against a cluster of one's own, in which a store dies.

#include "like_counter.h"

#include <gtest/gtest.h>
#include <tikv/testing/cluster.h>

TEST(LikeCounter, CountsWhileAStoreDiesAndAnAnswerIsLost) {
  auto cluster = tikv::testing::Cluster::start({.stores = 3}).value();
  auto client = tikv::Client::connect({.pd_endpoints = cluster.pd_endpoints()}).get().value();
  const LikeCounter counter(client);

  EXPECT_EQ(counter.like("hello").get().value(), 1);
  ASSERT_TRUE(cluster.kill(cluster.regions().front().leader_store));  // its leaders move to the other two
  EXPECT_EQ(counter.like("hello").get().value(), 2);
  const auto lost = cluster.inject({.method = "KvCommit", .kind = tikv::testing::FaultKind::kBreakAfter});
  EXPECT_EQ(counter.like("hello").get().value(), 3);
  EXPECT_EQ(cluster.hits(lost), 1);  // it was committed, the connection broke, and nobody counted twice
}
