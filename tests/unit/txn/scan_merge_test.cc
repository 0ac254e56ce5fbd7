#include "txn/scan_merge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace tikv::txn {
namespace {

using snapshot::Direction;

std::vector<KvPair> pairs(std::initializer_list<std::string> keys) {
  std::vector<KvPair> out;
  for (const std::string& key : keys) out.emplace_back(key, "stored " + key);
  return out;
}

TEST(ScanMerge, WritesComeInBetweenOverAndInsteadOf) {
  WriteBuffer writes{TransactionLimits()};
  (void)writes.put("b", "own b");
  (void)writes.put("c", "own c");
  (void)writes.remove("d");
  ScanMerge merge(KeyRange("a", "z"), Direction::kForward, false);
  EXPECT_TRUE(merge.take(writes, 10).empty()) << "nothing is known yet";
  merge.feed(pairs({"a", "c", "d", "e"}), "");
  merge.feed_end();
  const std::vector<KvPair> expected = {KvPair("a", "stored a"), KvPair("b", "own b"), KvPair("c", "own c"),
                                        KvPair("e", "stored e")};
  EXPECT_EQ(merge.take(writes, 10), expected);
  EXPECT_TRUE(merge.at_end());
}

TEST(ScanMerge, WritesBeyondWhatIsKnownWait) {
  WriteBuffer writes{TransactionLimits()};
  (void)writes.put("b", "own b");
  (void)writes.put("m", "own m");
  ScanMerge merge(KeyRange("a", "z"), Direction::kForward, false);
  merge.feed(pairs({"a"}), "k");
  EXPECT_EQ(merge.take(writes, 10).size(), 2u);
  EXPECT_TRUE(merge.take(writes, 10).empty());
  EXPECT_FALSE(merge.at_end());
  merge.feed(pairs({"l", "n"}), "z");
  merge.feed_end();
  EXPECT_EQ(merge.take(writes, 2).size(), 2u);
  EXPECT_FALSE(merge.at_end());
  EXPECT_EQ(merge.take(writes, 2).front().key, "n");
  (void)merge.take(writes, 2);
  EXPECT_TRUE(merge.at_end());
}

TEST(ScanMerge, GoesBackTheSameWay) {
  WriteBuffer writes{TransactionLimits()};
  (void)writes.put("b", "own b");
  (void)writes.put("c", "own c");
  (void)writes.remove("d");
  (void)writes.put("z", "outside");
  ScanMerge merge(KeyRange("b", "z"), Direction::kReverse, false);
  merge.feed(pairs({"e", "d", "c"}), "c");
  const std::vector<KvPair> first = {KvPair("e", "stored e"), KvPair("c", "own c")};
  EXPECT_EQ(merge.take(writes, 10), first);
  merge.feed({}, "b");
  merge.feed_end();
  const std::vector<KvPair> second = {KvPair("b", "own b")};
  EXPECT_EQ(merge.take(writes, 10), second);
  EXPECT_TRUE(merge.at_end());
}

TEST(ScanMerge, KeyOnlyLeavesValuesOut) {
  WriteBuffer writes{TransactionLimits()};
  (void)writes.put("b", "own b");
  ScanMerge merge(KeyRange::all(), Direction::kForward, true);
  merge.feed({}, "");
  merge.feed_end();
  const std::vector<KvPair> expected = {KvPair("b", "")};
  EXPECT_EQ(merge.take(writes, 10), expected);
}

TEST(ScanMerge, AnEmptyRangeIsAtItsEnd) {
  EXPECT_TRUE(ScanMerge(KeyRange("a", "a"), Direction::kForward, false).at_end());
}

// Random contents, random cuts: always what a map that holds both would give.
std::vector<std::string> keys_of(const WriteBuffer& writes, const KeyRange& range, Direction direction) {
  ScanMerge merge(range, direction, false);
  merge.feed_end();
  std::vector<std::string> keys;
  while (!merge.at_end())
    for (const KvPair& pair : merge.take(writes, 100)) keys.push_back(pair.key);
  return keys;
}

TEST(ScanMerge, WritesOutsideTheRangeAreNotInIt) {
  WriteBuffer writes{TransactionLimits()};
  (void)writes.put("bb", "own");
  for (const KeyRange& range :
       {KeyRange("bb", "bb"), KeyRange("baa", "bab"), KeyRange("bba", ""), KeyRange("", "bb")}) {
    EXPECT_TRUE(keys_of(writes, range, Direction::kForward).empty()) << range.start << " to " << range.end;
    EXPECT_TRUE(keys_of(writes, range, Direction::kReverse).empty()) << range.end << " down to " << range.start;
  }
}

TEST(ScanMerge, BeginsAndEndsAnywhereAmongTheWrites) {
  WriteBuffer writes{TransactionLimits()};
  EXPECT_TRUE(keys_of(writes, KeyRange::all(), Direction::kForward).empty());
  std::vector<std::string> keys;
  for (int i = 1000; i < 3000; i += 2) {
    keys.push_back("row" + std::to_string(i));
    // One that the other begins with comes first.
    keys.push_back(keys.back() + "_column");
  }
  for (const std::string& key : keys) (void)writes.put(key, key);
  const std::string borders[] = {"",        "row",  "row1000", "row1000_", "row1001", "row1500", "row2000_column",
                                 "row2998", "row3", "s"};
  for (const std::string& start : borders) {
    for (const std::string& end : borders) {
      const KeyRange range(start, end);
      if (range.reversed()) continue;
      SCOPED_TRACE(start + " to " + end);
      std::vector<std::string> inside;
      for (const std::string& key : keys)
        if (range.contains(key)) inside.push_back(key);
      EXPECT_EQ(keys_of(writes, range, Direction::kForward), inside);
      std::reverse(inside.begin(), inside.end());
      EXPECT_EQ(keys_of(writes, range, Direction::kReverse), inside);
    }
  }
}

TEST(ScanMerge, AgreesWithAMap) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto key = [&] { return std::string(1, static_cast<char>('a' + random() % 20)); };
    std::map<std::string, std::string> stored;
    for (int i = 0; i < 10; ++i) stored[key()] = "stored";
    WriteBuffer writes{TransactionLimits()};
    std::map<std::string, std::string> both = stored;
    for (int i = 0; i < 8; ++i) {
      const std::string k = key();
      if (random() % 3 == 0) {
        (void)writes.remove(k);
        both.erase(k);
      } else {
        (void)writes.put(k, "own");
        both[k] = "own";
      }
    }
    std::string low = key();
    std::string high = key();
    if (high < low) std::swap(low, high);
    const bool forward = random() % 2 == 0;
    const KeyRange range(low, high);
    std::vector<KvPair> expected;
    for (const auto& [k, v] : both) {
      if (range.contains(k)) expected.emplace_back(k, v);
    }
    std::vector<KvPair> there;
    for (const auto& [k, v] : stored) {
      if (range.contains(k)) there.emplace_back(k, v);
    }
    if (!forward) {
      std::reverse(expected.begin(), expected.end());
      std::reverse(there.begin(), there.end());
    }

    ScanMerge merge(range, forward ? Direction::kForward : Direction::kReverse, false);
    std::vector<KvPair> given;
    std::size_t fed = 0;
    bool all_fed = false;
    while (!merge.at_end()) {
      for (KvPair& pair : merge.take(writes, 1 + random() % 3)) given.push_back(std::move(pair));
      if (random() % 2 == 0 || all_fed) continue;
      const std::size_t more = std::min<std::size_t>(random() % 4, there.size() - fed);
      std::vector<KvPair> piece(there.begin() + static_cast<std::ptrdiff_t>(fed),
                                there.begin() + static_cast<std::ptrdiff_t>(fed + more));
      fed += more;
      all_fed = fed == there.size();
      if (!all_fed && piece.empty()) continue;
      std::string border = piece.empty() ? low : (forward ? next_key(piece.back().key) : piece.back().key);
      merge.feed(std::move(piece), std::move(border));
      if (all_fed) merge.feed_end();
    }
    EXPECT_EQ(given, expected);
  }
}

}  // namespace
}  // namespace tikv::txn
