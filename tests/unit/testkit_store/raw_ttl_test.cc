#include <gtest/gtest.h>

#include <chrono>

#include "one_region.h"

namespace tikv::testing {
namespace {

using namespace proto::kvrpcpb;
using namespace std::chrono_literals;

class RawTtl : public ::testing::Test {
 protected:
  void put(const std::string& key, const std::string& value, std::uint64_t ttl) {
    RawPutRequest request;
    request.set_key(key);
    request.set_value(value);
    request.set_ttl(ttl);
    const RawPutResponse response = store_.kv.handle(store_.region, request);
    ASSERT_EQ(response.error(), "");
    ASSERT_FALSE(response.has_region_error());
  }

  RawGetResponse get(const std::string& key) {
    RawGetRequest request;
    request.set_key(key);
    return store_.kv.handle(store_.region, request);
  }

  RawGetKeyTTLResponse ttl(const std::string& key) {
    RawGetKeyTTLRequest request;
    request.set_key(key);
    return store_.kv.handle(store_.region, request);
  }

  std::vector<std::string> scan(bool reverse) {
    RawScanRequest request;
    request.set_start_key(reverse ? "z" : "a");
    request.set_limit(10);
    request.set_reverse(reverse);
    std::vector<std::string> keys;
    const RawScanResponse response = store_.kv.handle(store_.region, request);
    for (const KvPair& pair : response.kvs()) keys.push_back(pair.key());
    return keys;
  }

  OneRegion store_{{.api = store::StorageApi::kV1Ttl}};
};

TEST_F(RawTtl, CountsDownAndEndsOnTheSecond) {
  put("k", "v", 10);
  EXPECT_EQ(ttl("k").ttl(), 10U);
  store_.environment.advance(9s);
  EXPECT_EQ(ttl("k").ttl(), 1U);
  EXPECT_EQ(get("k").value(), "v");
  store_.environment.advance(1s);
  EXPECT_TRUE(ttl("k").not_found());
  EXPECT_TRUE(get("k").not_found());
}

TEST_F(RawTtl, ZeroLivesForever) {
  put("k", "v", 0);
  store_.environment.advance(24h * 365);
  EXPECT_EQ(get("k").value(), "v");
  EXPECT_FALSE(ttl("k").not_found());
  EXPECT_EQ(ttl("k").ttl(), 0U);
}

TEST_F(RawTtl, WritingAgainStartsAnew) {
  put("k", "v", 10);
  store_.environment.advance(9s);
  put("k", "w", 10);
  store_.environment.advance(9s);
  EXPECT_EQ(get("k").value(), "w");
  put("k", "x", 0);
  EXPECT_EQ(ttl("k").ttl(), 0U);
}

TEST_F(RawTtl, AnEndedKeyIsInvisibleToScansChecksumsAndSwaps) {
  put("a", "1", 5);
  put("b", "2", 0);
  put("c", "3", 5);
  EXPECT_EQ(scan(false), (std::vector<std::string>{"a", "b", "c"}));
  store_.environment.advance(5s);
  EXPECT_EQ(scan(false), (std::vector<std::string>{"b"}));
  EXPECT_EQ(scan(true), (std::vector<std::string>{"b"}));

  RawChecksumRequest checksum;
  checksum.add_ranges()->set_start_key("a");
  EXPECT_EQ(store_.kv.handle(store_.region, checksum).total_kvs(), 1U);

  RawCASRequest swap;
  swap.set_key("a");
  swap.set_value("new");
  swap.set_previous_not_exist(true);
  swap.set_ttl(3);
  EXPECT_TRUE(store_.kv.handle(store_.region, swap).succeed());
  EXPECT_EQ(ttl("a").ttl(), 3U);
}

TEST_F(RawTtl, NeverOverflows) {
  put("k", "v", ~std::uint64_t{0});
  store_.environment.advance(1h);
  EXPECT_EQ(get("k").value(), "v");
}

TEST(RawWithoutTtl, RefusesOne) {
  OneRegion store;
  RawPutRequest put;
  put.set_key("k");
  put.set_ttl(1);
  EXPECT_NE(store.kv.handle(store.region, put).error(), "");
  RawGetKeyTTLRequest ttl;
  ttl.set_key("k");
  EXPECT_NE(store.kv.handle(store.region, ttl).error(), "");
}

TEST(RawWithoutTtl, AnEmptyBatchIsRefused) {
  OneRegion store;
  EXPECT_NE(store.kv.handle(store.region, RawBatchPutRequest()).error(), "");
  EXPECT_NE(store.kv.handle(store.region, RawBatchDeleteRequest()).error(), "");
}

}  // namespace
}  // namespace tikv::testing
