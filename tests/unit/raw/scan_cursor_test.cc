#include "raw/scan_cursor.h"

#include <gtest/gtest.h>

namespace tikv::raw {
namespace {

constexpr std::size_t kLongestKey = 3;
constexpr auto kForward = ScanCursor::Direction::kForward;
constexpr auto kReverse = ScanCursor::Direction::kReverse;

TEST(ScanCursor, ForwardAsksEachRegionForItsPartOfTheRange) {
  ScanCursor cursor(KeyRange("b", "x"), kForward, kLongestKey);
  EXPECT_EQ(cursor.position(), "b");
  EXPECT_EQ(cursor.borders("", "m").start, "b");
  EXPECT_EQ(cursor.borders("", "m").end, "m");
  cursor.finish_region("", "m");
  EXPECT_EQ(cursor.position(), "m");
  EXPECT_FALSE(cursor.done());
  EXPECT_EQ(cursor.borders("m", "").start, "m");
  EXPECT_EQ(cursor.borders("m", "").end, "x");
  cursor.finish_region("m", "");
  EXPECT_TRUE(cursor.done());
}

TEST(ScanCursor, ReverseAsksFromTheEndDownToTheRegionsStart) {
  ScanCursor cursor(KeyRange("b", "x"), kReverse, kLongestKey);
  EXPECT_EQ(cursor.position(), "x");
  EXPECT_EQ(cursor.borders("m", "").start, "x");
  EXPECT_EQ(cursor.borders("m", "").end, "m");
  cursor.finish_region("m", "");
  EXPECT_EQ(cursor.position(), "m");
  EXPECT_EQ(cursor.borders("", "m").start, "m");
  EXPECT_EQ(cursor.borders("", "m").end, "b");
  cursor.finish_region("", "m");
  EXPECT_TRUE(cursor.done());
}

TEST(ScanCursor, AFullAnswerMovesItPastTheLastKey) {
  ScanCursor forward(KeyRange("a", "z"), kForward, kLongestKey);
  forward.read_up_to("c");
  EXPECT_EQ(forward.position(), std::string("c\0", 2));
  ScanCursor reverse(KeyRange("a", "z"), kReverse, kLongestKey);
  reverse.read_up_to("c");
  EXPECT_EQ(reverse.position(), "c");
  reverse.read_up_to("a");
  EXPECT_TRUE(reverse.done());
}

TEST(ScanCursor, TheWholeKeySpaceEndsWithTheLastRegion) {
  ScanCursor forward(KeyRange::all(), kForward, kLongestKey);
  EXPECT_EQ(forward.position(), "");
  EXPECT_EQ(forward.borders("", "").end, "");
  forward.finish_region("", "");
  EXPECT_TRUE(forward.done());

  ScanCursor reverse(KeyRange::all(), kReverse, kLongestKey);
  EXPECT_EQ(reverse.position(), "");
  EXPECT_EQ(reverse.borders("m", "").start, "\xFF\xFF\xFF\xFF") << "above every key of three bytes";
  reverse.finish_region("m", "");
  EXPECT_FALSE(reverse.done());
  reverse.finish_region("", "m");
  EXPECT_TRUE(reverse.done());
}

TEST(ScanCursor, AnEmptyRangeIsDoneFromTheStart) {
  EXPECT_TRUE(ScanCursor(KeyRange("k", "k"), kForward, kLongestKey).done());
  EXPECT_TRUE(ScanCursor(KeyRange("k", "k"), kReverse, kLongestKey).done());
}

TEST(ScanCursor, ARegionThatEndsWithTheRangeIsTheLast) {
  ScanCursor forward(KeyRange("a", "m"), kForward, kLongestKey);
  forward.finish_region("", "m");
  EXPECT_TRUE(forward.done());
  ScanCursor reverse(KeyRange("m", "z"), kReverse, kLongestKey);
  reverse.finish_region("m", "");
  EXPECT_TRUE(reverse.done());
}

}  // namespace
}  // namespace tikv::raw
