#include "tsv.h"

#include <gtest/gtest.h>

#include "random_bytes.h"

namespace tikv::cli {
namespace {

std::string why(std::string_view line, Form form = Form::kEscaped) {
  const auto pair = parse_line(line, form, form);
  return pair ? "it is good" : pair.error().message();
}

TEST(Tsv, ALineIsAKeyATabAndAValue) {
  EXPECT_EQ(parse_line("k\tv w", Form::kEscaped, Form::kEscaped), KvPair("k", "v w"));
  EXPECT_EQ(parse_line("6b\t\\x00", Form::kHex, Form::kEscaped), KvPair("k", std::string(1, '\0')));
  EXPECT_EQ(parse_line("k\t", Form::kEscaped, Form::kEscaped), KvPair("k", ""));
}

TEST(Tsv, CarriageReturnsBelongToTheLineEndButInTheTextForm) {
  EXPECT_EQ(parse_line("k\tv\r", Form::kEscaped, Form::kEscaped), KvPair("k", "v"));
  EXPECT_EQ(parse_line("k\tv\r", Form::kText, Form::kText), KvPair("k", "v\r"));
}

TEST(Tsv, BadLinesSayWhy) {
  EXPECT_EQ(why(""), "no tab between key and value");
  EXPECT_EQ(why("key value"), "no tab between key and value");
  EXPECT_EQ(why("k\tv\tw"), "more than one tab (in a value it is \\t)");
  EXPECT_EQ(why("\tv"), "the key is empty");
  EXPECT_EQ(why("k\\q\tv"), "key: an unknown escape (a backslash itself is \\\\) at byte 1");
  EXPECT_EQ(why("6b\tzz", Form::kHex), "value: no hexadecimal digit at byte 0");
}

TEST(Tsv, TheTextFormRefusesWhatItCannotHold) {
  EXPECT_EQ(print_line(KvPair("k", "v"), Form::kText, Form::kText), "k\tv\n");
  EXPECT_FALSE(print_line(KvPair("a\tb", "v"), Form::kText, Form::kText));
  EXPECT_FALSE(print_line(KvPair("k", "v\nw"), Form::kEscaped, Form::kText));
}

TEST(Tsv, AnyPairComesBackAsItWas) {
  std::mt19937 random(5);
  for (int i = 0; i < 20000; ++i) {
    const KvPair pair("k" + random_bytes(random, 20), random_bytes(random, 40));
    for (const Form form : {Form::kEscaped, Form::kHex}) {
      const auto line = print_line(pair, form, form);
      ASSERT_TRUE(line);
      ASSERT_EQ(line->find('\n'), line->size() - 1);
      ASSERT_EQ(parse_line(std::string_view(*line).substr(0, line->size() - 1), form, form), pair);
    }
  }
}

TEST(Tsv, AnyLineIsParsedOrRefused) {
  std::mt19937 random(6);
  for (int i = 0; i < 20000; ++i) {
    const std::string line = random_bytes(random, 40);
    for (const Form form : {Form::kEscaped, Form::kText, Form::kHex}) {
      const auto pair = parse_line(line, form, form);
      if (pair) ASSERT_FALSE(pair->key.empty());
      if (!pair) ASSERT_EQ(pair.error().kind(), ErrorKind::kInvalidArgument);
    }
  }
}

}  // namespace
}  // namespace tikv::cli
