// Streams, over simulated sockets.

#include "simulated.h"

namespace tikv::net {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr proto::Method kBoth = proto::streams(proto::Streaming::kBoth, proto::reads("/test/Both"));
constexpr proto::Method kServer = proto::streams(proto::Streaming::kServer, proto::reads("/test/Server"));

class GrpcStreamTest : public SimulatedTest {
 protected:
  GrpcStreamTest() {
    network_.on_message = [](FakePeer& peer, FakePeer::Exchange& exchange, const std::string& message) {
      peer.send(exchange.id, echo(message));
    };
  }
  ~GrpcStreamTest() override { stream_.reset(); }

  void open(const proto::Method& method = kBoth) {
    loop_.submit([&] { stream_ = transport().open(kAddress, method); });
    settle();
  }
  void send(const std::string& key) {
    loop_.submit([&] {
      kvrpcpb::RawGetRequest request;
      request.set_key(key);
      stream_->send(request);
    });
    settle();
  }
  struct Received {
    Received() = default;
    Status status;
    std::string value;
  };
  Received receive(std::chrono::milliseconds timeout = 10s) { return run(receive_one(*stream_, timeout)); }
  static Task<Received> receive_one(Stream& stream, std::chrono::milliseconds timeout) {
    Received received;
    kvrpcpb::RawGetResponse response;
    received.status = co_await stream.receive(response).with_timeout(timeout);
    received.value = response.value();
    co_return received;
  }

