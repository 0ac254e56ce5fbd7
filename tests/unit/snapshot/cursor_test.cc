#include <gtest/gtest.h>

#include "snapshot/page_source.h"

namespace tikv::snapshot {
namespace {

region::Region a_region(std::string start, std::string end) {
  region::Region region;
  region.start_key = std::move(start);
  region.end_key = std::move(end);
  return region;
}

TEST(Cursor, GoesForwardFromRegionToRegion) {
  Cursor cursor(KeyRange("b", "x"), Direction::kForward);
  EXPECT_EQ(cursor.position(), "b");
  const region::Region first = a_region("a", "k");
  EXPECT_EQ(cursor.limit_in(first), "k");
  cursor.pass("c");
  EXPECT_EQ(cursor.position(), std::string("c\0", 2));
  cursor.leave(first);
  EXPECT_EQ(cursor.position(), "k");
  EXPECT_FALSE(cursor.at_end());
  const region::Region last = a_region("k", "");
  EXPECT_EQ(cursor.limit_in(last), "x");
  cursor.leave(last);
  EXPECT_TRUE(cursor.at_end());
}

TEST(Cursor, GoesBackFromRegionToRegion) {
  Cursor cursor(KeyRange("b", "x"), Direction::kReverse);
  EXPECT_EQ(cursor.position(), "x");
  const region::Region last = a_region("k", "");
  EXPECT_EQ(cursor.limit_in(last), "k");
  cursor.pass("m");
  EXPECT_EQ(cursor.position(), "m");
  cursor.leave(last);
  EXPECT_EQ(cursor.position(), "k");
  EXPECT_FALSE(cursor.at_end());
  const region::Region first = a_region("", "k");
  EXPECT_EQ(cursor.limit_in(first), "b");
  cursor.leave(first);
  EXPECT_TRUE(cursor.at_end());
}

TEST(Cursor, WithoutBordersEndsWhereTheKeysEnd) {
  Cursor forward(KeyRange::all(), Direction::kForward);
  EXPECT_FALSE(forward.at_end());
  EXPECT_EQ(forward.limit_in(a_region("", "k")), "k");
  forward.leave(a_region("", "k"));
  EXPECT_FALSE(forward.at_end());
  forward.leave(a_region("k", ""));
  EXPECT_TRUE(forward.at_end());

  Cursor reverse(KeyRange::all(), Direction::kReverse);
  EXPECT_EQ(reverse.request_start(3), "\xFF\xFF\xFF\xFF");
  reverse.leave(a_region("k", ""));
  EXPECT_FALSE(reverse.at_end());
  EXPECT_EQ(reverse.request_start(3), "k");
  reverse.leave(a_region("", "k"));
  EXPECT_TRUE(reverse.at_end());
}

TEST(Cursor, AFullPageMayEndAtTheBorder) {
  Cursor forward(KeyRange("a", std::string("b\0", 2)), Direction::kForward);
  forward.pass("b");
  EXPECT_TRUE(forward.at_end());
  Cursor reverse(KeyRange("b", "x"), Direction::kReverse);
  reverse.pass("b");
  EXPECT_TRUE(reverse.at_end());
}

TEST(Cursor, AnEmptyRangeIsAtItsEnd) {
  EXPECT_TRUE(Cursor(KeyRange("a", "a"), Direction::kForward).at_end());
  EXPECT_TRUE(Cursor(KeyRange("a", "a"), Direction::kReverse).at_end());
}

TEST(CheckScan, RefusesWhatCantBeScanned) {
  EXPECT_TRUE(check_scan(KeyRange("a", "a"), ScanOptions(), Redaction::kOff).has_value());
  EXPECT_EQ(check_scan(KeyRange("b", "a"), ScanOptions(), Redaction::kOff).error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(check_scan(KeyRange("a", "b"), ScanOptions{.page = 0}, Redaction::kOff).error().kind(),
            ErrorKind::kInvalidArgument);
  EXPECT_EQ(check_scan(KeyRange("a", "b"), ScanOptions{.page = kMaxScanPage + 1}, Redaction::kOff).error().kind(),
            ErrorKind::kInvalidArgument);
  EXPECT_TRUE(check_scan(KeyRange("a", "b"), ScanOptions{.page = kMaxScanPage}, Redaction::kOff).has_value());
}

}  // namespace
}  // namespace tikv::snapshot
