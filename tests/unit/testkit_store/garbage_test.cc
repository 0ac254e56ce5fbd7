#include <gtest/gtest.h>

#include "one_region.h"

namespace tikv::testing {
namespace {

using namespace proto::kvrpcpb;

class Garbage : public ::testing::Test {
 protected:
  void write(Op op, const std::string& value, std::uint64_t start_ts, std::uint64_t commit_ts) {
    PrewriteRequest prewrite;
    prewrite.set_start_version(start_ts);
    prewrite.set_primary_lock("k");
    Mutation& mutation = *prewrite.add_mutations();
    mutation.set_op(op);
    mutation.set_key("k");
    mutation.set_value(value);
    ASSERT_EQ(store_.kv.handle(store_.region, prewrite).errors_size(), 0);
    CommitRequest commit;
    commit.set_start_version(start_ts);
    commit.set_commit_version(commit_ts);
    commit.add_keys("k");
    ASSERT_FALSE(store_.kv.handle(store_.region, commit).has_error());
  }

  MvccInfo info() {
    MvccGetByKeyRequest request;
    request.set_key("k");
    return store_.kv.handle(store_.region, request).info();
  }

  OneRegion store_;
};

TEST_F(Garbage, KeepsTheVersionThatTheSafePointSees) {
  write(Op::Put, std::string(300, 'a'), 10, 11);
  write(Op::Put, std::string(300, 'b'), 20, 21);
  write(Op::Lock, "", 25, 26);
  write(Op::Put, std::string(300, 'c'), 30, 31);
  ASSERT_EQ(info().writes_size(), 4);
  ASSERT_EQ(info().values_size(), 3);
  store_.kv.collect_garbage(28);
  const MvccInfo left = info();
  ASSERT_EQ(left.writes_size(), 2);
  EXPECT_EQ(left.writes(0).commit_ts(), 31U);
  EXPECT_EQ(left.writes(1).commit_ts(), 21U);
  EXPECT_EQ(left.values_size(), 2);
}

TEST_F(Garbage, DropsADeletedKeyWithAllItsVersions) {
  write(Op::Put, std::string(300, 'a'), 10, 11);
  write(Op::Del, "", 20, 21);
  store_.kv.collect_garbage(22);
  EXPECT_EQ(store_.kv.key_count(), 0U);
}

TEST_F(Garbage, LeavesWhatIsAboveTheSafePoint) {
  write(Op::Put, "a", 10, 11);
  store_.kv.collect_garbage(5);
  EXPECT_EQ(info().writes_size(), 1);
}

TEST_F(Garbage, ADestroyedRangeIsGoneWithoutATrace) {
  write(Op::Put, "a", 10, 11);
  UnsafeDestroyRangeRequest request;
  request.set_start_key("a");
  request.set_end_key("k");
  EXPECT_EQ(store_.kv.handle(request).error(), "");
  EXPECT_EQ(store_.kv.key_count(), 1U);
  request.set_end_key("l");
  EXPECT_EQ(store_.kv.handle(request).error(), "");
  EXPECT_EQ(store_.kv.key_count(), 0U);
}

}  // namespace
}  // namespace tikv::testing
