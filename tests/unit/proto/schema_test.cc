// The descriptors that protoc compiled from proto/tikv/proto against proto/kvproto.tsv, in both directions.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "schema_facts.h"
#include "table.h"

namespace tikv::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::vector<Row>& table() {
  static const auto rows = read_table(TIKV_PROTO_TABLE);
  return rows;
}

const SchemaFacts& compiled() {
  static const auto facts = [] {
    std::ifstream file(TIKV_PROTO_DESCRIPTORS, std::ios::binary);
    google::protobuf::FileDescriptorSet set;
    if (!set.ParseFromIstream(&file)) throw std::runtime_error("cannot parse " TIKV_PROTO_DESCRIPTORS);
    return facts_of(set);
  }();
  return facts;
}

TEST(Schema, compiled_descriptors_say_what_the_table_says) {
  const auto found = difference(facts_of(table()), compiled());
  EXPECT_THAT(found.missing, IsEmpty());
  EXPECT_THAT(found.extra, IsEmpty());
}

TEST(Schema, every_kind_of_row_is_compared) {
  for (std::string_view kind : {"file", "message", "field", "reserved", "enum", "enum_value", "rpc"}) {
    const auto count = std::count_if(compiled().begin(), compiled().end(),
                                     [&](const auto& fact) { return fact.starts_with(std::string(kind) + " "); });
    EXPECT_GT(count, 0) << kind;
  }
  EXPECT_EQ(compiled().size(), table().size());
}

TEST(Schema, a_lost_row_shows_as_extra) {
  auto rows = table();
  for (std::string_view kind : {"file", "message", "field", "reserved", "enum", "enum_value", "rpc"}) {
    auto fewer = rows;
    fewer.erase(std::find_if(fewer.begin(), fewer.end(), [&](const Row& row) { return row["kind"] == kind; }));
    const auto found = difference(facts_of(fewer), compiled());
    EXPECT_THAT(found.missing, IsEmpty()) << kind;
    EXPECT_THAT(found.extra, SizeIs(1)) << kind;
  }
}

TEST(Schema, a_row_too_many_shows_as_missing) {
  auto rows = table();
  auto added = *std::find_if(rows.begin(), rows.end(), [](const Row& row) { return row["kind"] == "field"; });
  added.set("field", "no_such_field");
  added.set("number", "4711");
  rows.push_back(added);
  const auto found = difference(facts_of(rows), compiled());
  EXPECT_THAT(found.missing, SizeIs(1));
  EXPECT_THAT(found.extra, IsEmpty());
}

TEST(Schema, rows_of_other_scopes_do_not_count) {
  auto rows = table();
  auto added = rows.front();
  added.set("scope", "extra");
  rows.push_back(added);
  EXPECT_EQ(facts_of(rows), facts_of(table()));
}

struct Doctored {
  std::string_view kind;
  std::string_view column;
  std::string_view old_value;
  std::string_view new_value;
};

class DoctoredTable : public ::testing::TestWithParam<Doctored> {};

// One cell changed: the row as it now stands is missing, and the row as it stood is extra.
TEST_P(DoctoredTable, shows_as_one_missing_and_one_extra) {
  auto rows = table();
  auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& candidate) {
    return candidate["kind"] == GetParam().kind && candidate[GetParam().column] == GetParam().old_value;
  });
  ASSERT_NE(row, rows.end());
  row->set(GetParam().column, std::string(GetParam().new_value));
  const auto found = difference(facts_of(rows), compiled());
  EXPECT_THAT(found.missing, SizeIs(1));
  EXPECT_THAT(found.extra, SizeIs(1));
}

INSTANTIATE_TEST_SUITE_P(
    EveryColumn, DoctoredTable,
    ::testing::Values(
        Doctored{"file", "message", "metapb", "metadatapb"}, Doctored{"file", "field", "proto3", "proto2"},
        Doctored{"file", "type", "gogoproto/gogo.proto,metapb.proto,rustproto.proto", "kvrpcpb.proto"},
        Doctored{"message", "message", "metapb.Region", "metapb.Area"}, Doctored{"message", "deprecated", "no", "yes"},
        Doctored{"message", "file", "metapb.proto", "pdpb.proto"}, Doctored{"field", "field", "start_key", "first_key"},
        Doctored{"field", "number", "1", "101"}, Doctored{"field", "label", "repeated", "optional"},
        Doctored{"field", "label", "map", "repeated"}, Doctored{"field", "type", "uint64", "int64"},
        Doctored{"field", "type", "map<string,string>", "map<string,bytes>"},
        Doctored{"field", "type", "metapb.Region", "metapb.Peer"}, Doctored{"field", "oneof", "cmd", ""},
        Doctored{"field", "oneof", "", "cmd"}, Doctored{"field", "presence", "implicit", "explicit"},
        Doctored{"field", "packed", "yes", ""}, Doctored{"field", "deprecated", "yes", "no"},
        Doctored{"reserved", "number", "5", "6"}, Doctored{"reserved", "number", "1000-1199", "1000-1198"},
        Doctored{"reserved", "field", "read_quorum", "quorum"},
        Doctored{"enum", "message", "metapb.PeerRole", "metapb.Role"},
        Doctored{"enum_value", "field", "Learner", "Pupil"}, Doctored{"enum_value", "number", "2", "102"},
        Doctored{"rpc", "field", "KvGet", "KvFetch"},
        Doctored{"rpc", "type", "kvrpcpb.GetRequest", "kvrpcpb.ScanRequest"},
        Doctored{"rpc", "response", "kvrpcpb.GetResponse", "kvrpcpb.ScanResponse"},
        Doctored{"rpc", "client_streaming", "yes", "no"}, Doctored{"rpc", "server_streaming", "yes", "no"},
        Doctored{"rpc", "deprecated", "yes", "no"}));

}  // namespace
}  // namespace tikv::testing
