#include "region/region_cache.h"

#include <gtest/gtest.h>
#include <tikv/when_all.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/codec.h"
#include "fake_regions.h"

namespace tikv::region {
namespace {

using namespace std::chrono_literals;
using testing::FakeRegions;
using testing::Fault;

class RegionCacheTest : public ::testing::Test {
 protected:
  RegionCacheTest() {
    EXPECT_TRUE(run(pd_.connect()));
    pd_steps_ = cluster_.net.steps();
  }
  ~RegionCacheTest() override {
    loop_.close();
    loop_.run_for(1s);
  }
  template <class T>
  T run(Task<T> task) {
    return testing::run_task(loop_, std::move(task));
  }
  RegionRef locate(const std::string& key) {
    Result<RegionRef> found = run(cache_.locate(key));
    EXPECT_TRUE(found) << found.error().to_string();
    return found ? *found : nullptr;
  }
  RegionRef locate_end(const std::string& key) {
    Result<RegionRef> found = run(cache_.locate_end(key));
    EXPECT_TRUE(found) << found.error().to_string();
    return found ? *found : nullptr;
  }
  std::size_t asked() const {
    return cluster_.net.count("GetRegion") + cluster_.net.count("GetPrevRegion") + cluster_.net.count("ScanRegions") +
           cluster_.net.count("BatchScanRegions");
  }

