// The tables of methods against kvproto's table of rpcs and BatchCommands arms, and against what client-go sends.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tikv/proto/coprocessor.pb.h>
#include <tikv/proto/debugpb.pb.h>
#include <tikv/proto/kvrpcpb.pb.h>
#include <tikv/proto/mpp.pb.h>
#include <tikv/proto/pdpb.pb.h>
#include <tikv/proto/tikvpb.pb.h>

#include <algorithm>
#include <concepts>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "proto/method.h"
#include "proto/pd_methods.h"
#include "proto/tikv_methods.h"
#include "table.h"

namespace tikv::proto {
namespace {

using ::testing::UnorderedElementsAre;
using tikv::testing::read_table;
using tikv::testing::Row;

static_assert(std::same_as<ResponseOf<kvrpcpb::GetRequest>, kvrpcpb::GetResponse>);
static_assert(MethodOf<kvrpcpb::GetRequest>::method.path == "/tikvpb.Tikv/KvGet");
static_assert(MethodOf<kvrpcpb::GetRequest>::method.name() == "KvGet");
static_assert(MethodOf<kvrpcpb::RawCASRequest>::method.batch_arm == 0);
static_assert(std::same_as<ResponseOf<pdpb::GetRegionByIDRequest>, pdpb::GetRegionResponse>);
static_assert(MethodOf<pdpb::GetRegionRequest>::method.name() == "GetRegion");
static_assert(HasMethod<kvrpcpb::GetRequest> && HasMethod<pdpb::TsoRequest> && !HasMethod<kvrpcpb::GetResponse>);
static_assert(HasRegionError<kvrpcpb::GetResponse> && !HasRegionError<kvrpcpb::GetRequest>);
static_assert(HasContext<kvrpcpb::GetRequest> && !HasContext<tikvpb::BatchCommandsEmptyRequest>);

/// A row with its types as names.
struct NamedRow {
  std::string request;
  std::string response;
  Method method;
  bool has_region_error;
};

template <class Message>
std::string name_of() {
  return Message::default_instance().GetTypeName().substr(std::string_view("tikv.proto.").size());
}

template <class Request, class Response>
NamedRow named(const Rpc<Request, Response>& row) {
  return {name_of<Request>(), name_of<Response>(), row.method, HasRegionError<Response>};
}

std::vector<NamedRow> tikv_rows() {
  std::vector<NamedRow> rows;
  for_each_row(kTikvMethods, [&](const auto& row) { rows.push_back(named(row)); });
  rows.push_back(named(kCoprocessorStream));
  return rows;
}

std::vector<NamedRow> pd_rows() {
  std::vector<NamedRow> rows;
  for_each_row(kPdMethods, [&](const auto& row) { rows.push_back(named(row)); });
  rows.push_back(named(kGetPrevRegion));
  return rows;
}

std::vector<NamedRow> all_rows() {
  auto rows = tikv_rows();
  std::ranges::copy(pd_rows(), std::back_inserter(rows));
  return rows;
}

const std::vector<Row>& schema() {
  static const auto rows = read_table(TIKV_PROTO_TABLE);
  return rows;
}

/// kvproto's rpcs by their path.
std::map<std::string, Row, std::less<>> rpcs() {
  std::map<std::string, Row, std::less<>> found;
  for (const auto& row : schema()) {
    if (row["kind"] == "rpc") found.emplace("/" + row["message"] + "/" + row["field"], row);
  }
  return found;
}

struct Arm {
  std::string name;
  std::string type;
  bool operator==(const Arm&) const = default;
};

/// The arms of the oneof in BatchCommandsRequest.Request or BatchCommandsResponse.Response by field number.
std::map<std::uint32_t, Arm> arms(std::string_view message) {
  std::map<std::uint32_t, Arm> found;
  for (const auto& row : schema()) {
    if (row["kind"] == "field" && row["message"] == message && row["oneof"] == "cmd") {
      found.emplace(std::stoul(row["number"]), Arm{row["field"], row["type"]});
    }
  }
  return found;
}

std::map<std::uint32_t, Arm> request_arms() { return arms("tikvpb.BatchCommandsRequest.Request"); }
std::map<std::uint32_t, Arm> response_arms() { return arms("tikvpb.BatchCommandsResponse.Response"); }

Streaming streaming_of(const Row& rpc) {
  if (rpc["server_streaming"] != "yes") return Streaming::kNone;
  return rpc["client_streaming"] == "yes" ? Streaming::kBoth : Streaming::kServer;
}

TEST(Methods, are_rpcs_of_kvproto) {
  const auto known = rpcs();
  for (const auto& row : all_rows()) {
    if (row.method.path.empty()) continue;
    SCOPED_TRACE(row.method.path);
    const auto rpc = known.find(row.method.path);
    ASSERT_NE(rpc, known.end());
    EXPECT_EQ(row.request, rpc->second["type"]);
    EXPECT_EQ(row.response, rpc->second["response"]);
    EXPECT_EQ(row.method.streaming, streaming_of(rpc->second));
  }
}

TEST(Methods, are_listed_once) {
  std::set<std::string_view> paths;
  for (const auto& row : all_rows()) EXPECT_TRUE(paths.insert(row.method.path).second) << row.method.path;
}

TEST(Methods, batch_arms_hold_their_request_and_their_response) {
  const auto requests = request_arms();
  const auto responses = response_arms();
  for (const auto& row : tikv_rows()) {
    if (row.method.batch_arm == 0) continue;
    SCOPED_TRACE(row.request);
    ASSERT_TRUE(requests.contains(row.method.batch_arm));
    ASSERT_TRUE(responses.contains(row.method.batch_arm));
    EXPECT_EQ(requests.at(row.method.batch_arm).type, row.request);
    EXPECT_EQ(responses.at(row.method.batch_arm).type, row.response);
    EXPECT_EQ(requests.at(row.method.batch_arm).name, responses.at(row.method.batch_arm).name);
  }
}

// Each arm has its row, but for those that no client sends.
TEST(Methods, leave_no_batch_arm_unused) {
  std::vector<std::string> unused;
  std::set<std::uint32_t> used;
  for (const auto& row : tikv_rows()) used.insert(row.method.batch_arm);
  for (const auto& [number, arm] : request_arms()) {
    if (!used.contains(number)) unused.push_back(arm.name);
  }
  EXPECT_THAT(unused, UnorderedElementsAre("Import", "RawBatchScan", "RawCoprocessor"));
}

TEST(Methods, arm_numbers_of_compiled_messages_are_those_of_the_table) {
  using Request = tikvpb::BatchCommandsRequest_Request;
  using Response = tikvpb::BatchCommandsResponse_Response;
  EXPECT_EQ(std::uint32_t{Request::kGetFieldNumber}, MethodOf<kvrpcpb::GetRequest>::method.batch_arm);
  EXPECT_EQ(std::uint32_t{Response::kGetFieldNumber}, MethodOf<kvrpcpb::GetRequest>::method.batch_arm);
  EXPECT_EQ(std::uint32_t{Request::kEmptyFieldNumber}, MethodOf<tikvpb::BatchCommandsEmptyRequest>::method.batch_arm);
}

TEST(Methods, of_stores_are_what_client_go_sends) {
  std::map<std::string, NamedRow> rows;
  for (auto& row : tikv_rows()) rows.emplace(row.method.path, row);
  const auto requests = request_arms();

  for (const auto& command : read_table(TIKV_CLIENT_GO_COMMANDS)) {
    SCOPED_TRACE(command["cmd"]);
    const bool has_call = !command["grpc_method"].empty();
    const auto path = has_call ? "/" + command["grpc_service"] + "/" + command["grpc_method"] : std::string();
    ASSERT_TRUE(rows.contains(path));
    const auto row = rows.extract(path).mapped();

    EXPECT_EQ(row.request, command["request_type"]);
    EXPECT_EQ(row.method.batch_arm == 0 ? "" : requests.at(row.method.batch_arm).name, command["batch_commands_oneof"]);
    EXPECT_EQ(row.method.follower_read, command["is_read_request"] == "yes");
    EXPECT_FALSE(row.method.is_read && (command["txn_write"] == "yes" || command["raw_write"] == "yes"));
    EXPECT_TRUE(row.method.is_read || !row.method.follower_read);
    EXPECT_EQ(row.method.is_raw, command["cmd"].starts_with("CmdRaw"));
    if (!command["region_error_response_type"].empty()) {
      EXPECT_EQ(row.response, command["region_error_response_type"]);
      EXPECT_TRUE(row.has_region_error);
    }
  }

  std::vector<std::string> beyond;
  for (const auto& [path, row] : rows) beyond.push_back(path);
  EXPECT_THAT(beyond, UnorderedElementsAre("/tikvpb.Tikv/BatchCommands"));
}

// Raw writes that client-go's own list forgets: a lost reply to one of them leaves its outcome in doubt, too.
TEST(Methods, that_change_data_are_no_reads) {
  std::vector<std::string_view> raw_writers;
  for (const auto& row : tikv_rows()) {
    if (row.method.is_raw && !row.method.is_read) raw_writers.push_back(row.method.name());
  }
  EXPECT_THAT(raw_writers, UnorderedElementsAre("RawPut", "RawBatchPut", "RawDelete", "RawBatchDelete",
                                                "RawDeleteRange", "RawCompareAndSwap"));
}

// Each rpc of PD has its row, but for those that stores and other PDs send, and those that kvproto has deprecated.
TEST(Methods, of_pd_are_complete) {
  std::set<std::string_view> listed;
  for (const auto& row : pd_rows()) listed.insert(row.method.path);
  std::vector<std::string> unlisted;
  for (const auto& [path, rpc] : rpcs()) {
    if (rpc["message"] == "pdpb.PD" && rpc["deprecated"] != "yes" && !listed.contains(path)) {
      unlisted.push_back(rpc["field"]);
    }
  }
  EXPECT_THAT(unlisted, UnorderedElementsAre("Bootstrap", "PutStore", "StoreHeartbeat", "RegionHeartbeat",
                                             "AskBatchSplit", "ReportBatchSplit", "PutClusterConfig", "SyncRegions",
                                             "SyncMaxTS", "GetDCLocationInfo", "ReportBuckets", "ReportMinResolvedTS"));
}

// What PD's handlers answer without being leader.
TEST(Methods, of_pd_that_followers_answer) {
  std::vector<std::string_view> followers;
  for (const auto& row : pd_rows()) {
    if (row.method.follower_read) followers.push_back(row.method.name());
  }
  EXPECT_THAT(followers, UnorderedElementsAre("GetClusterInfo", "GetMembers", "GetRegion", "GetPrevRegion",
                                              "GetRegionByID", "QueryRegion", "ScanRegions", "BatchScanRegions"));
}

}  // namespace
}  // namespace tikv::proto
