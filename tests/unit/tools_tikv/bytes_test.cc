#include "bytes.h"

#include <gtest/gtest.h>

#include "random_bytes.h"

namespace tikv::cli {
namespace {

TEST(Bytes, EscapedShowsWhatCanBeRead) {
  EXPECT_EQ(print_bytes("user/1 ok", Form::kEscaped), "user/1 ok");
  EXPECT_EQ(print_bytes(std::string("a\0\t\n\r\\\x7f", 7), Form::kEscaped), "a\\x00\\t\\n\\r\\\\\\x7f");
  EXPECT_EQ(print_bytes("Gr\xc3\xbc\xc3\x9f\x65 \xe2\x82\xac", Form::kEscaped), "Gr\xc3\xbc\xc3\x9f\x65 \xe2\x82\xac");
  // Broken UTF-8, a surrogate, an overlong form, and a control character that UTF-8 can spell.
  EXPECT_EQ(print_bytes("\xc3(\xed\xa0\x80\xc0\x80\xc2\x9b", Form::kEscaped),
            "\\xc3(\\xed\\xa0\\x80\\xc0\\x80\\xc2\\x9b");
}

TEST(Bytes, EscapedTakesMoreThanItPrints) {
  EXPECT_EQ(parse_bytes("\\@\\-\\\"\\'\\ \\0\\x4A\\x4a", Form::kEscaped), std::string("@-\"' \0JJ", 8));
}

TEST(Bytes, BadTextSaysWhere) {
  const auto message = [](std::string_view text, Form form) { return parse_bytes(text, form).error().message(); };
  EXPECT_EQ(message("ab\\x1", Form::kEscaped), "\\x without two hexadecimal digits at byte 2");
  EXPECT_EQ(message("ab\\", Form::kEscaped), "a backslash with nothing after it at byte 2");
  EXPECT_EQ(message("C:\\users", Form::kEscaped), "an unknown escape (a backslash itself is \\\\) at byte 2");
  EXPECT_EQ(message("abc", Form::kHex), "an odd number of hexadecimal digits at byte 3");
  EXPECT_EQ(message("abxy", Form::kHex), "no hexadecimal digit at byte 2");
}

TEST(Bytes, AllFormsComeBackAsTheyWere) {
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    const std::string bytes = random_bytes(random, 40);
    for (const Form form : {Form::kEscaped, Form::kText, Form::kHex}) {
      ASSERT_EQ(parse_bytes(print_bytes(bytes, form), form), bytes) << print_bytes(bytes, Form::kHex);
    }
  }
}

TEST(Bytes, EscapedTextIsUtf8OnOneLine) {
  std::mt19937 random(2);
  for (int i = 0; i < 20000; ++i) {
    const std::string text = print_bytes(random_bytes(random, 40), Form::kEscaped);
    ASSERT_TRUE(is_utf8(text));
    ASSERT_EQ(text.find_first_of(std::string_view("\t\n\r\0\x1b", 5)), std::string::npos);
  }
}

TEST(Bytes, AnyTextIsParsedOrRefused) {
  std::mt19937 random(3);
  for (int i = 0; i < 20000; ++i) {
    const std::string text = random_bytes(random, 40);
    for (const Form form : {Form::kEscaped, Form::kHex}) {
      const auto bytes = parse_bytes(text, form);
      if (bytes) ASSERT_EQ(parse_bytes(print_bytes(*bytes, form), form), *bytes);
      if (!bytes) ASSERT_EQ(bytes.error().kind(), ErrorKind::kInvalidArgument);
    }
  }
}

TEST(Bytes, ColumnsAreCharacters) {
  EXPECT_EQ(columns_of(""), 0u);
  EXPECT_EQ(columns_of("abc"), 3u);
  EXPECT_EQ(columns_of("\xc3\xa4\xe2\x82\xac"), 2u);
}

}  // namespace
}  // namespace tikv::cli
