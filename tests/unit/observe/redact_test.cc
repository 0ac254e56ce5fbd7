#include <gtest/gtest.h>
#include <tikv/key.h>
#include <tikv/redaction.h>

#include "base/redact.h"

namespace tikv {
namespace {

TEST(Redact, LeavesKeysAsTheyAreWhenOff) { EXPECT_EQ(key_text("abc", Redaction::kOff), key_text("abc")); }

TEST(Redact, PutsAQuestionMarkInTheirPlaceWhenOn) {
  EXPECT_EQ(key_text("abc", Redaction::kOn), "?");
  EXPECT_EQ(base::redacted("key abc not in region", Redaction::kOn), "?");
}

TEST(Redact, MarksThemWithMarkers) { EXPECT_EQ(key_text("abc", Redaction::kMarker), "‹616263›"); }

TEST(Redact, DoublesMarkersThatATextHolds) {
  EXPECT_EQ(base::redacted("a‹b›c", Redaction::kMarker), "‹a‹‹b››c›");
  EXPECT_EQ(base::redacted("", Redaction::kMarker), "‹›");
}

}  // namespace
}  // namespace tikv
