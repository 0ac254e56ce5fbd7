#include "script.h"

#include <gtest/gtest.h>

#include "random_bytes.h"

namespace tikv::cli {
namespace {

using Kind = Operation::Kind;

Result<Script> parse(std::string_view text) { return parse_script(text, Form::kEscaped, Form::kEscaped); }
std::string why(std::string_view text) {
  const auto script = parse(text);
  return script ? "it is good" : script.error().message();
}

TEST(Script, HasOneOperationALine) {
  const auto script = parse("# stock\nget a\n\nput b 'one chair'\nscan a \"\" 10\nscan a b\nexpect-absent c");
  ASSERT_TRUE(script);
  ASSERT_EQ(script->size(), 5u);
  EXPECT_EQ((*script)[0].kind, Kind::kGet);
  EXPECT_EQ((*script)[0].line, 2u);
  EXPECT_EQ((*script)[1].kind, Kind::kPut);
  EXPECT_EQ((*script)[1].key, "b");
  EXPECT_EQ((*script)[1].value, "one chair");
  EXPECT_EQ((*script)[2].key, "a");
  EXPECT_EQ((*script)[2].value, "");
  EXPECT_EQ((*script)[2].limit, 10u);
  EXPECT_EQ((*script)[3].limit, 0u);
  EXPECT_EQ((*script)[4].line, 7u);
}

TEST(Script, KeysAndValuesHaveTheirForms) {
  const auto script = parse_script("put 6b a\\x00b", Form::kHex, Form::kEscaped);
  ASSERT_TRUE(script);
  EXPECT_EQ(script->front().key, "k");
  EXPECT_EQ(script->front().value, std::string("a\0b", 3));
}

TEST(Script, ErrorsNameTheLine) {
  EXPECT_EQ(why("get a\nfetch b"), "line 2: no operation 'fetch'");
  EXPECT_EQ(why("put a"), "line 1: usage: put KEY VALUE");
  EXPECT_EQ(why("get a b"), "line 1: usage: get KEY");
  EXPECT_EQ(why("scan a b many"), "line 1: 'many' is no number");
  EXPECT_EQ(why("\nget 'a"), "line 2: a quote is open at the end of the line");
  EXPECT_EQ(why("get \\q"), "line 1: an unknown escape (a backslash itself is \\\\) at byte 0");
}

TEST(Script, NamesComeBack) {
  for (const Kind kind : {Kind::kGet, Kind::kScan, Kind::kPut, Kind::kInsert, Kind::kDelete, Kind::kExpect,
                          Kind::kExpectAbsent, Kind::kExpectExists}) {
    EXPECT_NE(script_help().find("  " + std::string(name_of(kind)) + " "), std::string::npos);
  }
}

TEST(Script, AnyTextIsParsedOrRefused) {
  std::mt19937 random(8);
  for (int i = 0; i < 5000; ++i) {
    const auto script = parse("get " + random_bytes(random, 30));
    if (!script) ASSERT_EQ(script.error().kind(), ErrorKind::kInvalidArgument);
  }
}

}  // namespace
}  // namespace tikv::cli
