// Replays what a TiKV server was asked and compares the store's answers with those that it gave. The recordings and
// their rules: corpus/README.md. Another folder of recordings can be named in TIKV_CONFORMANCE_DIR.

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "corpus.h"
#include "messages.h"
#include "player.h"

namespace tikv::testing {
namespace {

struct Tally {
  std::size_t equal = 0;
  std::size_t different = 0;
  std::size_t not_implemented = 0;
  std::string first_difference;

  std::size_t compared() const { return equal + different; }
};

void count(Verdict verdict, Tally& tally) {
  switch (verdict.kind) {
    case Verdict::Kind::kEqual:
      ++tally.equal;
      break;
    case Verdict::Kind::kNotImplemented:
      ++tally.not_implemented;
      break;
    case Verdict::Kind::kDifferent:
      ++tally.different;
      if (std::getenv("TIKV_CONFORMANCE_VERBOSE") != nullptr) {
        std::printf("%s, %s\n", verdict.sequence.c_str(), verdict.detail.c_str());
      }
      if (tally.first_difference.empty()) tally.first_difference = verdict.sequence + ", " + verdict.detail;
      break;
  }
}

Tally replay(Messages& messages, const std::filesystem::path& file) {
  Tally tally;
  const CorpusFile corpus = read_corpus(file);
  if (corpus.header.empty()) return tally;
  Player player(messages, corpus.header);
  for (const std::string& line : corpus.sequences) count(player.play(boost::json::parse(line).as_object()), tally);
  std::printf("%-16s %5zu sequences: %5zu equal, %zu different, %zu not implemented\n", file.filename().c_str(),
              corpus.sequences.size(), tally.equal, tally.different, tally.not_implemented);
  return tally;
}

/// How many sequences of each file must have been compared: an empty or unread corpus proves nothing.
std::size_t floor_of(const std::string& file) {
  if (file == "txn.jsonl.gz") return 1213;
  if (file == "region.jsonl.gz") return 20;
  if (file == "raw.jsonl.gz" || file == "raw-ttl.jsonl.gz") return 266;
  return 1;
}

class Conformance : public ::testing::Test {
 protected:
  static std::filesystem::path folder() {
    const char* other = std::getenv("TIKV_CONFORMANCE_DIR");
    return other == nullptr ? TIKV_CORPUS_DIR : other;
  }
};

TEST_F(Conformance, AnswersAsTheRecordedServer) {
  Messages messages(TIKV_DESCRIPTOR_SET);
  ASSERT_TRUE(messages.ready()) << TIKV_DESCRIPTOR_SET;
  const auto files = corpus_files(folder());
  ASSERT_GE(files.size(), folder() == TIKV_CORPUS_DIR ? 4U : 1U);
  for (const auto& file : files) {
    const Tally tally = replay(messages, file);
    EXPECT_EQ(tally.different, 0U) << file << "\n" << tally.first_difference;
    EXPECT_GE(tally.compared(), floor_of(file.filename().string())) << file;
  }
}

// The comparison itself must be able to tell.
TEST_F(Conformance, ADifferentAnswerIsTold) {
  Messages messages(TIKV_DESCRIPTOR_SET);
  ASSERT_TRUE(messages.ready());
  const auto answer = [&](std::string_view json) {
    AnyMessage message = messages.response_of("KvGet");
    EXPECT_EQ(read_json(boost::json::parse(json), *message), "");
    normalise(*message);
    return message;
  };
  const AnyMessage found = answer(R"({"value": "YQ=="})");
  EXPECT_EQ(difference(*found, *answer(R"({"value": "YQ=="})")), "");
  EXPECT_NE(difference(*found, *answer(R"({"value": "Yg=="})")), "");
  EXPECT_NE(difference(*found, *answer(R"({"value": "YQ==", "commit_ts": "1"})")), "");
  EXPECT_NE(difference(*found, *answer(R"({"value": "YQ==", "region_error": {}})")), "");
  const AnyMessage aborted = answer(R"({"error": {"abort": "*"}})");
  EXPECT_EQ(difference(*aborted, *answer(R"({"error": {"abort": "any words"}})")), "");
  EXPECT_NE(difference(*aborted, *answer(R"({"error": {"retryable": "any words"}})")), "");
  EXPECT_NE(difference(*aborted, *answer(R"({"error": {}})")), "");
  EXPECT_NE(read_json(boost::json::parse(R"({"no_such_field": 1})"), *messages.response_of("KvGet")), "");
}

}  // namespace
}  // namespace tikv::testing
