#include "region/region_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace tikv::region {
namespace {

struct Spec {
  std::uint64_t id;
  std::string start;
  std::string end;
  std::uint64_t version = 1;
  std::uint64_t conf = 1;
};

RegionRef make(const Spec& spec) {
  auto region = std::make_shared<Region>();
  region->id = spec.id;
  region->start_key = spec.start;
  region->end_key = spec.end;
  region->epoch_version = spec.version;
  region->epoch_conf_version = spec.conf;
  for (std::uint64_t store = 1; store <= 3; ++store) {
    Peer peer;
    peer.id = spec.id * 10 + store;
    peer.store_id = store;
    region->peers.push_back(peer);
  }
  return region;
}

std::uint64_t id_of(const RegionRef& region) { return region ? region->id : 0; }

TEST(Region, ContainsItsStartAndNotItsEnd) {
  const RegionRef region = make({1, "b", "d"});
  EXPECT_FALSE(region->contains("a"));
  EXPECT_TRUE(region->contains("b"));
  EXPECT_TRUE(region->contains("c"));
  EXPECT_FALSE(region->contains("d"));
  EXPECT_FALSE(region->contains_by_end("b"));
  EXPECT_TRUE(region->contains_by_end("d"));
  EXPECT_FALSE(region->contains_by_end(""));
  const RegionRef last = make({2, "d", ""});
  EXPECT_FALSE(last->contains(""));
  EXPECT_TRUE(last->contains("d"));
  EXPECT_TRUE(last->contains("zz"));
  EXPECT_FALSE(last->contains_by_end("d"));
  EXPECT_TRUE(last->contains_by_end(""));
  EXPECT_TRUE(last->contains_by_end("zz"));
  const RegionRef first = make({3, "", "b"});
  EXPECT_TRUE(first->contains(""));
  EXPECT_TRUE(first->contains("a"));
  EXPECT_FALSE(first->contains("b"));
  EXPECT_FALSE(first->contains_by_end("")) << "that is the end of all keys";
  EXPECT_TRUE(first->contains_by_end("b"));
  EXPECT_FALSE(first->contains_by_end("c"));
  const RegionRef all = make({4, "", ""});
  for (const char* key : {"", "a"}) {
    EXPECT_TRUE(all->contains(key));
    EXPECT_TRUE(all->contains_by_end(key));
  }
}

TEST(RegionIndex, FindsByKeyByEndAndById) {
  RegionIndex index;
  EXPECT_EQ(index.find("a"), nullptr);
  EXPECT_EQ(index.find_by_end(""), nullptr);
  EXPECT_TRUE(index.insert(make({1, "", "b"})));
  EXPECT_TRUE(index.insert(make({3, "d", ""})));
  EXPECT_EQ(id_of(index.find("")), 1u);
  EXPECT_EQ(id_of(index.find("a")), 1u);
  EXPECT_EQ(index.find("b"), nullptr);
  EXPECT_EQ(id_of(index.find("d")), 3u);
  EXPECT_EQ(id_of(index.find_by_end("b")), 1u);
  EXPECT_EQ(index.find_by_end("c"), nullptr);
  EXPECT_EQ(index.find_by_end("d"), nullptr);
  EXPECT_EQ(id_of(index.find_by_end("da")), 3u);
  EXPECT_EQ(id_of(index.find_by_end("")), 3u);
  EXPECT_EQ(id_of(index.find_by_id(3)), 3u);
  EXPECT_EQ(index.find_by_id(2), nullptr);
}

TEST(RegionIndex, ASplitReplacesWhatItCameFrom) {
  RegionIndex index;
  const RegionRef whole = make({1, "", ""});
  index.insert(whole);
  EXPECT_TRUE(index.insert(make({1, "", "m", 2})));
  EXPECT_FALSE(whole->state.usable);
  EXPECT_EQ(index.find("n"), nullptr);
  EXPECT_TRUE(index.insert(make({2, "m", "", 2})));
  EXPECT_EQ(id_of(index.find("a")), 1u);
  EXPECT_EQ(id_of(index.find("n")), 2u);
  EXPECT_EQ(index.size(), 2u);
}

TEST(RegionIndex, AMergeReplacesBoth) {
  RegionIndex index;
  index.insert(make({1, "", "m", 2}));
  index.insert(make({2, "m", "", 2}));
  EXPECT_TRUE(index.insert(make({2, "", "", 3})));
  EXPECT_EQ(index.size(), 1u);
  EXPECT_EQ(id_of(index.find("a")), 2u);
  EXPECT_EQ(index.find_by_id(1), nullptr);
}

TEST(RegionIndex, WhatIsOlderStaysOut) {
  RegionIndex index;
  const RegionRef left = make({1, "", "m", 5, 3});
  index.insert(left);
  index.insert(make({2, "m", "", 5}));
  EXPECT_FALSE(index.insert(make({1, "", "", 4, 3}))) << "before the split";
  EXPECT_FALSE(index.insert(make({1, "", "m", 5, 2}))) << "before a change of peers";
  EXPECT_FALSE(index.insert(make({9, "a", "b", 4}))) << "overlaps something newer";
  EXPECT_EQ(index.find("a"), left);
  EXPECT_EQ(index.size(), 2u);

  // Also when what is there is known to be out of date by now.
  left->state.usable = false;
  EXPECT_FALSE(index.insert(make({1, "", "", 4, 3})));
  EXPECT_EQ(index.find("a"), nullptr);
  EXPECT_TRUE(index.insert(make({1, "", "m", 5, 3}))) << "the same again: that is how it is";
  EXPECT_EQ(id_of(index.find("a")), 1u);
}

TEST(RegionIndex, ARegionThatMovedElsewhereLeavesItsOldPlace) {
  RegionIndex index;
  index.insert(make({1, "a", "b", 1}));
  EXPECT_TRUE(index.insert(make({1, "c", "d", 2})));
  EXPECT_EQ(index.find("a"), nullptr);
  EXPECT_EQ(id_of(index.find("c")), 1u);
  EXPECT_EQ(index.size(), 1u);
}

TEST(RegionIndex, KeepsTheLeaderItKnewUnlessTold) {
  RegionIndex index;
  const RegionRef old = make({1, "", "", 1});
  old->state.leader = 2;
  index.insert(old);
  const RegionRef without = make({1, "", "", 2});
  index.insert(without, false);
  EXPECT_EQ(without->state.leader, 2u);
  const RegionRef with = make({1, "", "", 3});
  index.insert(with, true);
  EXPECT_EQ(with->state.leader, 0u);
}

TEST(RegionIndex, GapsAreWhatOneLookUpIsSharedFor) {
  RegionIndex index;
  EXPECT_EQ(index.gap("k", false), KeyRange::all());
  const RegionRef middle = make({2, "d", "g"});
  index.insert(middle);
  index.insert(make({4, "m", "p"}));
  EXPECT_EQ(index.gap("a", false), KeyRange("", "d"));
  EXPECT_EQ(index.gap("h", false), KeyRange("g", "m"));
  EXPECT_EQ(index.gap("x", false), KeyRange("p", ""));
  EXPECT_EQ(index.gap("m", true), KeyRange("g", "m"));
  EXPECT_EQ(index.gap("", true), KeyRange("p", ""));
  // A region that is out of date is a gap of its own size.
  middle->state.usable = false;
  EXPECT_EQ(index.gap("e", false), KeyRange("d", "g"));
  EXPECT_EQ(index.gap("g", true), KeyRange("d", "g"));
}

// Against a slow model: random splits and merges arrive in any order, and the newest picture of each key wins.
TEST(RegionIndex, TheNewestPictureOfEachKeyWins) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    std::mt19937 random(seed);
    // The true history: regions by start, each step splits or merges.
    std::map<char, Spec> now{{'a', {1, "a", "z", 1}}};
    std::vector<Spec> history{now.at('a')};
    std::uint64_t next_id = 2;
    for (int step = 0; step < 30; ++step) {
      auto at = std::next(now.begin(), static_cast<std::ptrdiff_t>(random() % now.size()));
      Spec& region = at->second;
      if (const auto right = std::next(at); random() % 2 == 0 && right != now.end()) {
        region.end = right->second.end;
        region.version = std::max(region.version, right->second.version) + 1;
        now.erase(right);
        history.push_back(region);
      } else if (region.end[0] - region.start[0] > 1) {
        const char middle =
            static_cast<char>(region.start[0] + 1 +
                              static_cast<char>(random() % static_cast<unsigned>(region.end[0] - region.start[0] - 1)));
        const Spec half{next_id++, std::string(1, middle), region.end, ++region.version};
        region.end = half.start;
        history.push_back(region);
        history.push_back(half);
        now.emplace(middle, half);
      }
    }
    // All of it reaches the index in a random order, the present at some point.
    std::shuffle(history.begin(), history.end(), random);
    RegionIndex index;
    for (const Spec& spec : history) index.insert(make(spec));
    for (const auto& [start, spec] : now) index.insert(make(spec));
    for (const auto& [start, spec] : now) {
      const RegionRef& found = index.find(spec.start);
      ASSERT_NE(found, nullptr) << "seed " << seed;
      EXPECT_EQ(found->id, spec.id) << "seed " << seed;
      EXPECT_EQ(found->epoch_version, spec.version);
      EXPECT_EQ(found->end_key, spec.end);
    }
    EXPECT_EQ(index.size(), now.size());
  }
}

}  // namespace
}  // namespace tikv::region
