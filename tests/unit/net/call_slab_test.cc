#include "net/call_slab.h"

#include <gtest/gtest.h>
#include <tikv/proto/kvrpcpb.pb.h>

#include <set>

#include "net/transport.h"

namespace tikv::net {
namespace {

class NoTransport final : public Transport {
 public:
  void start(Call&) override {}
  void abandon(Call&) noexcept override {}
  std::unique_ptr<Stream> open(std::string_view, const proto::Method&) override { return nullptr; }
  void forget(std::string_view) override {}
};

TEST(CallSlabTest, IdsAreNeverUsedTwice) {
  NoTransport transport;
  const proto::kvrpcpb::RawGetRequest request;
  proto::kvrpcpb::RawGetResponse response;
  constexpr proto::Method kMethod = proto::raw_reads("/x/Y", 13);
  Call a(transport, "", kMethod, request, response);
  Call b(transport, "", kMethod, request, response);

  CallSlab slab;
  EXPECT_EQ(slab.find(0), nullptr);
  std::set<std::uint64_t> seen;
  const std::uint64_t kept = slab.add(b);
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t id = slab.add(a);
    EXPECT_TRUE(seen.insert(id).second);
    ASSERT_NE(slab.find(id), nullptr);
    EXPECT_EQ(slab.find(id)->call, &a);
    slab.release(*slab.find(id));
    EXPECT_EQ(slab.find(id), nullptr);
  }
  EXPECT_EQ(slab.find(kept)->call, &b);
  int visited = 0;
  slab.for_each([&](CallSlab::Slot&) { ++visited; });
  EXPECT_EQ(visited, 1);
}

}  // namespace
}  // namespace tikv::net
