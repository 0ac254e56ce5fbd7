#include <gtest/gtest.h>

#include <sstream>

#include "import.h"

namespace tikv::cli {
namespace {

constexpr PairLimits kLimits{8, 100};

std::vector<Batch> batches_of(const std::string& text, std::size_t batch_keys, bool skip_bad) {
  std::istringstream in(text);
  BatchReader reader(in, Form::kEscaped, Form::kEscaped, kLimits, batch_keys, skip_bad);
  std::vector<Batch> batches;
  do {
    batches.push_back(reader.next());
  } while (!batches.back().last);
  return batches;
}

TEST(BatchReader, CutsByKeys) {
  const auto batches = batches_of("a\t1\nb\t2\nc\t3\n", 2, false);
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(batches[0].pairs, (std::vector<KvPair>{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(batches[0].first_line, 1u);
  EXPECT_EQ(batches[0].end.offset, 8u);
  EXPECT_EQ(batches[1].pairs, (std::vector<KvPair>{{"c", "3"}}));
  EXPECT_EQ(batches[1].first_line, 3u);
}

TEST(BatchReader, CutsByBytes) {
  std::string text;
  for (int i = 0; i < 30000; ++i) text += "k\t" + std::string(99, 'v') + "\n";
  const auto batches = batches_of(text, 100'000, false);
  EXPECT_EQ(batches.size(), 3u);
  EXPECT_LE(batches[0].pairs.size() * 100, kImportBatchBytes + 100);
}

TEST(BatchReader, PassesOverEmptyLines) {
  const auto batches = batches_of("\na\t1\n\r\n\n", 10, false);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].pairs.size(), 1u);
  EXPECT_TRUE(batches[0].bad.empty());
  EXPECT_EQ(batches[0].end.line, 4u);
}

TEST(BatchReader, ABadLineEndsItAndIsReadAgainNextTime) {
  const auto batches = batches_of("a\t1\nno tab\nb\t2\n", 10, false);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].pairs.size(), 1u);
  ASSERT_EQ(batches[0].bad.size(), 1u);
  EXPECT_EQ(batches[0].bad[0].line, 2u);
  EXPECT_EQ(batches[0].end.offset, 4u) << "before the bad line";
  EXPECT_EQ(batches[0].end.line, 1u);
}

TEST(BatchReader, BadLinesMayBeSkipped) {
  const auto batches = batches_of("bad\na\t1\nkey too long\t1\nb\t2\n\t3\nc\t" + std::string(100, 'v'), 10, true);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].pairs, (std::vector<KvPair>{{"a", "1"}, {"b", "2"}}));
  ASSERT_EQ(batches[0].bad.size(), 4u);
  EXPECT_EQ(batches[0].bad[1].why, "the key has 12 bytes, the limit is 8");
  EXPECT_EQ(batches[0].bad[2].line, 5u);
  EXPECT_EQ(batches[0].bad[3].why, "key and value has 101 bytes, the limit is 100");
  EXPECT_EQ(batches[0].end.line, 6u);
}

TEST(BatchReader, NothingIsOneEmptyBatch) {
  const auto batches = batches_of("", 10, false);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_TRUE(batches[0].pairs.empty());
}

}  // namespace
}  // namespace tikv::cli
