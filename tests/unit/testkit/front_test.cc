// The embedded cluster over real sockets, asked by our own transport.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tikv/proto/kvrpcpb.pb.h>
#include <tikv/proto/pdpb.pb.h>
#include <tikv/testing/cluster.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/http_transport.h"
#include "proto/pd_methods.h"
#include "proto/tikv_methods.h"
#include "runtime/io_loop.h"

namespace tikv::testing {
namespace {

namespace kvrpcpb = proto::kvrpcpb;
namespace pdpb = proto::pdpb;
using namespace std::chrono_literals;

template <class Request>
Task<Result<proto::ResponseOf<Request>>> call_once(net::Transport* transport, std::string address, Request request) {
  proto::ResponseOf<Request> response;
  net::Call call(*transport, address, proto::MethodOf<Request>::method, request, response);
  const net::Status status = co_await call;
  if (!status.ok()) {
    const ErrorKind kind = status.outcome == net::Outcome::kDeadline ? ErrorKind::kDeadline : ErrorKind::kUnavailable;
    co_return std::unexpected(Error(kind, std::string(net::outcome_name(status)) + " " + status.message));
  }
  co_return response;
}

Task<Result<pdpb::TsoResponse>> ask_tso(net::Transport* transport, std::string address, std::uint64_t cluster_id) {
  auto stream = transport->open(address, proto::MethodOf<pdpb::TsoRequest>::method);
  pdpb::TsoRequest request;
  request.mutable_header()->set_cluster_id(cluster_id);
  request.set_count(3);
  stream->send(request);
  pdpb::TsoResponse response;
  const net::Status status = co_await stream->receive(response);
  if (!status.ok()) co_return std::unexpected(Error(ErrorKind::kUnavailable, status.message));
  co_return response;
}

/// A transport on a loop of its own, for calls that block.
class Caller {
 public:
  Caller()
      : loop_(runtime::LoopOptions{}), transport_(std::make_unique<net::HttpTransport>(loop_, net::HttpOptions{})) {}
  ~Caller() { loop_.close(); }

  template <class Request>
  Result<proto::ResponseOf<Request>> ask(std::string address, Request request,
                                         std::chrono::milliseconds timeout = 10s) {
    return runtime::run_on(loop_, call_once(transport_.get(), std::move(address), std::move(request)))
        .with_timeout(timeout)
        .get();
  }
  Result<pdpb::TsoResponse> tso(std::string address, std::uint64_t cluster_id) {
    return runtime::run_on(loop_, ask_tso(transport_.get(), std::move(address), cluster_id)).with_timeout(10s).get();
  }

 private:
  runtime::IoLoop loop_;
  std::unique_ptr<net::HttpTransport> transport_;
};

class FrontTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto cluster = Cluster::start({.split_keys = {"m"}});
    ASSERT_TRUE(cluster) << cluster.error().to_string();
    cluster_ = std::make_unique<Cluster>(*std::move(cluster));
    pd_ = cluster_->pd_endpoints().front();
    const auto members = caller_.ask(pd_, pdpb::GetMembersRequest());
    ASSERT_TRUE(members) << members.error().to_string();
    cluster_id_ = members->header().cluster_id();
  }

  /// The request with the context of the region that PD has for `key`, to its leader.
  template <class Request>
  Result<proto::ResponseOf<Request>> ask_region(const std::string& key, Request request,
                                                std::chrono::milliseconds timeout = 10s) {
    pdpb::GetRegionRequest where;
    where.mutable_header()->set_cluster_id(cluster_id_);
    where.set_region_key(key);
    const auto region = caller_.ask(pd_, where);
    if (!region) return std::unexpected(region.error());
    auto& context = *request.mutable_context();
    context.set_region_id(region->region().id());
    *context.mutable_region_epoch() = region->region().region_epoch();
    *context.mutable_peer() = region->leader();
    return caller_.ask(address_of(region->leader().store_id()), std::move(request), timeout);
  }
  std::string address_of(std::uint64_t store) const { return cluster_->stores().at(store - 1).address; }

  Result<kvrpcpb::RawPutResponse> put(const std::string& value, std::chrono::milliseconds timeout = 10s) {
    kvrpcpb::RawPutRequest request;
    request.set_key("k");
    request.set_value(value);
    return ask_region("k", request, timeout);
  }
  std::string value() {
    kvrpcpb::RawGetRequest request;
    request.set_key("k");
    const auto response = ask_region("k", request);
    return response ? response->value() : response.error().to_string();
  }
  void wait_for_leader_other_than(std::uint64_t store) {
    for (;;) {
      const std::uint64_t leader = cluster_->regions().front().leader_store;
      if (leader != 0 && leader != store) return;
      std::this_thread::yield();
    }
  }

  std::unique_ptr<Cluster> cluster_;
  Caller caller_;
  std::string pd_;
  std::uint64_t cluster_id_ = 0;
};

TEST_F(FrontTest, PdAnswersCallsAndStreams) {
  EXPECT_EQ(cluster_id_, ClusterOptions().cluster_id);
  const auto stamp = caller_.tso(pd_, cluster_id_);
  ASSERT_TRUE(stamp) << stamp.error().to_string();
  EXPECT_EQ(stamp->count(), 3U);
  EXPECT_FALSE(caller_.tso(pd_, cluster_id_ + 1));
  const auto regions = cluster_->regions();
  ASSERT_EQ(regions.size(), 2U);
  EXPECT_EQ(regions[0].end_key, regions[1].start_key);
}