  std::unique_ptr<Stream> stream_;
};

TEST_F(GrpcStreamTest, CarriesMessagesBothWays) {
  open();
  for (const std::string key : {"a", "b", "c"}) {
    send(key);
    const Received received = receive();
    EXPECT_TRUE(received.status.ok());
    EXPECT_EQ(received.value, "value of " + key);
  }
  EXPECT_EQ(network_.peer().exchanges.size(), 1U);
}

TEST_F(GrpcStreamTest, MessagesWaitForTheReceiver) {
  open();
  send("a");
  send("b");
  EXPECT_EQ(receive().value, "value of a");
  EXPECT_EQ(receive().value, "value of b");
}

TEST_F(GrpcStreamTest, WhatIsSentBeforeTheConnectionGoesOutWithIt) {
  loop_.submit([&] {
    stream_ = transport().open(kAddress, kBoth);
    kvrpcpb::RawGetRequest request;
    request.set_key("early");
    stream_->send(request);
  });
  settle();
  EXPECT_EQ(receive().value, "value of early");
}

TEST_F(GrpcStreamTest, ReceiveMayBeTriedAgainAfterItsDeadline) {
  open();
  EXPECT_EQ(receive(10ms).status.outcome, Outcome::kDeadline);
  send("a");
  EXPECT_EQ(receive().value, "value of a");
}

TEST_F(GrpcStreamTest, EndInOrderIsStatusOk) {
  open();
  send("a");
  network_.peer().finish(network_.peer().last().id);
  settle();
  EXPECT_EQ(receive().value, "value of a");
  for (int i = 0; i < 2; ++i) {
    const Received end = receive();
    EXPECT_EQ(end.status.outcome, Outcome::kStatus);
    EXPECT_EQ(end.status.code, StatusCode::kOk);
    EXPECT_TRUE(end.status.sent);
  }
  send("into the void");
}

TEST_F(GrpcStreamTest, EndWithAnError) {
  open();
  network_.peer().finish(network_.peer().last().id, 9, "not leader");
  const Received end = receive();
  EXPECT_EQ(end.status.code, StatusCode::kFailedPrecondition);
  EXPECT_EQ(end.status.message, "not leader");
  EXPECT_FALSE(end.status.sent);
}

TEST_F(GrpcStreamTest, EndInsideAMessageIsMalformed) {
  open();
  FakePeer& peer = network_.peer();
  peer.send_bytes(peer.last().id, std::string("\0\0\0\0\5half", 9));
  peer.finish(peer.last().id);
  EXPECT_EQ(receive().status.outcome, Outcome::kMalformed);
}

TEST_F(GrpcStreamTest, ResetStreamEnds) {
  open();
  send("a");
  receive();
  network_.peer().reset(network_.peer().last().id, 2);
  const Received end = receive();
  EXPECT_EQ(end.status.outcome, Outcome::kStatus);
  EXPECT_EQ(end.status.code, StatusCode::kInternal);
}

TEST_F(GrpcStreamTest, BrokenConnectionEndsTheStream) {
  open();
  send("a");
  receive();
  network_.peer().hang_up();
  const Received end = receive();
  EXPECT_EQ(end.status.outcome, Outcome::kConnection);
  EXPECT_TRUE(end.status.sent);
}

TEST_F(GrpcStreamTest, RefusedConnectionShowsInReceive) {
  network_.accept = FakeNetwork::Accept::kRefuses;
  open();
  send("a");
  const Received end = receive();
  EXPECT_EQ(end.status.outcome, Outcome::kConnection);
  EXPECT_FALSE(end.status.sent);
  EXPECT_THAT(end.status.message, HasSubstr("refused"));
}

TEST_F(GrpcStreamTest, DestroyedStreamIsReset) {
  open();
  send("a");
  loop_.submit([&] { stream_.reset(); });
  settle();
  EXPECT_EQ(network_.peer().last().reset_code, 8);
}

TEST_F(GrpcStreamTest, DestroyedBeforeThereIsAConnection) {
  network_.accept = FakeNetwork::Accept::kHangs;
  open();
  loop_.submit([&] { stream_.reset(); });
  loop_.run_for(10s);
  EXPECT_EQ(network_.attempts, 1);
}

TEST_F(GrpcStreamTest, OutlivesTheTransport) {
  open();
  send("a");
  receive();
  loop_.submit([&] { transport_.reset(); });
  settle();
  EXPECT_EQ(receive().status.outcome, Outcome::kConnection);
  send("b");
}

TEST_F(GrpcStreamTest, SilentServerIsFoundOutWhileSomebodyWaits) {
  open();
  network_.peer().silent = true;
  const auto took = timed([&] { EXPECT_EQ(receive(60s).status.outcome, Outcome::kConnection); });
  EXPECT_EQ(took, 13s);
}

TEST_F(GrpcStreamTest, RequestAboveTheLimitEndsTheStream) {
  options_.max_send_message = 100;
  open();
  send(std::string(1000, 'k'));
  EXPECT_EQ(receive().status.outcome, Outcome::kTooLarge);
}

TEST_F(GrpcStreamTest, ResponseAboveTheLimitEndsTheStream) {
  options_.max_receive_message = 100;
  open();
  send(std::string(1000, 'k'));
  EXPECT_EQ(receive().status.outcome, Outcome::kTooLarge);
  settle();
  EXPECT_EQ(network_.peer().last().reset_code, 8);
}

TEST_F(GrpcStreamTest, ResponseThatDoesNotParseEndsTheStream) {
  network_.on_message = [](FakePeer& peer, FakePeer::Exchange& exchange, const std::string&) {
    peer.send(exchange.id, "\xff\xff");
  };
  open();
  send("a");
  EXPECT_EQ(receive().status.outcome, Outcome::kMalformed);
  EXPECT_EQ(receive().status.outcome, Outcome::kMalformed);
}

TEST_F(GrpcStreamTest, OneRequestClosesOurSide) {
  network_.on_message = [](FakePeer& peer, FakePeer::Exchange& exchange, const std::string& message) {
    for (int i = 0; i < 3; ++i) peer.send(exchange.id, echo(message));
    peer.finish(exchange.id);
  };
  open(kServer);
  send("a");
  EXPECT_TRUE(network_.peer().last().client_ended);
  EXPECT_EQ(network_.peer().last().reset_code, -1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(receive().value, "value of a");
  EXPECT_EQ(receive().status.code, StatusCode::kOk);
}

// A receiver that lags behind makes the server wait.
TEST_F(GrpcStreamTest, UnreadMessagesCloseTheWindow) {
  options_.stream_window = 100'000;
  open();
  send("first");
  FakePeer& peer = network_.peer();
  const std::int32_t id = peer.last().id;
  kvrpcpb::RawGetResponse big;
  big.set_value(std::string(30'000, 'v'));
  for (int i = 0; i < 10; ++i) peer.send(id, big.SerializeAsString());
  settle();
  EXPECT_LT(peer.window(id), 30'000);
  EXPECT_EQ(receive().value, "value of first");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(receive().value.size(), 30'000U);
}

TEST_F(GrpcStreamTest, MessageLargerThanTheWindowArrives) {
  options_.stream_window = 100'000;
  open();
  send(std::string(1'000'000, 'k'));
  EXPECT_EQ(receive().value.size(), 1'000'009U);
  EXPECT_THAT(network_.peers, SizeIs(1));
}

}  // namespace
}  // namespace tikv::net
