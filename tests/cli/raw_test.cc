#include "cli_test.h"

namespace tikv::cli {
namespace {

using ::testing::HasSubstr;

using RawCliTest = CliTest<RawClusterTest>;

TEST_F(RawCliTest, WhatIsPutIsThere) {
  EXPECT_EQ(expect(0, {"raw", "put", key("a"), "one chair"}), "ok\n");
  EXPECT_EQ(expect(0, {"raw", "get", key("a")}), "one chair\n");
  EXPECT_EQ(raw().get(key("a")).get(), "one chair");
  EXPECT_EQ(expect(0, {"raw", "delete", key("a"), "--quiet"}), "");
  const Ended gone = run({"raw", "get", key("a")});
  EXPECT_EQ(gone.code, 1);
  EXPECT_EQ(gone.out, "");
  EXPECT_EQ(gone.err, "not found: " + key("a") + "\n");
}

TEST_F(RawCliTest, AnEmptyValueIsAValue) {
  expect(0, {"raw", "put", key("a"), ""});
  EXPECT_EQ(expect(0, {"raw", "get", key("a")}), "\n");
  EXPECT_EQ(raw().get(key("a")).get(), "");
}

TEST_F(RawCliTest, JsonTellsWhatIsThere) {
  EXPECT_EQ(json({"raw", "put", key("a"), "\\xff"}), nlohmann::json({{"ok", true}}));
  EXPECT_EQ(json({"raw", "get", key("a")}),
            nlohmann::json({{"key", key("a")}, {"found", true}, {"value", {{"hex", "ff"}}}}));
  EXPECT_EQ(json({"raw", "get", key("b")}, 1),
            nlohmann::json({{"key", key("b")}, {"found", false}, {"value", nullptr}}));
}

TEST_F(RawCliTest, FormsOfKeysAndValues) {
  expect(0, {"raw", "put", key("a"), "00ff0a", "--value-format", "hex"});
  EXPECT_EQ(expect(0, {"raw", "get", key("a")}), "\\x00\\xff\\n\n");
  EXPECT_EQ(expect(0, {"raw", "get", key("a"), "--value-output", "hex"}), "00ff0a\n");
  EXPECT_EQ(expect(0, {"raw", "get", key("a"), "--value-output", "text", "-n"}), std::string("\0\xff\n", 3));
  expect(0, {"raw", "put", key("b"), "a\\nb", "--value-format", "text"});
  EXPECT_EQ(raw().get(key("b")).get(), "a\\nb");
}

// What command line parsers like to have for themselves.
TEST_F(RawCliTest, OddWordsAreKeysAndValuesToo) {
  for (const auto* word : {"get", "raw", "{}", "[a,b]", "%%", "a,b", "'q'", "a=b", "true", "\xc3\xa4"}) {
    expect(0, {"raw", "put", key(word), word});
    EXPECT_EQ(raw().get(key(word)).get(), word);
    expect(0, {"raw", "batch-put", key(word), word, key("other"), word});
    EXPECT_EQ(raw().get(key(word)).get(), word);
    EXPECT_EQ(expect(0, {"raw", "get", key(word)}), std::string(word) + "\n");
  }
  expect(0, {"raw", "put", "--", key("a"), "--not-an-option"});
  EXPECT_EQ(raw().get(key("a")).get(), "--not-an-option");
  expect(0, {"raw", "put", key("a"), "\\-"});
  EXPECT_EQ(raw().get(key("a")).get(), "-");
}

TEST_F(RawCliTest, ValuesFromStdinAndFilesAreBytes) {
  const std::string bytes("a\\x00\0\xff\n", 8);
  expect(0, {"raw", "put", key("a"), "-"}, bytes);
  EXPECT_EQ(raw().get(key("a")).get(), bytes);
  expect(0, {"raw", "put", key("b"), "@" + folder_.file("value", bytes)});
  EXPECT_EQ(raw().get(key("b")).get(), bytes);
  expect(9, {"raw", "put", key("b"), "@" + folder_.path("nothing")});
}

TEST_F(RawCliTest, BatchesFromArgumentsAndStdin) {
  expect(0, {"raw", "batch-put", key("a"), "1", key("b"), "2"});
  expect(0, {"raw", "batch-put"}, key("c") + "\t3\\t3\n\n" + key("d") + "\t4");
  EXPECT_EQ(raw().get(key("c")).get(), "3\t3");
  const Ended some = run({"raw", "batch-get", key("a"), key("x"), key("d")});
  EXPECT_EQ(some.code, 1);
  EXPECT_THAT(some.out, HasSubstr(key("a") + "  1\n" + key("d") + "  4\n"));
  EXPECT_EQ(some.err, "not found: " + key("x") + "\n");
  const auto all = json({"raw", "batch-get"}, 0, key("a") + "\n" + key("b") + "\n");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].at("value"), "2");
  expect(2, {"raw", "batch-put"}, "no tab\n");
  expect(0, {"raw", "batch-delete"}, key("a") + "\n" + key("b"));
  EXPECT_EQ(raw().get(key("b")).get(), std::nullopt);
}

