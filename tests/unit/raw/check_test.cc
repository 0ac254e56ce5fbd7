#include <gtest/gtest.h>

#include "raw/raw_fixture.h"

namespace tikv::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxKey = 16;
constexpr std::size_t kMaxEntry = 100;

/// Nothing in here may cost a request.
class RawBadInput : public RawFixture {
 protected:
  RawBadInput() : RawFixture({.max_key_bytes = kMaxKey, .max_entry_bytes = kMaxEntry}) {
    before_ = cluster.net.sent().size();
  }
  ~RawBadInput() override { EXPECT_EQ(cluster.net.sent().size(), before_); }

  template <class T>
  static void expect_too_large(const Result<T>& result, std::uint64_t size, std::uint64_t limit) {
    ASSERT_TRUE(fails_with(result, ErrorKind::kTooLarge));
    const SizeLimit* detail = result.error().template detail<SizeLimit>();
    ASSERT_NE(detail, nullptr);
    EXPECT_EQ(detail->size, size);
    EXPECT_EQ(detail->limit, limit);
    EXPECT_NE(result.error().message().find(std::to_string(size)), std::string::npos) << result.error().message();
    EXPECT_NE(result.error().message().find(std::to_string(limit)), std::string::npos) << result.error().message();
    EXPECT_EQ(result.error().applied(), Applied::kNo);
  }

 private:
  std::size_t before_ = 0;
};

TEST_F(RawBadInput, AnEmptyKey) {
  const RawClient atomic = raw().atomic();
  std::vector<std::string> keys{"a", ""};
  std::vector<KvPair> pairs{{"a", "1"}, {"", "2"}};
  EXPECT_TRUE(fails_with(raw().get("").get(), ErrorKind::kInvalidArgument));
  EXPECT_TRUE(fails_with(raw().put("", "v").get(), ErrorKind::kInvalidArgument));
  EXPECT_TRUE(fails_with(raw().remove("").get(), ErrorKind::kInvalidArgument));
  EXPECT_TRUE(fails_with(raw().get_ttl("").get(), ErrorKind::kInvalidArgument));
  EXPECT_TRUE(fails_with(atomic.compare_and_swap("", "a", "b").get(), ErrorKind::kInvalidArgument));
  EXPECT_TRUE(fails_with(raw().batch_get(keys).get(), ErrorKind::kInvalidArgument));
  EXPECT_TRUE(fails_with(raw().batch_remove(keys).get(), ErrorKind::kInvalidArgument));
  EXPECT_TRUE(fails_with(raw().batch_put(pairs).get(), ErrorKind::kInvalidArgument));
}

TEST_F(RawBadInput, AReversedRange) {
  const KeyRange reversed("b", "a");
  EXPECT_TRUE(fails_with(raw().scan(reversed).next().get(), ErrorKind::kInvalidArgument));
  EXPECT_TRUE(fails_with(raw().scan(reversed).collect().get(), ErrorKind::kInvalidArgument));
  EXPECT_TRUE(fails_with(raw().reverse_scan(reversed).next().get(), ErrorKind::kInvalidArgument));
  EXPECT_TRUE(fails_with(raw().remove_range(reversed).get(), ErrorKind::kInvalidArgument));
  EXPECT_TRUE(fails_with(raw().checksum(reversed).get(), ErrorKind::kInvalidArgument));
}

TEST_F(RawBadInput, AKeyAboveTheLimit) {
  const std::string key(kMaxKey + 1, 'k');
  std::vector<std::string> keys{key};
  expect_too_large(raw().get(key).get(), kMaxKey + 1, kMaxKey);
  expect_too_large(raw().put(key, "v").get(), kMaxKey + 1, kMaxKey);
  expect_too_large(raw().batch_remove(keys).get(), kMaxKey + 1, kMaxKey);
  expect_too_large(raw().scan(KeyRange(key + "x", "")).next().get(), kMaxKey + 2, kMaxKey + 1);
}

TEST_F(RawBadInput, APairAboveTheLimit) {
  const std::string value(kMaxEntry, 'v');
  std::vector<KvPair> pairs{{"a", "1"}, {"b", value}};
  expect_too_large(raw().put("k", value).get(), kMaxEntry + 1, kMaxEntry);
  expect_too_large(raw().batch_put(pairs).get(), kMaxEntry + 1, kMaxEntry);
  expect_too_large(raw().atomic().compare_and_swap("k", "a", value).get(), kMaxEntry + 1, kMaxEntry);
}

TEST_F(RawBadInput, ANegativeTtl) {
  EXPECT_TRUE(fails_with(raw().put("k", "v", {.ttl = -1s}).get(), ErrorKind::kInvalidArgument));
  EXPECT_TRUE(fails_with(raw().batch_put({{"k", "v"}}, {.ttl = -1s}).get(), ErrorKind::kInvalidArgument));
  EXPECT_TRUE(
      fails_with(raw().atomic().compare_and_swap("k", "a", "b", {.ttl = -1s}).get(), ErrorKind::kInvalidArgument));
}

TEST_F(RawBadInput, APageOutOfItsLimits) {
  EXPECT_TRUE(fails_with(raw().scan(KeyRange::all(), {.page = 0}).next().get(), ErrorKind::kInvalidArgument));
  EXPECT_TRUE(
      fails_with(raw().scan(KeyRange::all(), {.page = kMaxRawPage + 1}).next().get(), ErrorKind::kInvalidArgument));
}

TEST_F(RawBadInput, AClosedClient) {
  const RawClient handle = raw();
  auto scan = handle.scan(KeyRange::all());
  std::vector<std::string> keys{"k"};
  client->close();
  EXPECT_TRUE(fails_with(handle.get("k").get(), ErrorKind::kClosed));
  EXPECT_TRUE(fails_with(handle.put("k", "v").get(), ErrorKind::kClosed));
  EXPECT_TRUE(fails_with(handle.batch_get(keys).get(), ErrorKind::kClosed));
  EXPECT_TRUE(fails_with(handle.batch_get({}).get(), ErrorKind::kClosed));
  EXPECT_TRUE(fails_with(handle.checksum(KeyRange::all()).get(), ErrorKind::kClosed));
  EXPECT_TRUE(fails_with(scan.next().get(), ErrorKind::kClosed));
  client.reset();
  EXPECT_TRUE(fails_with(handle.with_column_family("write").remove("k").get(), ErrorKind::kClosed));
  EXPECT_TRUE(fails_with(scan.collect().get(), ErrorKind::kClosed)) << "handles outlive their client";
}

}  // namespace
}  // namespace tikv::testing
