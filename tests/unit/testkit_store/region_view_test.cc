#include <gtest/gtest.h>

#include "one_region.h"

namespace tikv::testing::store {
namespace {

using proto::kvrpcpb::Context;

class CheckContext : public ::testing::Test {
 protected:
  CheckContext() {
    view_.region.set_id(2);
    view_.region.set_start_key("b");
    view_.region.set_end_key("d");
    view_.region.mutable_region_epoch()->set_version(5);
    view_.region.mutable_region_epoch()->set_conf_ver(3);
    view_.peer.set_id(7);
    view_.peer.set_store_id(1);
    view_.leader = view_.peer;
    view_.term = 9;
    context_.set_region_id(2);
    *context_.mutable_region_epoch() = view_.region.region_epoch();
    *context_.mutable_peer() = view_.peer;
  }

  std::optional<proto::errorpb::Error> check() const { return check_context(context_, &view_, 1); }

  RegionView view_;
  Context context_;
};

TEST_F(CheckContext, TheRightContextPasses) { EXPECT_FALSE(check()); }

TEST_F(CheckContext, TheStoreComesFirst) {
  context_.mutable_peer()->set_store_id(4);
  const auto error = check_context(context_, nullptr, 1);
  ASSERT_TRUE(error && error->has_store_not_match());
  EXPECT_EQ(error->store_not_match().request_store_id(), 4U);
  EXPECT_EQ(error->store_not_match().actual_store_id(), 1U);
}

TEST_F(CheckContext, AReplicaSaysWhoLeads) {
  view_.leader->set_id(8);
  view_.leader->set_store_id(3);
  context_.mutable_region_epoch()->set_version(1);
  const auto error = check();
  ASSERT_TRUE(error && error->has_not_leader());
  EXPECT_EQ(error->not_leader().region_id(), 2U);
  EXPECT_EQ(error->not_leader().leader().store_id(), 3U);
  view_.leader.reset();
  EXPECT_FALSE(check()->not_leader().has_leader());
}

TEST_F(CheckContext, AReplicaMayBeReadFrom) {
  view_.leader->set_id(8);
  context_.set_replica_read(true);
  EXPECT_FALSE(check());
  context_.set_replica_read(false);
  context_.set_stale_read(true);
  EXPECT_FALSE(check());
}

TEST_F(CheckContext, ATermOneBehindIsTaken) {
  context_.set_term(8);
  EXPECT_FALSE(check());
  context_.set_term(7);
  EXPECT_TRUE(check()->has_stale_command());
}

TEST_F(CheckContext, NeighboursFollowWhenTheVersionIsOld) {
  proto::metapb::Region sibling;
  sibling.set_id(6);
  view_.neighbours.push_back(sibling);
  context_.mutable_region_epoch()->set_version(4);
  EXPECT_EQ(check()->epoch_not_match().current_regions_size(), 2);
  context_.mutable_region_epoch()->set_version(6);
  EXPECT_EQ(check()->epoch_not_match().current_regions_size(), 1);
}

TEST_F(CheckContext, TheConfigurationVersionIsNotLookedAt) {
  context_.mutable_region_epoch()->set_conf_ver(1);
  EXPECT_FALSE(check());
}

TEST_F(CheckContext, RegionsAreHalfOpen) {
  EXPECT_FALSE(contains(view_.region, "a"));
  EXPECT_TRUE(contains(view_.region, "b"));
  EXPECT_FALSE(contains(view_.region, "d"));
  EXPECT_TRUE(contains_or_ends_at(view_.region, "d"));
  view_.region.set_end_key("");
  EXPECT_FALSE(contains(view_.region, "a"));
  EXPECT_TRUE(contains(view_.region, "b"));
  EXPECT_TRUE(contains(view_.region, "zzz"));
  view_.region.set_start_key("");
  EXPECT_TRUE(contains(view_.region, ""));
  EXPECT_TRUE(contains(view_.region, "a"));
  view_.region.set_end_key("d");
  EXPECT_TRUE(contains(view_.region, "c"));
  EXPECT_FALSE(contains(view_.region, "d"));
}

}  // namespace
}  // namespace tikv::testing::store