TEST_F(RawCliTest, Scans) {
  for (const auto* name : {"a", "b", "c", "n", "z"}) ASSERT_TRUE(raw().put(key(name), "v").get());
  const auto names = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"raw", "scan", "--prefix", key("")});
    std::string found;
    for (const auto& pair : json(options)) found += pair.at("key").get<std::string>().back();
    return found;
  };
  EXPECT_EQ(names({}), "abcnz");
  EXPECT_EQ(names({"--reverse"}), "zncba");
  EXPECT_EQ(names({"--limit", "2"}), "ab");
  EXPECT_EQ(json({"raw", "scan", key("b"), key("n"), "--keys-only"}),
            nlohmann::json::parse("[{\"key\":\"" + key("b") + "\"},{\"key\":\"" + key("c") + "\"}]"));
  EXPECT_EQ(expect(0, {"raw", "scan", key("b"), key("c")}),
            "KEY" + std::string(key("b").size() - 1, ' ') + "VALUE\n" + key("b") + "  v\n");
  EXPECT_THAT(run({"raw", "scan", "--prefix", key(""), "--limit", "4"}).err, HasSubstr("more keys follow"));
  EXPECT_EQ(run({"raw", "scan", "--prefix", key(""), "--limit", "5"}).err, "");
  expect(2, {"raw", "scan", "b", "a"});
}

TEST_F(RawCliTest, CompareAndSwapTellsWhoWon) {
  expect(0, {"raw", "cas", key("a"), "1", "--expect-absent"});
  const Ended lost = run({"raw", "cas", key("a"), "2", "--expect-absent"});
  EXPECT_EQ(lost.code, 4);
  EXPECT_EQ(lost.err, "not written: stored is 1\n");
  EXPECT_EQ(json({"raw", "cas", key("a"), "2", "--expect", "1"}),
            nlohmann::json({{"key", key("a")}, {"swapped", true}, {"previous", "1"}}));
  EXPECT_EQ(json({"raw", "cas", key("a"), "3", "--expect", "1"}, 4),
            nlohmann::json({{"key", key("a")}, {"swapped", false}, {"previous", "2"}}));
  expect(2, {"raw", "cas", key("a"), "3"});
  expect(0, {"raw", "put", key("a"), "4", "--atomic"});
  EXPECT_EQ(raw().get(key("a")).get(), "4");
}

TEST_F(RawCliTest, RangesAreRemovedOnlyIfGiven) {
  for (const auto* name : {"a", "b", "z"}) ASSERT_TRUE(raw().put(key(name), "v").get());
  expect(2, {"raw", "delete-range"});
  expect(2, {"raw", "delete-range", "--all", key("a")});
  expect(0, {"raw", "delete-range", key("a"), key("c")});
  EXPECT_EQ(raw().get(key("b")).get(), std::nullopt);
  EXPECT_EQ(raw().get(key("z")).get(), "v");
}

TEST_F(RawCliTest, Checksums) {
  ASSERT_TRUE(raw().put(key("a"), "v").get());
  const auto sum = json({"raw", "checksum", "--prefix", key("")});
  EXPECT_EQ(sum.at("total_kvs"), 1);
  EXPECT_EQ(sum.at("total_bytes"), key("a").size() + 1);
  EXPECT_EQ(sum.at("crc64_xor").get<std::string>().size(), 16u);
}

}  // namespace
}  // namespace tikv::cli
