#include <gtest/gtest.h>
#include <tikv/proto/kvrpcpb.pb.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "simulated_client.h"

// What a caller's options become in the requests of a transaction and of a snapshot.
namespace tikv::testing {
namespace {

namespace kvrpcpb = proto::kvrpcpb;

/// Passes everything on, and keeps the last context of each kind of request.
class WatchedTransport final : public net::Transport {
 public:
  explicit WatchedTransport(net::Transport& through) : through_(through) {}

  void start(net::Call& call) override {
    watch<kvrpcpb::PrewriteRequest>(call);
    watch<kvrpcpb::CommitRequest>(call);
    watch<kvrpcpb::BatchRollbackRequest>(call);
    watch<kvrpcpb::GetRequest>(call);
    watch<kvrpcpb::BatchGetRequest>(call);
    watch<kvrpcpb::ScanRequest>(call);
    through_.start(call);
  }
  void abandon(net::Call& call) noexcept override { through_.abandon(call); }
  std::unique_ptr<net::Stream> open(std::string_view address, const proto::Method& method) override {
    return through_.open(address, method);
  }
  void forget(std::string_view address) override { through_.forget(address); }

  kvrpcpb::CommandPri priority(const std::string& method) const { return contexts_.at(method).priority(); }
  const kvrpcpb::Context& context(const std::string& method) const { return contexts_.at(method); }
  int queued_at(const std::string& method) const { return queued_at_.at(method); }

 private:
  template <class Request>
  void watch(const net::Call& call) {
    const auto* request = dynamic_cast<const Request*>(&call.request());
    if (request == nullptr) return;
    contexts_[std::string(call.method().name())] = request->context();
    queued_at_[std::string(call.method().name())] = call.priority();
  }

  net::Transport& through_;
  std::map<std::string, kvrpcpb::Context> contexts_;
  std::map<std::string, std::uint8_t> queued_at_;
};

class RequestContext : public ::testing::Test {
 protected:
  RequestContext() {
    ClientOptions options;
    options.pd_endpoints = world_.cluster.pd_endpoints();
    client_.emplace(client::connect_on(world_.loop, wire_, std::move(options)).get().value());
  }
  Transaction begin(Priority priority) { return client_->begin({.priority = priority}).get().value(); }

  SimulatedCluster world_;
  WatchedTransport wire_{world_.transport};
  std::optional<Client> client_;
};

TEST_F(RequestContext, CarriesThePriorityOfATransaction) {
  Transaction txn = begin(Priority::kHigh);
  ASSERT_TRUE(txn.put("a", "1"));
  ASSERT_TRUE(txn.commit().get());
  EXPECT_EQ(wire_.priority("KvPrewrite"), kvrpcpb::High);
  EXPECT_EQ(wire_.priority("KvCommit"), kvrpcpb::High);

  Transaction reading = begin(Priority::kLow);
  EXPECT_EQ(reading.get("a").get(), "1");
  EXPECT_EQ(wire_.priority("KvGet"), kvrpcpb::Low);
  ASSERT_TRUE(reading.scan(KeyRange::all()).collect().get());
  EXPECT_EQ(wire_.priority("KvScan"), kvrpcpb::Low);

  Transaction plain = begin(Priority::kNormal);
  EXPECT_EQ(plain.get("a").get(), "1");
  EXPECT_EQ(wire_.priority("KvGet"), kvrpcpb::Normal);
}

// Not only at the store.
TEST_F(RequestContext, AHighPriorityIsUrgentInTheClientsQueueToo) {
  Transaction urgent = begin(Priority::kHigh);
  ASSERT_TRUE(urgent.put("a", "1"));
  ASSERT_TRUE(urgent.commit().get());
  EXPECT_EQ(wire_.queued_at("KvPrewrite"), net::Call::kUrgent);
  EXPECT_EQ(wire_.queued_at("KvCommit"), net::Call::kUrgent);
  for (const Priority usual : {Priority::kNormal, Priority::kLow}) {
    Transaction reading = begin(usual);
    EXPECT_EQ(reading.get("a").get(), "1");
    EXPECT_EQ(wire_.queued_at("KvGet"), 0);
  }
}

TEST_F(RequestContext, CarriesThePriorityAndCachePolicyOfASnapshot) {
  const std::uint64_t now = client_->timestamp().get().value();
  const std::vector<std::string> keys{"a", "b"};
  const Snapshot snapshot = client_->snapshot(now, {.priority = Priority::kHigh, .fill_cache = false});
  ASSERT_TRUE(snapshot.get("a").get());
  ASSERT_TRUE(snapshot.batch_get(keys).get());
  ASSERT_TRUE(snapshot.scan(KeyRange::all()).collect().get());
  for (const char* method : {"KvGet", "KvBatchGet", "KvScan"}) {
    EXPECT_EQ(wire_.priority(method), kvrpcpb::High) << method;
    EXPECT_TRUE(wire_.context(method).not_fill_cache()) << method;
  }
  ASSERT_TRUE(client_->snapshot(now).get("a").get());
  EXPECT_FALSE(wire_.context("KvGet").not_fill_cache());
}

}  // namespace
}  // namespace tikv::testing
