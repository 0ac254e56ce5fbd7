#include "testkit/cluster/etcd_answers.h"

#include <algorithm>
#include <array>

namespace tikv::testing::cluster {

namespace {

// These few messages are written by hand: protobuf's wire format, with the field numbers of etcd's rpc.proto.

void add_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void add_number(std::string& out, unsigned field, std::uint64_t value) {
  add_varint(out, field << 3);
  add_varint(out, value);
}

void add_bytes(std::string& out, unsigned field, std::string_view bytes) {
  add_varint(out, field << 3 | 2);
  add_varint(out, bytes.size());
  out += bytes;
}

/// etcdserverpb.MemberListResponse: members = 2 {ID = 1, name = 2, peerURLs = 3, clientURLs = 4}.
std::string member_list(const PdState& pd) {
  std::string response;
  for (const auto& [id, facts] : pd.members) {
    std::string member;
    add_number(member, 1, id);
    add_bytes(member, 2, "pd" + std::to_string(id));
    const std::string url = pd.scheme + "://" + facts.address;
    add_bytes(member, 3, url);
    add_bytes(member, 4, url);
    add_bytes(response, 2, member);
  }
  return response;
}

/// grpc.health.v1.HealthCheckResponse: status = 1, SERVING is 1.
std::string serving(const PdState&) {
  std::string response;
  add_number(response, 1, 1);
  return response;
}

/// etcdserverpb.RangeResponse without keys.
std::string no_keys(const PdState&) { return {}; }

struct Row {
  std::string_view path;
  std::string (*answer)(const PdState&);
};
constexpr std::array kRows = {
    Row{"/grpc.health.v1.Health/Check", serving},
    Row{"/etcdserverpb.Cluster/MemberList", member_list},
    Row{"/etcdserverpb.KV/Range", no_keys},
};

}  // namespace

std::optional<std::string> etcd_answer(std::string_view path, const PdState& pd) {
  const auto row = std::find_if(kRows.begin(), kRows.end(), [path](const Row& one) { return one.path == path; });
  if (row == kRows.end()) return std::nullopt;
  return row->answer(pd);
}

}  // namespace tikv::testing::cluster
