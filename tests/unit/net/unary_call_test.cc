// Calls with a stream of their own, over simulated sockets.

#include "simulated.h"

namespace tikv::net {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Pair;
using ::testing::Property;

class UnaryCallTest : public SimulatedTest {
 protected:
  Answer get_unary() { return run(get(kAddress, "k", kUnaryGet)); }
  Task<void> get_stoppable(std::stop_token stop, Answer& result, bool& done) {
    result = co_await get(kAddress, "k", kUnaryGet, 0ms, stop);
    done = true;
  }
  using Lines = std::vector<std::pair<std::string, std::string>>;
  void respond_with(Lines headers) {
    network_.on_message = [headers](FakePeer& peer, FakePeer::Exchange& exchange, const std::string&) {
      peer.respond(exchange.id, headers);
    };
  }
};

TEST_F(UnaryCallTest, DeadlineGoesOutOnTheWire) {
  run(get(kAddress, "k", kUnaryGet, 300ms));
  EXPECT_THAT(network_.peer().last().headers, Contains(Pair("grpc-timeout", "300000u")));
}

TEST_F(UnaryCallTest, DeadlineEndsTheCallAndTheStream) {
  network_.on_message = never_answer;
  const auto took = timed([&] {
    const Answer result = run(get(kAddress, "k", kUnaryGet, 300ms));
    EXPECT_EQ(result.status.outcome, Outcome::kDeadline);
    EXPECT_TRUE(result.status.sent);
  });
  EXPECT_EQ(took, 300ms);
  settle();
  EXPECT_EQ(network_.peer().last().reset_code, 8);  // CANCEL
}

TEST_F(UnaryCallTest, StopEndsTheCallAndTheStream) {
  network_.on_message = never_answer;
  std::stop_source source;
  Answer result;
  bool done = false;
  loop_.submit([&] { calls_.scope.spawn(get_stoppable(source.get_token(), result, done)); });
  settle();
  EXPECT_FALSE(done);
  source.request_stop();
  settle();
  EXPECT_TRUE(done);
  EXPECT_EQ(result.status.outcome, Outcome::kStopped);
  EXPECT_TRUE(result.status.sent);
  EXPECT_EQ(network_.peer().last().reset_code, 8);
}

TEST_F(UnaryCallTest, CallWithoutDeadlineSaysNone) {
  begin_get(kUnaryGet);
  EXPECT_THAT(network_.peer().last().headers, ::testing::Not(Contains(Key("grpc-timeout"))));
}

TEST_F(UnaryCallTest, StatusComesInTrailersAlone) {
  respond_with({{":status", "200"},
                {"content-type", "application/grpc"},
                {"grpc-status", "5"},
                {"grpc-message", "no such %C3%BC"}});
  const Answer result = get_unary();
  EXPECT_EQ(result.status.outcome, Outcome::kStatus);
  EXPECT_EQ(result.status.code, StatusCode::kNotFound);
  EXPECT_EQ(result.status.message, "no such \xc3\xbc");
  EXPECT_EQ(outcome_name(result.status), "NOT_FOUND");
}

TEST_F(UnaryCallTest, DeadlineThatTheServerSawALittleSoonerIsTheCallers) {
  connect();
  respond_with({{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", "4"}});
  EXPECT_EQ(run(get(kAddress, "k", kUnaryGet, 9ms)).status.outcome, Outcome::kDeadline);
  const Answer early = run(get(kAddress, "k", kUnaryGet, 300ms));
  EXPECT_EQ(early.status.outcome, Outcome::kStatus) << "the server's own limit, far from the caller's";
  EXPECT_EQ(early.status.code, StatusCode::kDeadlineExceeded);
}

TEST_F(UnaryCallTest, HttpStatusIsTranslated) {
  respond_with({{":status", "503"}, {"content-type", "text/html"}});
  const Answer result = get_unary();
  EXPECT_EQ(result.status.outcome, Outcome::kStatus);
  EXPECT_EQ(result.status.code, StatusCode::kUnavailable);
  EXPECT_EQ(result.status.message, "HTTP status 503");
}

TEST_F(UnaryCallTest, AnswerThatIsNoGrpcIsMalformed) {
  respond_with({{":status", "200"}, {"content-type", "text/html"}});
  const Answer result = get_unary();
  EXPECT_EQ(result.status.outcome, Outcome::kMalformed);
  EXPECT_THAT(result.status.message, HasSubstr("text/html"));
}

TEST_F(UnaryCallTest, AnswerWithoutStatusIsMalformed) {
  respond_with({{":status", "200"}, {"content-type", "application/grpc+proto"}});
  EXPECT_EQ(get_unary().status.outcome, Outcome::kMalformed);
}

TEST_F(UnaryCallTest, SuccessWithoutResponseIsMalformed) {
  respond_with({{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", "0"}});
  EXPECT_EQ(get_unary().status.outcome, Outcome::kMalformed);
}

TEST_F(UnaryCallTest, TwoResponsesAreMalformed) {
  network_.on_message = [](FakePeer& peer, FakePeer::Exchange& exchange, const std::string& message) {
    peer.send(exchange.id, echo(message));
    peer.send(exchange.id, echo(message));
    peer.finish(exchange.id);
  };
  EXPECT_EQ(get_unary().status.outcome, Outcome::kMalformed);
}

TEST_F(UnaryCallTest, ResponseThatDoesNotParseIsMalformed) {
  network_.on_message = [](FakePeer& peer, FakePeer::Exchange& exchange, const std::string&) {
    peer.send(exchange.id, "\xff\xff");
    peer.finish(exchange.id);
  };
  const Answer result = get_unary();
  EXPECT_EQ(result.status.outcome, Outcome::kMalformed);
  EXPECT_TRUE(result.status.sent);
}

TEST_F(UnaryCallTest, ResetIsTranslated) {
  network_.on_message = [](FakePeer& peer, FakePeer::Exchange& exchange, const std::string&) {
    peer.reset(exchange.id, 11);
  };
  const Answer result = get_unary();
  EXPECT_EQ(result.status.outcome, Outcome::kStatus);
  EXPECT_EQ(result.status.code, StatusCode::kResourceExhausted);
  EXPECT_TRUE(result.status.sent);
  EXPECT_THAT(result.status.message, HasSubstr("ENHANCE_YOUR_CALM"));
}

TEST_F(UnaryCallTest, ErrorBeforeTheRequestIsWholeIsTheAnswer) {
  connect();
  network_.peer().room = 20'000;
  const Answer& result = begin_get(kUnaryGet, std::string(1'000'000, 'k'));
  FakePeer& peer = network_.peer();
  peer.respond(peer.last().id, {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", "8"}});
  settle();
  ASSERT_TRUE(over());
  EXPECT_EQ(result.status.code, StatusCode::kResourceExhausted);
  peer.give_room(10'000'000);
  settle();
  EXPECT_EQ(peer.last().reset_code, 8);
  EXPECT_TRUE(run(get(kAddress, "k", kUnaryGet)).status.ok());
}

TEST_F(UnaryCallTest, AbandonedInTheMiddleOfTheRequest) {
  connect();
  FakePeer& peer = network_.peer();
  peer.room = 20'000;
  EXPECT_EQ(run(get(kAddress, std::string(1'000'000, 'k'), kUnaryGet, 10ms)).status.outcome, Outcome::kDeadline);
  peer.give_room(10'000'000);
  settle();
  EXPECT_EQ(peer.last().reset_code, 8);
  EXPECT_TRUE(run(get(kAddress, "k", kUnaryGet)).status.ok());
}

// More than the server takes at a time: the rest waits for its turn.
TEST_F(UnaryCallTest, ServerLimitsConcurrentStreams) {
  network_.max_streams = 10;
  const auto answers = run(get_many(kAddress, 500, kUnaryGet));
  EXPECT_THAT(answers, Each(Field(&Answer::status, Property(&Status::ok, true))));
}

TEST_F(UnaryCallTest, AbandonedWhileItWaitsForItsTurn) {
  network_.max_streams = 1;
  network_.on_message = never_answer;
  begin_get(kUnaryGet);
  const Answer result = run(get(kAddress, "waits", kUnaryGet, 10ms));
  EXPECT_EQ(result.status.outcome, Outcome::kDeadline);
  EXPECT_FALSE(result.status.sent);
  FakePeer& peer = network_.peer();
  network_.on_message = answer;
  answer(peer, peer.last(), peer.last().messages.back());
  settle();
  EXPECT_TRUE(over());
  EXPECT_TRUE(run(get(kAddress, "k", kUnaryGet)).status.ok());
}

}  // namespace
}  // namespace tikv::net
