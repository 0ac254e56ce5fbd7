#include "raw/last_of_each.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tikv/key.h>

namespace tikv::raw {
namespace {

using testing::ElementsAre;

constexpr auto key_of = [](const KvPair& pair) -> const std::string& { return pair.key; };

TEST(LastOfEach, SortsAndKeepsTheLastOfEquals) {
  std::vector<KvPair> pairs{{"b", "1"}, {"a", "2"}, {"b", "3"}, {"c", "4"}, {"b", "5"}};
  keep_last_of_each(pairs, key_of);
  EXPECT_THAT(pairs, ElementsAre(KvPair("a", "2"), KvPair("b", "5"), KvPair("c", "4")));
}

TEST(LastOfEach, LeavesWhatIsInOrder) {
  std::vector<KvPair> pairs{{"a", "1"}, {"b", "2"}};
  keep_last_of_each(pairs, key_of);
  EXPECT_THAT(pairs, ElementsAre(KvPair("a", "1"), KvPair("b", "2")));
}

TEST(LastOfEach, EqualNeighboursInOrderAreFoundToo) {
  std::vector<KvPair> pairs{{"a", "1"}, {"a", "2"}};
  keep_last_of_each(pairs, key_of);
  EXPECT_THAT(pairs, ElementsAre(KvPair("a", "2")));
  std::vector<KvPair> none;
  keep_last_of_each(none, key_of);
  EXPECT_TRUE(none.empty());
}

}  // namespace
}  // namespace tikv::raw
