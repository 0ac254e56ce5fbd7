#include <gtest/gtest.h>

#include "one_region.h"

namespace tikv::testing {
namespace {

using namespace proto::kvrpcpb;

const std::string kRawKey = std::string("r\0\0\1", 4) + "key";
const std::string kTxnKey = std::string("x\0\0\1", 4) + "key";

RawPutResponse raw_put(OneRegion& store, const std::string& key, APIVersion version) {
  RawPutRequest request;
  request.mutable_context()->set_api_version(version);
  request.set_key(key);
  request.set_value("v");
  request.set_ttl(7);
  return store.kv.handle(store.region, request);
}

GetResponse txn_get(OneRegion& store, const std::string& key, APIVersion version) {
  GetRequest request;
  request.mutable_context()->set_api_version(version);
  request.set_key(key);
  request.set_version(10);
  return store.kv.handle(store.region, request);
}

TEST(StorageApi, KeyspacesKeepRawAndTransactionalKeysApart) {
  OneRegion store({.api = store::StorageApi::kV2});
  EXPECT_EQ(raw_put(store, kRawKey, APIVersion::V2).error(), "");
  EXPECT_NE(raw_put(store, kTxnKey, APIVersion::V2).error(), "");
  EXPECT_NE(raw_put(store, kRawKey, APIVersion::V1).error(), "");
  EXPECT_TRUE(txn_get(store, kTxnKey, APIVersion::V2).not_found());
  EXPECT_TRUE(txn_get(store, kRawKey, APIVersion::V2).has_error());
  EXPECT_TRUE(txn_get(store, "t_tidb", APIVersion::V1).not_found());
  EXPECT_TRUE(txn_get(store, kTxnKey, APIVersion::V1).has_error());
}

TEST(StorageApi, KeyspaceRegionsAreBoundedByEncodedKeys) {
  OneRegion store({.api = store::StorageApi::kV2});
  ASSERT_EQ(raw_put(store, kRawKey, APIVersion::V2).error(), "");
  RawScanRequest scan;
  scan.mutable_context()->set_api_version(APIVersion::V2);
  scan.set_start_key(std::string("r\0\0\1", 4));
  scan.set_end_key(std::string("r\0\0\2", 4));
  scan.set_limit(10);
  const RawScanResponse found = store.kv.handle(store.region, scan);
  ASSERT_EQ(found.kvs_size(), 1);
  EXPECT_EQ(found.kvs(0).key(), kRawKey);
  store.region.region.set_start_key(store::Key(kRawKey + "\x01").encoded());
  EXPECT_TRUE(raw_put(store, kRawKey, APIVersion::V2).has_region_error());
}

TEST(StorageApi, VersionOneRefusesKeyspaces) {
  OneRegion store;
  EXPECT_NE(raw_put(store, kRawKey, APIVersion::V2).error(), "");
  EXPECT_TRUE(txn_get(store, kTxnKey, APIVersion::V2).has_error());
}

TEST(StorageApi, AStoreWithTimesToLiveHasNoTransactions) {
  OneRegion store({.api = store::StorageApi::kV1Ttl});
  EXPECT_TRUE(txn_get(store, "k", APIVersion::V1).error().abort().size() > 0);
}

TEST(StorageApi, KeysHaveALimit) {
  OneRegion store({.max_key_bytes = 16});
  PrewriteRequest request;
  request.set_primary_lock("long key of more than eight");
  request.set_start_version(5);
  request.add_mutations()->set_key("long key of more than eight");
  ASSERT_EQ(store.kv.handle(store.region, request).errors_size(), 1);
  EXPECT_EQ(store.kv.key_count(), 0U);
}

TEST(Dispatch, TellsWhatItHasNot) {
  OneRegion store;
  store::CallStatus seen = store::CallStatus::kOk;
  const auto note = [&](store::CallStatus status, const std::string&) { seen = status; };
  store::call(store.kv, store, "KvGC", "", note);
  EXPECT_EQ(seen, store::CallStatus::kUnimplemented);
  store::call(store.kv, store, "KvGet", "\xff", note);
  EXPECT_EQ(seen, store::CallStatus::kMalformed);
  EXPECT_TRUE(store::is_implemented("KvGet"));
  EXPECT_FALSE(store::is_implemented("kvget"));
}

TEST(Dispatch, ChecksTheContextFirst) {
  OneRegion store;
  GetRequest request;
  request.mutable_context()->set_region_id(99);
  request.mutable_context()->mutable_peer()->set_store_id(1);
  EXPECT_TRUE(store::answer(store.kv, store, request).region_error().has_region_not_found());
}

}  // namespace
}  // namespace tikv::testing