  static pd::PdOptions options() {
    pd::PdOptions options;
    options.endpoints.push_back(FakeRegions::kPd);
    return options;
  }
  runtime::SimLoop loop_;
  FakeRegions cluster_{loop_};
  pd::PdClient pd_{loop_, cluster_.net, options()};
  StoreCache stores_{loop_, pd_, cluster_.net};
  RegionCache cache_{loop_, pd_, stores_, KeyMode::kRaw};
  std::size_t pd_steps_ = 0;
};

TEST_F(RegionCacheTest, AsksOnceAndRemembers) {
  cluster_.split("m");
  EXPECT_EQ(cache_.find("a"), nullptr);
  const RegionRef region = locate("a");
  EXPECT_EQ(region->id, 1u);
  EXPECT_EQ(region->end_key, "m");
  EXPECT_EQ(region->peers.size(), 3u);
  EXPECT_EQ(region->peers[region->state.leader].store_id, 1u);
  EXPECT_EQ(cache_.find("b"), region);
  EXPECT_EQ(cache_.find("m"), nullptr);
  EXPECT_EQ(asked(), 1u);
}

TEST_F(RegionCacheTest, ByEndFindsTheRegionBelow) {
  cluster_.split("m");
  EXPECT_EQ(locate_end("m")->start_key, "");
  EXPECT_EQ(locate_end("n")->start_key, "m");
  EXPECT_EQ(locate_end("")->start_key, "m") << "above every key";
  EXPECT_EQ(cache_.find_by_end("m")->start_key, "");
  EXPECT_EQ(asked(), 3u) << "m: the region that starts there, and the one before; n: one";
}

TEST_F(RegionCacheTest, TheLastRegionIsFoundBeyondAnyKey) {
  cluster_.split(std::string(80, '\xFF'));
  EXPECT_EQ(locate_end("")->start_key.size(), 80u);
}

TEST_F(RegionCacheTest, ById) {
  cluster_.split("m");
  EXPECT_EQ(run(cache_.locate_id(2)).value()->start_key, "m");
  EXPECT_EQ(run(cache_.locate_id(99)).value(), nullptr);
}

TEST_F(RegionCacheTest, ThoseWhoAskAtTheSameTimeShareTheQuestion) {
  std::vector<Task<Result<RegionRef>>> tasks;
  for (char c = 'a'; c <= 'z'; ++c) tasks.push_back(cache_.locate(std::string(1, c)));
  for (const Result<RegionRef>& found : run(when_all(std::move(tasks)))) EXPECT_EQ(found.value()->id, 1u);
  EXPECT_EQ(asked(), 1u);
}

TEST_F(RegionCacheTest, ManyUnknownRegionsTakeFewRounds) {
  for (char c = 'b'; c <= 'z'; ++c) cluster_.split(std::string(1, c));
  std::vector<Task<Result<RegionRef>>> tasks;
  for (int i = 0; i < 260; ++i) tasks.push_back(cache_.locate(std::string(1, static_cast<char>('a' + i * 7 % 26))));
  const runtime::TimePoint began = loop_.now();
  for (const Result<RegionRef>& found : run(when_all(std::move(tasks)))) ASSERT_TRUE(found);
  EXPECT_EQ(asked(), 26u) << "each region once";
  EXPECT_LE(loop_.now() - began, 12 * cluster_.net.latency) << "not one after the other";
}

TEST_F(RegionCacheTest, WhoLeavesFirstDoesNotFailTheOthers) {
  cluster_.net.latency = 10ms;
  std::vector<Task<Result<RegionRef>>> tasks;
  tasks.push_back(cache_.locate("a").with_timeout(2ms));
  tasks.push_back(cache_.locate("b"));
  const std::vector<Result<RegionRef>> results = run(when_all(std::move(tasks)));
  EXPECT_EQ(results[0].error().kind(), ErrorKind::kDeadline);
  EXPECT_EQ(results[1].value()->id, 1u);
  EXPECT_EQ(asked(), 1u);
}

TEST_F(RegionCacheTest, InvalidatedRegionsAreAskedForAgain) {
  const RegionRef old = locate("a");
  cluster_.split("m");
  cache_.invalidate(*old);
  EXPECT_EQ(cache_.find("a"), nullptr);
  EXPECT_EQ(locate("a")->end_key, "m");
  EXPECT_EQ(cache_.find("m"), nullptr) << "it was part of what is over";
  EXPECT_EQ(locate("m")->start_key, "m");
}

TEST_F(RegionCacheTest, APdThatLagsBehindDoesNotBringBackThePast) {
  cluster_.freeze_pd();
  cluster_.split("m");
  // The store told of the split.
  const RegionRef old = locate("a");
  proto::metapb::Region left;
  left.set_id(1);
  left.set_end_key("m");
  left.mutable_region_epoch()->set_version(2);
  left.mutable_region_epoch()->set_conf_ver(1);
  left.add_peers()->set_id(101);
  left.mutable_peers(0)->set_store_id(1);
  const proto::metapb::Region* const current[] = {&left};
  EXPECT_EQ(cache_.on_epoch_not_match(*old, 1, current), RegionCache::EpochUpdate::kReplaced);
  EXPECT_EQ(locate("a")->epoch_version, 2u);
  // What PD says of the right half is old, but all there is: it is used and not remembered.
  EXPECT_EQ(locate("x")->epoch_version, 1u);
  EXPECT_EQ(cache_.find("x"), nullptr);
  EXPECT_EQ(locate("a")->epoch_version, 2u);
}

TEST_F(RegionCacheTest, UnusedRegionsExpireAndUsedOnesDoNot) {
  locate("a");
  for (int i = 0; i < 10; ++i) {
    loop_.run_for(500s);
    EXPECT_NE(cache_.find("a"), nullptr);
  }
  EXPECT_EQ(asked(), 1u);
  loop_.run_for(700s);
  EXPECT_EQ(cache_.find("a"), nullptr);
  locate("a");
  EXPECT_EQ(asked(), 2u);
}

TEST_F(RegionCacheTest, HolesInPdAreWaitedOut) {
  cluster_.at("").start = "b";
  loop_.submit([] {});
  Result<RegionRef> found = runtime::run_on(loop_, cache_.locate("a")).with_timeout(1s).get();
  EXPECT_EQ(found.error().kind(), ErrorKind::kDeadline);
  cluster_.by_id(1).start = "";
  EXPECT_EQ(locate("a")->id, 1u);
}

TEST_F(RegionCacheTest, AHoleInTheMiddleOfARangeIsWaitedOut) {
  for (const char* key : {"a", "c", "e"}) cluster_.split(key);
  cluster_.at("d").start = "d";  // what the split at "c" made has not been reported whole
  std::optional<Result<std::vector<RegionRef>>> found;
  runtime::run_on(loop_, cache_.locate_range(KeyRange::all())).start([&](Result<std::vector<RegionRef>> regions) {
    found = std::move(regions);
  });
  loop_.run_for(1s);
  EXPECT_FALSE(found);
  cluster_.at("d").start = "c";
  loop_.run_for(3s);
  ASSERT_TRUE(found && *found);
  std::string borders;
  for (const RegionRef& region : **found) borders += region->start_key + "-" + region->end_key + " ";
  EXPECT_EQ(borders, "-a a-c c-e e- ");
}

TEST_F(RegionCacheTest, AHoleThatStaysEndsTheLookUpWithinItsBudget) {
  cluster_.at("").start = "b";
  const Result<RegionRef> found = run(cache_.locate("a"));
  EXPECT_EQ(found.error().kind(), ErrorKind::kUnavailable);
}

TEST_F(RegionCacheTest, NothingIsLeftWaitingWhenTheCacheCloses) {
  cluster_.net.freeze(FakeRegions::kPd);
  std::vector<Task<Result<RegionRef>>> tasks;
  tasks.push_back(cache_.locate("a"));
  bool done = false;
  Result<RegionRef> found = nullptr;
  runtime::run_on(loop_, std::move(tasks[0])).start([&](Result<RegionRef> result) {
    found = std::move(result);
    done = true;
  });
  loop_.run_for(10ms);
  EXPECT_FALSE(done);
  bool closed = false;
  runtime::run_on(loop_, testing::as_result(cache_.close())).start([&](Result<void>) { closed = true; });
  loop_.run_for(1ms);
  EXPECT_TRUE(closed);
  ASSERT_TRUE(done);
  EXPECT_EQ(found.error().kind(), ErrorKind::kClosed);
}

TEST_F(RegionCacheTest, PrefetchTakesOneQuestion) {
  for (const char* key : {"c", "f", "k", "p"}) cluster_.split(key);
  locate("a");
  ASSERT_TRUE(run(cache_.prefetch(KeyRange("a", "l"))));
  EXPECT_EQ(cluster_.net.count("ScanRegions"), 1u);
  for (const char* key : {"a", "c", "f", "k"}) EXPECT_NE(cache_.find(key), nullptr) << key;
  EXPECT_EQ(cache_.find("p"), nullptr);
  // All known: nothing to ask.
  ASSERT_TRUE(run(cache_.prefetch(KeyRange("b", "g"))));
  EXPECT_EQ(cluster_.net.count("ScanRegions"), 1u);
  std::vector<KeyRange> ranges{KeyRange("a", "b"), KeyRange("q", "r")};
  ASSERT_TRUE(run(cache_.prefetch(std::move(ranges))));
  EXPECT_EQ(cluster_.net.count("BatchScanRegions"), 1u);
  EXPECT_NE(cache_.find("p"), nullptr);
}

TEST_F(RegionCacheTest, AnyRangesAreKnownAfterAPrefetch) {
  for (char c = 'a'; c <= 'g'; ++c) cluster_.split(std::string(1, c));
  using Ranges = std::vector<KeyRange>;
  struct Row {
    Ranges wanted;
    Ranges known;
  };
  const Row rows[] = {
      {{KeyRange("a", "c")}, {}},
      {{KeyRange("a", "b"), KeyRange("b", "c")}, {}},
      {{KeyRange("a", "a1"), KeyRange("a1", "b"), KeyRange("b", "b1"), KeyRange("b1", "c")}, {KeyRange("b", "c")}},
      {{KeyRange("a1", "b1"), KeyRange("d", "e"), KeyRange("f1", "")}, {KeyRange("b", "d1")}},
      {{KeyRange("", "a"), KeyRange("c", "c1"), KeyRange("g", "")}, {KeyRange("a", "g")}},
      {{KeyRange::all()}, {KeyRange("c", "d"), KeyRange("e", "f")}},
      {{KeyRange("b", "f")}, {KeyRange::all()}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(&row - rows);
    RegionCache cache(loop_, pd_, stores_, KeyMode::kRaw);
    for (const KeyRange& range : row.known) ASSERT_TRUE(run(cache.locate_range(range)));
    ASSERT_TRUE(run(cache.prefetch(row.wanted)));
    for (const std::string key : {"", "a", "a1", "b", "b1", "c", "c1", "d", "e", "f", "f1", "g", "g1"}) {
      const auto holds = [&key](const KeyRange& range) { return range.contains(key); };
      if (std::ranges::none_of(row.wanted, holds)) continue;
      ASSERT_NE(cache.find(key), nullptr) << key;
      EXPECT_EQ(cache.find(key)->id, cluster_.at(key).id) << key;
    }
  }
}

// Requests under way hold on to the picture of a region that they began with.
TEST_F(RegionCacheTest, WhatIsKnownAndGoodStaysWhenItsNeighboursAreLookedUp) {
  for (const char* key : {"c", "f", "k"}) cluster_.split(key);
  const RegionRef known = locate("g");
  ASSERT_TRUE(run(cache_.prefetch(KeyRange("a", "z"))));
  ASSERT_TRUE(run(cache_.locate_range(KeyRange::all())));
  EXPECT_EQ(cache_.find("g"), known);
  EXPECT_TRUE(known->state.usable);
  for (const char* key : {"a", "d", "m"}) EXPECT_NE(cache_.find(key), nullptr) << key;
  cache_.invalidate(*known);
  std::vector<KeyRange> ranges{KeyRange("a", "b"), KeyRange("g", "z")};
  ASSERT_TRUE(run(cache_.prefetch(std::move(ranges))));
  ASSERT_NE(cache_.find("g"), nullptr);
  EXPECT_NE(cache_.find("g"), known);
}

TEST_F(RegionCacheTest, ARangeIsCoveredWithoutHoles) {
  for (const char* key : {"c", "f", "k", "p"}) cluster_.split(key);
  const auto regions = run(cache_.locate_range(KeyRange("b", "k"))).value();
  ASSERT_EQ(regions.size(), 3u);
  EXPECT_EQ(regions[0]->start_key, "");
  EXPECT_EQ(regions[1]->start_key, "c");
  EXPECT_EQ(regions[2]->end_key, "k");
  EXPECT_EQ(run(cache_.locate_range(KeyRange::all())).value().size(), 5u);
  EXPECT_TRUE(run(cache_.locate_range(KeyRange("b", "b"))).value().empty());
}

TEST_F(RegionCacheTest, EpochNotMatchTakesOverAllThatTheStoreTells) {
  const RegionRef old = locate("a");
  std::vector<proto::metapb::Region> regions(4);
  for (std::size_t i = 0; i < regions.size(); ++i) {
    proto::metapb::Region& region = regions[i];
    region.set_id(10 + i);
    region.set_start_key(i == 0 ? "" : std::string(1, static_cast<char>('a' + i)));
    region.set_end_key(i == 3 ? "" : std::string(1, static_cast<char>('b' + i)));
    region.mutable_region_epoch()->set_version(9);
    region.mutable_region_epoch()->set_conf_ver(9);
    for (std::uint64_t store = 1; store <= 2; ++store) {
      region.add_peers()->set_id(100 * i + store);
      region.mutable_peers(static_cast<int>(store) - 1)->set_store_id(store);
    }
  }
  regions[2].clear_peers();  // unreadable; the others are taken all the same
  std::vector<const proto::metapb::Region*> current;
  for (const proto::metapb::Region& region : regions) current.push_back(&region);
  EXPECT_EQ(cache_.on_epoch_not_match(*old, 2, current), RegionCache::EpochUpdate::kReplaced);
  EXPECT_EQ(cache_.find("a")->id, 10u);
  EXPECT_EQ(cache_.find("b")->id, 11u);
  EXPECT_EQ(cache_.find("c"), nullptr);
  EXPECT_EQ(cache_.find("z")->id, 13u);
  const RegionRef first = cache_.find("a");
  EXPECT_EQ(first->peers[first->state.leader].store_id, 2u) << "who answered is taken for the leader";
}

TEST_F(RegionCacheTest, EpochNotMatchOfAStoreThatIsBehindChangesNothing) {
  cluster_.split("m");
  const RegionRef region = locate("a");
  proto::metapb::Region past;
  past.set_id(1);
  const proto::metapb::Region* const current[] = {&past};
  struct Epoch {
    std::uint64_t version, conf_version;
  };
  const Epoch present{region->epoch_version, region->epoch_conf_version};
  for (const Epoch behind :
       {Epoch{present.version - 1, present.conf_version}, Epoch{present.version, present.conf_version - 1}}) {
    past.mutable_region_epoch()->set_version(behind.version);
    past.mutable_region_epoch()->set_conf_ver(behind.conf_version);
    EXPECT_EQ(cache_.on_epoch_not_match(*region, 1, current), RegionCache::EpochUpdate::kAhead);
    EXPECT_EQ(cache_.find("a"), region);
  }
  EXPECT_EQ(cache_.on_epoch_not_match(*region, 1, {}), RegionCache::EpochUpdate::kInvalidated);
  EXPECT_EQ(cache_.find("a"), nullptr);
}

TEST_F(RegionCacheTest, LeadersAreLearntAndStrangersRefused) {
  const RegionRef region = locate("a");
  EXPECT_TRUE(cache_.update_leader(*region, region->peers[2]));
  EXPECT_EQ(cache_.find("a")->state.leader, 2u);
  Peer stranger;
  stranger.id = 4711;
  EXPECT_FALSE(cache_.update_leader(*region, stranger));
  EXPECT_EQ(cache_.find("a"), nullptr);
}

// A look-up fails at each of its steps in turn; each time it recovers by itself.
TEST_F(RegionCacheTest, EachStepOfALookUpMayFail) {
  const std::size_t first = cluster_.net.steps();
  for (const Fault fault : testing::kAllFaults) {
    cluster_.net.fail_step(cluster_.net.steps(), fault);
    const RegionRef region = locate("a");
    ASSERT_NE(region, nullptr) << testing::to_string(fault);
    cache_.invalidate(*region);
  }
  EXPECT_GT(cluster_.net.steps(), first + 5);
}

class TxnRegionCacheTest : public RegionCacheTest {
 protected:
  RegionCache txn_{loop_, pd_, stores_, KeyMode::kTxn};
};

TEST_F(TxnRegionCacheTest, KeysArePlainOutsideAndEncodedInPd) {
  cluster_.split(base::encode_bytes("m"));
  EXPECT_EQ(run(txn_.locate("a")).value()->end_key, "m");
  EXPECT_EQ(run(txn_.locate("m")).value()->start_key, "m");
  EXPECT_EQ(run(txn_.locate_end("m")).value()->end_key, "m");
  EXPECT_EQ(run(txn_.locate_end("")).value()->start_key, "m");
  EXPECT_EQ(run(txn_.locate_range(KeyRange("a", "n"))).value().size(), 2u);
}

// Raw keys on the same cluster make regions whose borders are no encoded keys.
TEST_F(TxnRegionCacheTest, BordersThatAStoreTellsAreDecodedToo) {
  const RegionRef old = run(txn_.locate("a")).value();
  proto::metapb::Region told;
  told.set_id(1);
  told.set_start_key(base::encode_bytes("a"));
  told.set_end_key(base::encode_bytes("m"));
  told.mutable_region_epoch()->set_version(9);
  told.mutable_region_epoch()->set_conf_ver(9);
  told.add_peers()->set_id(101);
  told.mutable_peers(0)->set_store_id(1);
  const proto::metapb::Region* const current[] = {&told};
  EXPECT_EQ(txn_.on_epoch_not_match(*old, 1, current), RegionCache::EpochUpdate::kReplaced);
  ASSERT_NE(txn_.find("a"), nullptr);
  EXPECT_EQ(txn_.find("a")->start_key, "a");
  EXPECT_EQ(txn_.find("a")->end_key, "m");
  EXPECT_EQ(txn_.find("m"), nullptr);
}

TEST_F(TxnRegionCacheTest, RawBordersAreNoObstacle) {
  for (const char* key : {"apple", "cherry", "watermelon", "watermelons"}) cluster_.split(key);
  for (const char* key : {"a", "apple", "b", "cherry", "water", "watermel", "watermelon", "zebra"}) {
    const RegionRef region = run(txn_.locate(key)).value();
    EXPECT_TRUE(region->contains(key)) << key;
    EXPECT_EQ(txn_.find(key), region);
    // PD and the cache agree on where the key is.
    EXPECT_EQ(region->id, cluster_.at(base::encode_bytes(key)).id) << key;
  }
  const auto all = run(txn_.locate_range(KeyRange::all())).value();
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_EQ(all[i - 1]->end_key, all[i]->start_key);
  EXPECT_EQ(all.size(), 4u) << "no key lies between watermelon and watermelons";
  EXPECT_EQ(run(txn_.locate_end("watermel")).value()->start_key, "cherry");
}

}  // namespace
}  // namespace tikv::region
