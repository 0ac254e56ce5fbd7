// The table of key fields against the messages that requests and responses to stores are made of.

#include "proto/key_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "proto/tikv_methods.h"
#include "table.h"

namespace tikv::proto {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;
using tikv::testing::read_table;
using tikv::testing::Row;

/// Fields of type bytes that hold something else.
constexpr std::string_view kOtherBytes[] = {
    // values and data of the user
    "kvrpcpb.GetResponse.value", "kvrpcpb.KvPair.value", "kvrpcpb.Mutation.value", "kvrpcpb.MvccLock.short_value",
    "kvrpcpb.MvccValue.value", "kvrpcpb.MvccWrite.short_value", "kvrpcpb.PessimisticLockKeyResult.value",
    "kvrpcpb.PessimisticLockResponse.value", "kvrpcpb.PessimisticLockResponse.values",
    "kvrpcpb.RawCASRequest.previous_value", "kvrpcpb.RawCASRequest.value", "kvrpcpb.RawCASResponse.previous_value",
    "kvrpcpb.RawGetResponse.value", "kvrpcpb.RawPutRequest.value",
    // plans and results of coprocessors
    "coprocessor.BatchRequest.data", "coprocessor.BatchResponse.data", "coprocessor.Request.data",
    "coprocessor.Response.data", "coprocessor.StoreBatchTaskResponse.data", "kvrpcpb.TiFlashSystemTableResponse.data",
    "mpp.DispatchTaskRequest.encoded_plan", "mpp.MPPDataPacket.chunks", "mpp.MPPDataPacket.data",
    // keys inside of TiFlash's delta tree, which it made and understands alone
    "kvrpcpb.CompactRequest.start_key", "kvrpcpb.CompactResponse.compacted_end_key",
    "kvrpcpb.CompactResponse.compacted_start_key",
    // tags and the like
    "deadlock.WaitForEntry.resource_group_tag", "encryptionpb.EncryptionMeta.iv", "kvrpcpb.Context.resource_group_tag",
    "kvrpcpb.Context.trace_id",
    // superseded by split_keys
    "kvrpcpb.SplitRegionRequest.split_key"};

class Schema {
 public:
  Schema() {
    for (const auto& row : read_table(TIKV_PROTO_TABLE)) {
      if (row["kind"] == "field") fields_[row["message"]].push_back(row);
      if (row["kind"] == "rpc") rpcs_.emplace("/" + row["message"] + "/" + row["field"], row);
    }
  }

  bool has_field(std::string_view message, std::string_view field) const {
    const auto found = fields_.find(message);
    return found != fields_.end() &&
           std::ranges::any_of(found->second, [&](auto& row) { return row["field"] == field; });
  }

  /// "message.field" of each field of type bytes that requests and responses of `path` can hold.
  void collect_bytes(std::string_view path, std::set<std::string>& bytes) {
    const auto& rpc = rpcs_.find(path)->second;
    walk(rpc["type"], bytes);
    walk(rpc["response"], bytes);
  }

 private:
  void walk(const std::string& message, std::set<std::string>& bytes) {
    if (!seen_.insert(message).second) return;
    for (const auto& field : fields_[message]) {
      if (field["type"] == "bytes") bytes.insert(message + "." + field["field"]);
      if (fields_.contains(field["type"])) walk(field["type"], bytes);
    }
  }

  std::map<std::string, std::vector<Row>, std::less<>> fields_;
  std::map<std::string, Row, std::less<>> rpcs_;
  std::set<std::string> seen_;
};

// In both directions: a new field of type bytes has to be called a key or something else, and nothing is listed that no
// message has.
TEST(KeyFields, cover_all_bytes_that_stores_see) {
  Schema schema;
  std::set<std::string> bytes;
  for_each_row(kTikvMethods, [&](const auto& row) {
    const auto path = row.method.path;
    // The stream holds what the other rows hold.
    if (!path.empty() && path != "/tikvpb.Tikv/BatchCommands") schema.collect_bytes(path, bytes);
  });

  std::vector<std::string> listed(std::begin(kOtherBytes), std::end(kOtherBytes));
  for (const auto& row : key_fields()) listed.push_back(std::string(row.message) + "." + std::string(row.field));
  EXPECT_THAT(listed, UnorderedElementsAreArray(bytes));
}

TEST(KeyFields, that_turn_with_the_scan_have_a_direction) {
  const Schema schema;
  for (const auto& row : key_fields()) {
    const bool turns = row.role == KeyRole::kScanStart || row.role == KeyRole::kScanEnd;
    EXPECT_EQ(turns, schema.has_field(row.message, "reverse")) << row.message;
  }
}

TEST(KeyFields, are_found_by_message) {
  std::vector<std::string_view> found;
  for (const auto& row : key_fields_of("kvrpcpb.CommitRequest")) found.push_back(row.field);
  EXPECT_THAT(found, ElementsAre("keys", "primary_key"));
  EXPECT_THAT(key_fields_of("kvrpcpb.RawGetResponse"), IsEmpty());
  EXPECT_THAT(key_fields_of(""), IsEmpty());
}

}  // namespace
}  // namespace tikv::proto
