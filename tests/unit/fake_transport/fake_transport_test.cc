#include "fake_transport/fake_transport.h"

#include <gtest/gtest.h>
#include <tikv/proto/pdpb.pb.h>

#include "proto/pd_methods.h"
#include "runtime/scope.h"
#include "runtime/sim_loop.h"

namespace tikv::testing {
namespace {

using namespace std::chrono_literals;
namespace pdpb = proto::pdpb;

constexpr auto& kGetStore = proto::MethodOf<pdpb::GetStoreRequest>::method;

struct Answer {
  net::Status status;
  std::uint64_t id = 0;
};

class FakeTransportTest : public ::testing::Test {
 protected:
  static Task<Result<Answer>> ask(net::Transport* net, std::uint64_t id) {
    pdpb::GetStoreRequest request;
    request.set_store_id(id);
    pdpb::GetStoreResponse response;
    net::Call call(*net, "a:1", kGetStore, request, response);
    Answer answer;
    answer.status = co_await call;
    answer.id = response.store().id();
    co_return answer;
  }
  Answer run(std::uint64_t id, std::chrono::nanoseconds timeout = 10s) {
    return runtime::run_on(loop_, ask(&net_, id)).with_timeout(timeout).get().value();
  }
  void serve() {
    net_.on<pdpb::GetStoreRequest>("a:1", [](const pdpb::GetStoreRequest& request) -> Reply {
      pdpb::GetStoreResponse response;
      response.mutable_store()->set_id(request.store_id());
      return response;
    });
  }

  runtime::SimLoop loop_;
  FakeTransport net_{loop_};
};

TEST_F(FakeTransportTest, AnswersAfterTheLatency) {
  serve();
  const auto before = loop_.now();
  const Answer answer = run(7);
  EXPECT_TRUE(answer.status.ok());
  EXPECT_EQ(answer.id, 7u);
  EXPECT_EQ(loop_.now() - before, 1ms);
  EXPECT_EQ(net_.count("GetStore", "a:1"), 1u);
  EXPECT_EQ(net_.sent()[0].as<pdpb::GetStoreRequest>().store_id(), 7u);
}

TEST_F(FakeTransportTest, UnknownAddressesRefuseAndUnknownMethodsAreUnimplemented) {
  const Answer refused = run(1);
  EXPECT_EQ(refused.status.outcome, net::Outcome::kConnection);
  EXPECT_FALSE(refused.status.sent);
  net_.on<pdpb::GetMembersRequest>("a:1", [](const pdpb::GetMembersRequest&) { return Reply::never(); });
  EXPECT_EQ(run(1).status.code, net::StatusCode::kUnimplemented);
}

TEST_F(FakeTransportTest, FrozenAddressesRunIntoTheDeadline) {
  serve();
  net_.freeze("a:1");
  EXPECT_EQ(run(1, 2s).status.outcome, net::Outcome::kDeadline);
  EXPECT_EQ(net_.waiting(), 0u);
  net_.heal("a:1");
  EXPECT_TRUE(run(1).status.ok());
  net_.cut("a:1");
  EXPECT_EQ(run(1).status.outcome, net::Outcome::kConnection);
}

TEST_F(FakeTransportTest, ScriptedStepsFail) {
  serve();
  std::vector<std::string> outcomes;
  for (const Fault fault : kAllFaults) {
    net_.fail_step(net_.steps(), fault);
    const auto before = loop_.now();
    const Answer answer = run(1, 3s);
    std::string text(net::outcome_name(answer.status));
    if (answer.status.sent) text += " sent";
    if (loop_.now() - before >= FakeTransport::kLateBy) text += " late";
    outcomes.push_back(std::move(text));
    EXPECT_TRUE(run(1).status.ok());
  }
  const std::vector<std::string> expected = {"connection", "connection sent", "deadline sent late", "UNAVAILABLE sent",
                                             "ok sent late"};
  EXPECT_EQ(outcomes, expected);
}

Task<Result<std::vector<std::uint32_t>>> talk(net::Transport* net) {
  auto stream = net->open("a:1", proto::MethodOf<pdpb::TsoRequest>::method);
  pdpb::TsoRequest request;
  request.set_count(3);
  stream->send(request);
  request.set_count(4);
  stream->send(request);
  std::vector<std::uint32_t> counts;
  pdpb::TsoResponse response;
  for (;;) {
    const net::Status status = co_await stream->receive(response);
    if (!status.ok()) {
      counts.push_back(static_cast<std::uint32_t>(status.code));
      co_return counts;
    }
    counts.push_back(response.count());
  }
}

TEST_F(FakeTransportTest, StreamsKeepOrderAndEnd) {
  net_.on_stream<pdpb::TsoRequest>("a:1", [](const pdpb::TsoRequest& request, StreamPeer& peer) {
    pdpb::TsoResponse response;
    response.set_count(request.count());
    peer.send(response, request.count() == 3 ? 5ms : 0ms);
    if (request.count() == 4) peer.end(status_of(net::StatusCode::kUnavailable));
  });
  const auto counts = runtime::run_on(loop_, talk(&net_)).get().value();
  EXPECT_EQ(counts, (std::vector<std::uint32_t>{3, 4, 14}));
  EXPECT_EQ(net_.open_streams(), 0u);
}

TEST_F(FakeTransportTest, StreamsBreakWithTheAddress) {
  net_.on_stream<pdpb::TsoRequest>("a:1",
                                   [this](const pdpb::TsoRequest&, StreamPeer& peer) { net_.cut(peer.address()); });
  const auto counts = runtime::run_on(loop_, talk(&net_)).get().value();
  EXPECT_EQ(counts, (std::vector<std::uint32_t>{0}));
}

}  // namespace
}  // namespace tikv::testing
