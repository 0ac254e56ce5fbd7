#include "words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tikv::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Words, AreApartByBlanks) {
  EXPECT_THAT(*words_of("  raw get\tk \r"), ElementsAre("raw", "get", "k"));
  EXPECT_THAT(*words_of(""), IsEmpty());
}

TEST(Words, QuotesKeepBlanksAndEachOther) {
  EXPECT_THAT(*words_of(R"(put k "one chair" 'say "hi"' a'b c'd '')"),
              ElementsAre("put", "k", "one chair", "say \"hi\"", "ab cd", ""));
}

TEST(Words, BackslashesAreTheValuesOwn) {
  EXPECT_THAT(*words_of(R"(a\x00 b\ "c\n")"), ElementsAre("a\\x00", "b\\", "c\\n"));
}

TEST(Words, CommentsBeginWhereWordsCould) {
  EXPECT_THAT(*words_of("get a#b # the rest"), ElementsAre("get", "a#b"));
  EXPECT_THAT(*words_of("# nothing"), IsEmpty());
}

TEST(Words, OpenQuotesAreErrors) {
  EXPECT_EQ(words_of("put k 'v").error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(words_of("\"").error().message(), "a quote is open at the end of the line");
}

}  // namespace
}  // namespace tikv::cli
