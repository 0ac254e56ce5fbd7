#include "json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bytes.h"
#include "random_bytes.h"

namespace tikv::cli {
namespace {

TEST(Json, HasAllKindsOfValues) {
  const Json json = Json::Object{{"null", Json()},
                                 {"flags", Json::Array{true, false}},
                                 {"count", Json::number(18446744073709551615ULL)},
                                 {"below", Json::integer(-7)},
                                 {"id", Json::id(461234567890123456)},
                                 {"empty", Json::Array{}},
                                 {"nothing", Json::Object{}},
                                 {"text", "a\"b"}};
  EXPECT_EQ(json.dump(), R"({"null":null,"flags":[true,false],"count":18446744073709551615,"below":-7,)"
                         R"("id":"461234567890123456","empty":[],"nothing":{},"text":"a\"b"})");
}

TEST(Json, BytesThatAreNoUtf8AreHex) {
  EXPECT_EQ(Json::bytes("k\xc3\xa4se").dump(), "\"k\xc3\xa4se\"");
  EXPECT_EQ(Json::bytes(std::string("\0\x01", 2)).dump(), "\"\\u0000\\u0001\"");
  EXPECT_EQ(Json::bytes("\xff").dump(), R"({"hex":"ff"})");
}

TEST(Json, AnotherParserReadsTheSameBytes) {
  std::mt19937 random(4);
  for (int i = 0; i < 20000; ++i) {
    const std::string bytes = random_bytes(random, 30);
    const auto parsed = nlohmann::json::parse(Json::bytes(bytes).dump());
    if (parsed.is_string()) {
      ASSERT_EQ(parsed.get<std::string>(), bytes);
    } else {
      ASSERT_EQ(parse_bytes(parsed.at("hex").get<std::string>(), Form::kHex), bytes);
      ASSERT_FALSE(is_utf8(bytes));
    }
  }
}

}  // namespace
}  // namespace tikv::cli
