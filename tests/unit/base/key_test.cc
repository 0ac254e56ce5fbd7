#include <gtest/gtest.h>
#include <tikv/key.h>

namespace tikv {
namespace {

TEST(KeyRange, PrefixHoldsExactlyTheKeysThatBeginWithIt) {
  const KeyRange range = KeyRange::prefix("user/");
  EXPECT_TRUE(range.contains("user/"));
  EXPECT_TRUE(range.contains("user/\xFF\xFF"));
  EXPECT_FALSE(range.contains("user"));
  EXPECT_FALSE(range.contains("user0"));
}

TEST(KeyRange, PrefixOfHighestBytesHasNoUpperBorder) {
  EXPECT_EQ(prefix_end("\xFF\xFF"), "");
  EXPECT_EQ(prefix_end("a\xFF"), "b");
  EXPECT_EQ(KeyRange::prefix(""), KeyRange::all());
}

TEST(KeyRange, TellsEmptyFromReversedFromUnbounded) {
  EXPECT_TRUE(KeyRange("a", "a").empty());
  EXPECT_FALSE(KeyRange("a", "a").reversed());
  EXPECT_TRUE(KeyRange("b", "a").reversed());
  EXPECT_FALSE(KeyRange("b", "").reversed());
  EXPECT_FALSE(KeyRange::all().empty());
}

TEST(Key, NextKeyIsTheFirstAfterIt) {
  const std::string next = next_key("a");
  EXPECT_GT(next, "a");
  EXPECT_LT(next, std::string("a\0\0", 3));
  EXPECT_EQ(next.size(), 2U);
}

TEST(Key, TextIsHexAndBounded) {
  EXPECT_EQ(key_text(std::string("\x00\xABz", 3)), "00AB7A");
  EXPECT_EQ(key_text(std::string(100, 'a')), [] {
    std::string expected;
    for (int i = 0; i < 32; ++i) expected += "61";
    return expected + "... (100 bytes)";
  }());
}

}  // namespace
}  // namespace tikv
