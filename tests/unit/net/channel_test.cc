// HttpTransport over simulated sockets and a virtual clock: what goes wrong on the wire, and when.

#include "simulated.h"

namespace tikv::net {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Pair;

/// The same for a call with a stream of its own and for one in a batch.
class EitherWayTest : public SimulatedTest, public ::testing::WithParamInterface<bool> {
 protected:
  proto::Method method() const { return GetParam() ? kBatchedGet : kUnaryGet; }
};
INSTANTIATE_TEST_SUITE_P(, EitherWayTest, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Batched" : "Unary"; });

TEST_P(EitherWayTest, Answers) {
  const Answer answer = run(get(kAddress, "k", method()));
  EXPECT_TRUE(answer.status.ok()) << answer.status.message;
  EXPECT_TRUE(answer.status.sent);
  EXPECT_EQ(answer.response.value(), "value of k");
}

// ---- no connection

TEST_P(EitherWayTest, RefusedConnectionEndsTheCallAtOnce) {
  network_.accept = FakeNetwork::Accept::kRefuses;
  const auto took = timed([&] {
    const Answer answer = run(get(kAddress, "k", method()));
    EXPECT_EQ(answer.status.outcome, Outcome::kConnection);
    EXPECT_FALSE(answer.status.sent);
    EXPECT_EQ(answer.status.message, "store1:20160: connection refused");
  });
  EXPECT_EQ(took, 0ns);
}

TEST_P(EitherWayTest, RefusedAddressIsLeftAloneForAMoment) {
  network_.accept = FakeNetwork::Accept::kRefuses;
  run(get(kAddress, "k", method()));
  EXPECT_EQ(network_.attempts, 1);
  const Answer answer = run(get(kAddress, "k", method()));
  EXPECT_EQ(network_.attempts, 1);
  EXPECT_EQ(answer.status.outcome, Outcome::kConnection);
  EXPECT_THAT(answer.status.message, HasSubstr("connection refused"));

  network_.accept = FakeNetwork::Accept::kSpeaks;
  loop_.run_for(120ms);  // base delay and jitter
  EXPECT_TRUE(run(get(kAddress, "k", method())).status.ok());
}

TEST_P(EitherWayTest, FailedAttemptsGetRarer) {
  network_.accept = FakeNetwork::Accept::kRefuses;
  for (auto end = loop_.now() + 60s; loop_.now() < end; loop_.run_for(1ms)) run(get(kAddress, "k", method()));
  // 100 ms, 160 ms, ... up to 3 s, with a fifth of jitter.
  EXPECT_GT(network_.attempts, 20);
  EXPECT_LT(network_.attempts, 35);
}

TEST_P(EitherWayTest, ConnectTimesOut) {
  network_.accept = FakeNetwork::Accept::kHangs;
  const auto took = timed([&] {
    const Answer answer = run(get(kAddress, "k", method()));
    EXPECT_EQ(answer.status.outcome, Outcome::kConnection);
    EXPECT_FALSE(answer.status.sent);
  });
  EXPECT_EQ(took, 5s);
}

TEST_P(EitherWayTest, ServerThatAcceptsAndSaysNothingTimesOut) {
  network_.accept = FakeNetwork::Accept::kSaysNothing;
  const auto took = timed([&] {
    const Answer answer = run(get(kAddress, "k", method()));
    EXPECT_EQ(answer.status.outcome, Outcome::kConnection);
    EXPECT_FALSE(answer.status.sent);
  });
  EXPECT_EQ(took, 5s);
}

TEST_P(EitherWayTest, OwnDeadlineEndsTheWaitForAConnection) {
  network_.accept = FakeNetwork::Accept::kHangs;
  const auto took = timed([&] {
    const Answer answer = run(get(kAddress, "k", method(), 300ms));
    EXPECT_EQ(answer.status.outcome, Outcome::kDeadline);
    EXPECT_FALSE(answer.status.sent);
  });
  EXPECT_EQ(took, 300ms);
}

TEST_P(EitherWayTest, ServerThatSpeaksSomethingElseIsTold) {
  network_.garbage = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
  const Answer answer = run(get(kAddress, "k", method()));
  EXPECT_EQ(answer.status.outcome, Outcome::kMalformed);
  EXPECT_FALSE(answer.status.sent);
  EXPECT_THAT(answer.status.message, HasSubstr("HTTP/2"));
}

TEST_P(EitherWayTest, NonsenseAddressIsTold) {
  const Answer answer = run(get("store1", "k", method()));
  EXPECT_EQ(answer.status.outcome, Outcome::kConnection);
  EXPECT_THAT(answer.status.message, HasSubstr("'store1' is no address"));
  EXPECT_EQ(network_.attempts, 0);
}

// ---- connections that break

TEST_P(EitherWayTest, BrokenConnectionEndsWhatWasSent) {
  network_.on_message = never_answer;
  const Answer& answer = begin_get(method());
  EXPECT_FALSE(over());
  network_.peer().hang_up();
  settle();
  ASSERT_TRUE(over());
  EXPECT_EQ(answer.status.outcome, Outcome::kConnection);
  EXPECT_TRUE(answer.status.sent);
  EXPECT_THAT(answer.status.message, HasSubstr("connection reset by peer"));
  EXPECT_EQ(network_.attempts, 1);
}

TEST_P(EitherWayTest, BrokenConnectionSendsAgainWhatWasNotSent) {
  connect(method());
  network_.peer().room = 0;
  const Answer& answer = begin_get(method());
  EXPECT_FALSE(over());
  network_.peer().hang_up();
  settle();
  ASSERT_TRUE(over());
  EXPECT_TRUE(answer.status.ok()) << answer.status.message;
  EXPECT_EQ(network_.attempts, 2);
}

TEST_P(EitherWayTest, WhatWasPartlySentCountsAsSent) {
  connect(method());
  network_.on_message = never_answer;
  // Enough for headers and the beginning of the request.
  network_.peer().room = 600;
  const Answer& answer = begin_get(method(), std::string(100'000, 'k'));
  network_.peer().hang_up();
  settle();
  ASSERT_TRUE(over());
  EXPECT_EQ(answer.status.outcome, Outcome::kConnection);
  EXPECT_TRUE(answer.status.sent);
}

TEST_P(EitherWayTest, WhatWasNotSentIsSentAgainOnlyOnce) {
  connect(method());
  network_.peer().room = 0;
  const Answer& answer = begin_get(method());
  network_.room = 0;
  network_.peer().hang_up();
  settle();
  EXPECT_FALSE(over());
  network_.peer().hang_up();
  settle();
  ASSERT_TRUE(over());
  EXPECT_EQ(answer.status.outcome, Outcome::kConnection);
  EXPECT_FALSE(answer.status.sent);
  EXPECT_EQ(network_.attempts, 2);
}

TEST_P(EitherWayTest, RestartedServerIsReachedAgain) {
  connect(method());
  network_.peer().hang_up();
  settle();
  EXPECT_TRUE(run(get(kAddress, "k", method())).status.ok());
  EXPECT_EQ(network_.attempts, 2);
}

TEST_P(EitherWayTest, ForgottenAddressEndsItsCalls) {
  network_.on_message = never_answer;
  const Answer& answer = begin_get(method());
  loop_.submit([&] { transport().forget(kAddress); });
  settle();
  ASSERT_TRUE(over());
  EXPECT_EQ(answer.status.outcome, Outcome::kConnection);
  EXPECT_TRUE(answer.status.sent);
  network_.on_message = SimulatedTest::answer;
  EXPECT_TRUE(run(get(kAddress, "k", method())).status.ok());
}

TEST_P(EitherWayTest, ClosingTheLoopEndsCalls) {
  network_.on_message = never_answer;
  const Answer& answer = begin_get(method());
  loop_.close();
  ASSERT_TRUE(over());
  EXPECT_EQ(answer.status.outcome, Outcome::kClosed);
  EXPECT_TRUE(answer.status.sent);
}

// ---- signs of life

TEST_P(EitherWayTest, SilentServerIsFoundOut) {
  network_.on_message = [](FakePeer& peer, FakePeer::Exchange&, const std::string&) { peer.silent = true; };
  const auto took = timed([&] {
    const Answer answer = run(get(kAddress, "k", method()));
    EXPECT_EQ(answer.status.outcome, Outcome::kConnection);
    EXPECT_TRUE(answer.status.sent);
    EXPECT_THAT(answer.status.message, HasSubstr("no sign of life"));
  });
  EXPECT_EQ(took, 13s);  // client-go's keep-alive time and timeout
}

TEST_P(EitherWayTest, ServerThatDiedWhileIdleIsFoundOutSooner) {
  connect(method());
  loop_.run_for(1h);
  network_.peer().silent = true;
  const auto took = timed([&] { EXPECT_EQ(run(get(kAddress, "k", method())).status.outcome, Outcome::kConnection); });
  EXPECT_EQ(took, 3s);
}

TEST_P(EitherWayTest, IdleConnectionIsLeftAlone) {
  connect(method());
  loop_.run_for(1h);
  EXPECT_EQ(network_.peer().pings, 0);
}

TEST_P(EitherWayTest, SlowServerThatAnswersPingsIsWaitedFor) {
  network_.on_message = never_answer;
  begin_get(method());
  loop_.run_for(60s);
  EXPECT_FALSE(over());
  EXPECT_GE(network_.peer().pings, 5);
  EXPECT_LE(network_.peer().pings, 6);
  network_.peer().hang_up();
  settle();
}

TEST_P(EitherWayTest, ServerThatWantsFewerPingsGetsFewer) {
  network_.on_message = never_answer;
  begin_get(method());
  network_.peer().go_away(1, 11, "too_many_pings");
  settle();
  begin_get(method());
  ASSERT_EQ(network_.attempts, 2);
  loop_.run_for(65s);
  EXPECT_EQ(network_.peers[0]->pings, 6);
  EXPECT_EQ(network_.peers[1]->pings, 3);
  for (auto& peer : network_.peers) peer->hang_up();
  settle();
}

// ---- GOAWAY

TEST_P(EitherWayTest, DrainedServerFinishesWhatItHas) {
  network_.on_message = never_answer;
  const Answer& old = begin_get(method(), "old");
  FakePeer& first = network_.peer();
  first.go_away(first.last().id);
  settle();
  EXPECT_FALSE(over());

  network_.on_message = answer;
  EXPECT_TRUE(run(get(kAddress, "new", method())).status.ok());
  EXPECT_EQ(network_.attempts, 2);
  EXPECT_TRUE(first.alive());

  answer(first, first.last(), first.last().messages.back());
  settle();
  ASSERT_TRUE(over());
  EXPECT_TRUE(old.status.ok()) << old.status.message;
  EXPECT_EQ(old.response.value(), "value of old");
  // Nothing holds the old connection any more, and the server can go.
  EXPECT_TRUE(first.last().client_ended);
  if (method().batch_arm != 0) first.finish(first.last().id);
  settle();
  EXPECT_FALSE(first.alive());
}

TEST_P(EitherWayTest, ConnectionWithoutStreamsLeftIsReplaced) {
  options_.max_streams = 2;
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(run(get(kAddress, "k", kUnaryGet)).status.ok());
    EXPECT_TRUE(run(get(kAddress, "k", method())).status.ok());
  }
  EXPECT_EQ(network_.attempts, 5);
  settle();
  for (const auto& peer : network_.peers) {
    if (peer->alive()) peer->finish(peer->last().id);
  }
  settle();
  for (const auto& peer : network_.peers) EXPECT_FALSE(peer->alive());
}

TEST_P(EitherWayTest, NonsenseAfterTheGreetingEndsTheConnection) {
  connect(method());
  const Answer& result = [&]() -> const Answer& {
    network_.on_message = never_answer;
    return begin_get(method());
  }();
  network_.peer().say(std::string(100, '\x7f'));
  settle();
  ASSERT_TRUE(over());
  EXPECT_EQ(result.status.outcome, Outcome::kConnection);
  EXPECT_TRUE(result.status.sent);
  EXPECT_THAT(result.status.message, HasSubstr("does not keep to HTTP/2"));
}

// Whatever arrives: no crash (ASan looks), and every call ends, by its own deadline at the latest.
TEST_P(EitherWayTest, TamperedBytesDoNoHarm) {
  std::mt19937_64 random(GetParam());
  network_.tamper = [&](std::string& bytes) {
    if (random() % 3 == 0) return;
    if (random() % 8 == 0) bytes.resize(random() % bytes.size());
    for (std::size_t changes = random() % 4; changes > 0 && !bytes.empty(); --changes) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
  };
  options_.reconnect = {.base = 1ms, .most = 1ms};
  std::map<Outcome, int> outcomes;
  for (int round = 0; round < 2000; ++round) {
    loop_.run_for(2ms);
    const Answer result = run(get(kAddress, std::to_string(round), method(), 200ms));
    ++outcomes[result.status.outcome];
  }
  EXPECT_GT(outcomes[Outcome::kOk], 10);
  EXPECT_GT(outcomes[Outcome::kConnection], 10);
  EXPECT_GT(outcomes[Outcome::kDeadline], 10);
}

TEST_P(EitherWayTest, RefusedByGoawayIsSentAgain) {
  int asked = 0;
  network_.on_message = [&](FakePeer& peer, FakePeer::Exchange& exchange, const std::string& message) {
    if (++asked == 1) return peer.go_away(0);
    answer(peer, exchange, message);
  };
  const Answer result = run(get(kAddress, "k", method()));
  EXPECT_TRUE(result.status.ok()) << result.status.message;
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(network_.attempts, 2);
}

TEST_P(EitherWayTest, RefusedAndThenNoServerIsNotSent) {
  network_.on_message = [&](FakePeer& peer, FakePeer::Exchange&, const std::string&) {
    network_.accept = FakeNetwork::Accept::kRefuses;
    peer.go_away(0);
  };
  const Answer result = run(get(kAddress, "k", method()));
  EXPECT_EQ(result.status.outcome, Outcome::kConnection);
  EXPECT_FALSE(result.status.sent);
}

TEST_P(EitherWayTest, RefusedStreamIsSentAgainOnce) {
  int asked = 0;
  network_.on_message = [&](FakePeer& peer, FakePeer::Exchange& exchange, const std::string&) {
    ++asked;
    peer.reset(exchange.id, 7);
  };
  const Answer result = run(get(kAddress, "k", method()));
  EXPECT_FALSE(result.status.ok());
  EXPECT_FALSE(result.status.sent);
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(network_.attempts, 1);
}

// ---- limits, writes

TEST_P(EitherWayTest, RequestAboveTheLimitIsNotSent) {
  options_.max_send_message = 1000;
  const Answer result = run(get(kAddress, std::string(1000, 'k'), method()));
  EXPECT_EQ(result.status.outcome, Outcome::kTooLarge);
  EXPECT_FALSE(result.status.sent);
  EXPECT_THAT(result.status.message, HasSubstr("limit of 1000"));
  EXPECT_TRUE(run(get(kAddress, std::string(900, 'k'), method())).status.ok());
}

TEST_P(EitherWayTest, ResponseAboveTheLimitIsNotRead) {
  options_.max_receive_message = 1000;
  const Answer result = run(get(kAddress, std::string(1000, 'k'), method()));
  EXPECT_EQ(result.status.outcome, Outcome::kTooLarge);
  EXPECT_TRUE(result.status.sent);
  EXPECT_TRUE(run(get(kAddress, std::string(900, 'k'), method())).status.ok());
}

TEST_P(EitherWayTest, WhatIsReadyGoesOutInOneWrite) {
  connect(method());
  const int before = network_.peer().writes;
  const auto answers = run(get_many(kAddress, 100, method()));
  EXPECT_THAT(answers, Each(Field(&Answer::status, ::testing::Property(&Status::ok, true))));
  EXPECT_EQ(network_.peer().writes, before + 1);
}

TEST_P(EitherWayTest, SocketThatTakesLittleAtATimeGetsEverything) {
  connect(method());
  FakePeer& peer = network_.peer();
  peer.room = 0;
  const Answer& result = begin_get(method(), std::string(50'000, 'k'));
  for (int i = 0; i < 60; ++i) {
    EXPECT_FALSE(over());
    peer.give_room(777);
    settle();
  }
  peer.give_room(10'000);
  settle();
  ASSERT_TRUE(over());
  EXPECT_EQ(result.response.value(), "value of " + std::string(50'000, 'k'));
}

// What has gone out is forgotten while there is always something left to go.
TEST_P(EitherWayTest, SocketThatIsNeverDrainedGetsEverythingInOrder) {
  connect(method());
  FakePeer& peer = network_.peer();
  peer.room = 0;
  std::string key;
  for (int i = 0; key.size() < 1'500'000; ++i) key += std::to_string(i) + " ";
  const Answer& result = begin_get(method(), key);
  for (int i = 0; i < 1000 && !over(); ++i) {
    peer.give_room(10'000);
    settle();
  }
  ASSERT_TRUE(over());
  EXPECT_TRUE(result.response.value() == "value of " + key) << result.response.value().size();
}

TEST_P(EitherWayTest, TransportMetadataArrives) {
  options_.metadata = {{"tenant", "blue"}, {"trace-bin", std::string("\0\xff\x10", 3)}};
  connect(method());
  const auto& headers = network_.peer().last().headers;
  EXPECT_THAT(headers, Contains(Pair("tenant", "blue")));
  EXPECT_THAT(headers, Contains(Pair("trace-bin", "AP8Q")));
  EXPECT_THAT(headers, Contains(Pair(":authority", kAddress)));
  EXPECT_THAT(headers, Contains(Pair("te", "trailers")));
  EXPECT_THAT(headers, Contains(Pair("content-type", "application/grpc")));
  EXPECT_THAT(headers, Contains(Pair("user-agent", options_.user_agent)));
}

}  // namespace
}  // namespace tikv::net