TEST_F(FrontTest, StoresAnswerInBatchesAndAlone) {
  ASSERT_TRUE(put("v"));
  EXPECT_EQ(value(), "v");
  // This one has no arm in BatchCommands.
  kvrpcpb::RawCASRequest swap;
  swap.set_key("k");
  swap.set_value("w");
  swap.set_previous_value("v");
  const auto swapped = ask_region("k", swap);
  ASSERT_TRUE(swapped) << swapped.error().to_string();
  EXPECT_TRUE(swapped->succeed());
  EXPECT_EQ(cluster_->requests("RawCompareAndSwap"), 1U);
}

TEST_F(FrontTest, AKilledStoreComesBackWithItsData) {
  ASSERT_TRUE(put("v"));
  const std::string address = address_of(1);
  ASSERT_TRUE(cluster_->kill(1));
  EXPECT_FALSE(cluster_->kill(1));
  EXPECT_FALSE(put("w"));
  wait_for_leader_other_than(1);
  EXPECT_EQ(value(), "v");
  ASSERT_TRUE(cluster_->restart(1));
  EXPECT_EQ(address_of(1), address);
  ASSERT_TRUE(cluster_->move_leader("", 1));
  EXPECT_EQ(value(), "v");
}

TEST_F(FrontTest, KillingAStoreEndsTheCallsItHolds) {
  ASSERT_TRUE(cluster_->freeze(1));
  std::thread killer([this] {
    while (cluster_->requests("RawPut") == 0) std::this_thread::yield();
    EXPECT_TRUE(cluster_->kill(1));
  });
  const auto answer = put("v", 60s);
  killer.join();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind(), ErrorKind::kUnavailable);
}

TEST_F(FrontTest, ALostReplyIsWaitedForInVain) {
  const FaultId id = cluster_->drop_next_reply("RawPut");
  const auto lost = put("v", 100ms);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind(), ErrorKind::kDeadline);
  EXPECT_EQ(cluster_->hits(id), 1U);
  EXPECT_EQ(value(), "v");
}

TEST_F(FrontTest, ABrokenConnectionEndsTheCall) {
  cluster_->inject({.method = "RawPut", .kind = FaultKind::kBreakAfter});
  const auto broken = put("v");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(value(), "v");
}

TEST_F(FrontTest, AFrozenStoreAnswersWhenThawed) {
  ASSERT_TRUE(cluster_->freeze(1));
  EXPECT_FALSE(put("v", 50ms));
  ASSERT_TRUE(cluster_->thaw(1));
  EXPECT_EQ(value(), "v");
}

TEST_F(FrontTest, ALockIsWaitedForInRealTime) {
  kvrpcpb::PessimisticLockRequest lock;
  auto& mutation = *lock.add_mutations();
  mutation.set_op(kvrpcpb::PessimisticLock);
  mutation.set_key("k");
  lock.set_primary_lock("k");
  lock.set_start_version(10);
  lock.set_for_update_ts(10);
  lock.set_lock_ttl(60000);
  const auto first = ask_region("k", lock);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->errors_size(), 0);
  lock.set_start_version(20);
  lock.set_for_update_ts(20);
  lock.set_wait_timeout(100);
  const auto began = std::chrono::steady_clock::now();
  const auto second = ask_region("k", lock);
  ASSERT_TRUE(second);
  ASSERT_EQ(second->errors_size(), 1);
  EXPECT_TRUE(second->errors(0).has_locked());
  EXPECT_GE(std::chrono::steady_clock::now() - began, 100ms);
}

TEST_F(FrontTest, ManyCallersAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kCalls = 100;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this] {
      Caller caller;
      for (int i = 0; i < kCalls; ++i) EXPECT_TRUE(caller.tso(pd_, cluster_id_));
    });
  }
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(cluster_->split("key" + std::to_string(i)));
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(cluster_->requests("Tso"), static_cast<std::uint64_t>(kThreads * kCalls));
}

TEST(ClusterStart, RefusesWhatIsNoCluster) {
  EXPECT_EQ(Cluster::start({.stores = 0}).error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(Cluster::start({.pds = 0}).error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(Cluster::start({.replicas = 0}).error().kind(), ErrorKind::kInvalidArgument);
}

TEST(ClusterStart, TwoClustersDoNotShareAPort) {
  auto first = Cluster::start({.stores = 1});
  ASSERT_TRUE(first);
  const std::string endpoint = first->pd_endpoints().front();
  const auto port = static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.find(':') + 1)));
  const auto second = Cluster::start({.stores = 1, .pd_port = port});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), ErrorKind::kUnavailable);
  first->stop();
}

TEST(ClusterStart, PdMembersFailOver) {
  auto cluster = Cluster::start({.stores = 1, .pds = 3, .election_delay = 1ms});
  ASSERT_TRUE(cluster);
  Caller caller;
  const auto endpoints = cluster->pd_endpoints();
  ASSERT_EQ(endpoints.size(), 3U);
  ASSERT_TRUE(cluster->kill_pd(1));
  EXPECT_FALSE(caller.ask(endpoints[0], pdpb::GetMembersRequest()));
  for (;;) {
    const auto members = caller.ask(endpoints[1], pdpb::GetMembersRequest());
    ASSERT_TRUE(members);
    if (members->has_leader()) break;
  }
  ASSERT_TRUE(cluster->move_pd_leader(3));
  EXPECT_EQ(caller.ask(endpoints[1], pdpb::GetMembersRequest())->leader().member_id(), 3U);
  ASSERT_TRUE(cluster->restart_pd(1));
  // Another caller, which has no reason to pause before it connects.
  Caller second;
  EXPECT_TRUE(second.ask(endpoints[0], pdpb::GetMembersRequest()));
}

}  // namespace
}  // namespace tikv::testing
