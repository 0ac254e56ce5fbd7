#include "raw/answer.h"

#include <gtest/gtest.h>

#include "raw/raw_fixture.h"

// What an error text in the answer to a write says of the write.
namespace tikv::testing {
namespace {

using namespace std::chrono_literals;

class RawAnswer : public ::testing::Test {
 protected:
  Applied applied(std::string_view text, bool sent_before = false) {
    const Error error = raw::write_error(retry, "RawPut", text, sent_before);
    EXPECT_EQ(error.kind(), ErrorKind::kServer);
    return error.applied();
  }
  runtime::SimLoop loop;
  route::Retry retry{loop, 10s};
};

TEST_F(RawAnswer, WhatTiKVRefusesBeforeItBeginsWasNotApplied) {
  for (const std::string_view text : {
           "max key size exceeded, size: 9000, limit: 8192",
           "invalid cf name: nope",
           "cf is deprecated in API V2, cf name: write",
           "ttl is not enabled, but get put request with ttl",
           "The length of ttls does not equal to the length of pairs",
           "Api version in request does not match with TiKV storage, cmd: raw_put, storage: V2, request: V1",
           "Key mode mismatched with the request mode, cmd: raw_put, storage: V2, key: 6B",
           "an empty request",
       }) {
    EXPECT_EQ(applied(text), Applied::kNo) << text;
  }
}

TEST_F(RawAnswer, WhatItSaysLaterAndWhatIsNotKnownLeavesItOpen) {
  for (const std::string_view text : {
           "undetermined write result \"async write on_applied callback is dropped\"",
           "stale command",
           "unknown error \"stale command\"",
           "a text of the future",
           "the text: invalid cf name: nope",
       }) {
    EXPECT_EQ(applied(text), Applied::kUnknown) << text;
  }
}

TEST_F(RawAnswer, ARefusalSaysNothingOfAnEarlierTry) {
  EXPECT_EQ(applied("invalid cf name: nope", true), Applied::kUnknown);
  retry.note_doubt();
  EXPECT_EQ(applied("invalid cf name: nope"), Applied::kUnknown);
}

TEST_F(RawAnswer, AReadChangesNothing) {
  EXPECT_EQ(raw::read_error(retry, "RawGet", "undetermined write result").applied(), Applied::kNo);
}

using RawRefusal = RawFixture;

TEST_F(RawRefusal, OfAnyWriteIsToldAsNotApplied) {
  ASSERT_TRUE(raw().put("k", "v").get());
  const RawClient nope = raw().with_column_family("nope");
  const RawClient nope_atomic = nope.atomic();
  std::vector<KvPair> pairs{{"k", "v"}};
  std::vector<std::string> keys{"k"};
  std::vector<Error> errors;
  errors.push_back(nope.put("k", "v").get().error());
  errors.push_back(nope.remove("k").get().error());
  errors.push_back(nope.batch_put(pairs).get().error());
  errors.push_back(nope.batch_remove(keys).get().error());
  errors.push_back(nope.remove_range(KeyRange("k", "l")).get().error());
  errors.push_back(nope_atomic.compare_and_swap("k", "v", "w").get().error());
  for (const Error& error : errors) {
    EXPECT_EQ(error.kind(), ErrorKind::kServer);
    EXPECT_EQ(error.applied(), Applied::kNo) << error.to_string();
  }
}

TEST_F(RawRefusal, AfterALostReplyLeavesItOpen) {
  ASSERT_TRUE(raw().put("k", "v").get());
  cluster.net.fail_step(cluster.net.steps(), Fault::kReplyLost);
  const auto put = raw().with_column_family("nope").put("k", "v").get();
  ASSERT_TRUE(fails_with(put, ErrorKind::kServer));
  EXPECT_EQ(put.error().applied(), Applied::kUnknown);
}

}  // namespace
}  // namespace tikv::testing
