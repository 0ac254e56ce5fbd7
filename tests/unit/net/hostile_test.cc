// Servers that mean harm, over simulated sockets: every call ends soon with an error that says so, the client holds
// little, and works again with the server that comes after.

#include "heap.h"
#include "simulated.h"
#include "wire.h"

namespace tikv::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::heap_bytes;

/// What a server says to the first message on a stream, once, and how the call then ends.
struct Hostility {
  const char* name;
  std::string (*says)(std::int32_t id);
  Outcome alone;    // of a call with a stream of its own
  Outcome batched;  // of one in a batch
  const char* message = "";
  std::chrono::seconds within{0};
};

std::string batch_answer(int ids, int answers) {
  tikvpb::BatchCommandsResponse response;
  for (int i = 0; i < answers; ++i) response.add_responses()->mutable_rawget();
  for (int i = 0; i < ids; ++i) response.add_request_ids(1 << 24);
  return response.SerializeAsString();
}

using enum Outcome;
constexpr auto kBroken = "does not keep to HTTP/2";

const Hostility kHostilities[] = {
    // Frames that are none.
    {"FrameLongerThanAllowed",
     [](std::int32_t id) { return wire::frame_of_length((1 << 24) - 1, wire::kData, 0, id, "x"); }, kConnection,
     kConnection, kBroken},
    {"HalfAFrame",
     [](std::int32_t id) {
       return wire::grpc_headers(id) + wire::data(id, wire::message(std::string(100, 'x'))).substr(0, 50);
     },
     kConnection, kConnection, "no sign of life", 13s},
    {"LengthOfSettingsLies", [](std::int32_t) { return wire::frame_of_length(5, wire::kSettings, 0, 0, "12345"); },
     kConnection, kConnection, kBroken},
    {"LengthOfResetLies", [](std::int32_t id) { return wire::frame(wire::kReset, 0, id, "abc"); }, kConnection,
     kConnection, kBroken},
    {"DataOnStreamZero", [](std::int32_t) { return wire::data(0, "x"); }, kConnection, kConnection, kBroken},
    {"DataOnAStreamThatNeverWas", [](std::int32_t id) { return wire::data(id + 100, "x"); }, kConnection, kConnection,
     kBroken},
    {"DataBeforeHeaders", [](std::int32_t id) { return wire::data(id, wire::message("")); }, kConnection, kConnection,
     kBroken},
    {"PushPromise",
     [](std::int32_t id) { return wire::frame(wire::kPushPromise, 4, id, wire::big_endian(2, 4) + "\x88"); },
     kConnection, kConnection, kBroken},
    {"SettingsOutOfRange",
     [](std::int32_t) { return wire::frame(wire::kSettings, 0, 0, wire::setting(4, 0xffffffff)); }, kConnection,
     kConnection, kBroken},

    // Headers.
    {"HeadersThatDoNotDecode", [](std::int32_t id) { return wire::headers(id, "\xff\xff\xff\xff\xff\xff"); },
     kConnection, kConnection, kBroken},
    {"HeadersWithoutStatus", [](std::int32_t id) { return wire::headers(id, wire::line("a", "b")); }, kStatus,
     kConnection, "PROTOCOL_ERROR"},
    {"ManyHeaders",
     [](std::int32_t id) { return wire::headers(id, wire::grpc_lines() + wire::repeated(wire::line("a", "b"), 3000)); },
     kConnection, kConnection, "headers of more than 65536 bytes"},
    {"OneLongHeader",
     [](std::int32_t id) { return wire::headers(id, wire::grpc_lines() + wire::line("a", std::string(65'500, 'b'))); },
     kConnection, kConnection, "headers of more than 65536 bytes"},
    // One line in the table of known headers, and then a byte for each use of it.
    {"HeaderBomb",
     [](std::int32_t id) {
       const std::string remembered = "\x40" + wire::line("bomb", std::string(3000, 'b')).substr(1);
       return wire::headers(id, wire::grpc_lines() + remembered + std::string(10'000, '\xbe'));
     },
     kConnection, kConnection, "headers of more than 65536 bytes"},
    {"ContinuationsWithoutEnd",
     [](std::int32_t id) {
       return wire::frame(wire::kHeaders, 0, id, "\x88") +
              wire::repeated(wire::frame(wire::kContinuation, 0, id, wire::line("a", "b")), 100'000);
     },
     kConnection, kConnection, kBroken},
    {"EmptyContinuationsWithoutEnd",
     [](std::int32_t id) {
       return wire::frame(wire::kHeaders, 0, id, "\x88") +
              wire::repeated(wire::frame(wire::kContinuation, 0, id), 100'000);
     },
     kConnection, kConnection, kBroken},
    {"InformationWithoutEnd",
     [](std::int32_t id) {
       return wire::repeated(wire::headers(id,
                                           "\x08\x03"
                                           "103"),
                             100'000);
     },
     kConnection, kConnection, "headers of more than 65536 bytes"},

    // Answers that are none.
    {"HtmlPage",
     [](std::int32_t id) {
       return wire::headers(id, "\x88" + wire::line("content-type", "text/html")) + wire::data(id, "", true);
     },
     kMalformed, kConnection, "text/html"},
    {"BadGateway",
     [](std::int32_t id) {
       return wire::headers(id,
                            "\x08\x03"
                            "502",
                            true);
     },
     kStatus, kConnection, "HTTP status 502"},
    {"EndWithoutStatus", [](std::int32_t id) { return wire::grpc_headers(id) + wire::data(id, "", true); }, kMalformed,
     kConnection, "without a status"},
    {"StatusThatIsNoNumber",
     [](std::int32_t id) { return wire::headers(id, wire::grpc_lines() + wire::line("grpc-status", "-1"), true); },
     kStatus, kConnection},
    {"LengthBelowTheMessage",
     [](std::int32_t id) { return wire::grpc_headers(id) + wire::data(id, wire::message_of_length(1, "\x0a\x01v")); },
     kMalformed, kMalformed, "not parse"},
    {"LengthAboveTheMessage",
     [](std::int32_t id) {
       return wire::grpc_headers(id) + wire::data(id, wire::message_of_length(100, "abc")) + wire::trailers(id);
     },
     kMalformed, kConnection},
    {"LengthAboveTheLimit",
     [](std::int32_t id) {
       return wire::grpc_headers(id) + wire::data(id, wire::message_of_length(0xffffffff, "abc"));
     },
     kTooLarge, kTooLarge, "response of 4294967295 bytes"},
    {"MessageThatDoesNotParse",
     [](std::int32_t id) { return wire::grpc_headers(id) + wire::data(id, wire::message("\xff\xff\xff")); }, kMalformed,
     kMalformed, "not parse"},
    {"MoreIdsThanAnswers",
     [](std::int32_t id) { return wire::grpc_headers(id) + wire::data(id, wire::message(batch_answer(2, 1))); },
     kMalformed, kMalformed, "not parse"},
    // Resets and ends.
    {"ResetInTheMiddle",
     [](std::int32_t id) {
       return wire::grpc_headers(id) + wire::data(id, wire::message_of_length(9, "abc")) + wire::reset(id, 2);
     },
     kStatus, kConnection, "INTERNAL_ERROR"},
    {"ResetsWithoutEnd", [](std::int32_t id) { return wire::repeated(wire::reset(id, 8), 100'000); }, kStatus,
     kConnection, "CANCEL"},
    {"ResetOfAStreamThatNeverWas", [](std::int32_t id) { return wire::reset(id + 100, 8); }, kConnection, kConnection,
     kBroken},
    {"GoawayWithAnIdOfItsOwn", [](std::int32_t) { return wire::goaway(2, 0); }, kConnection, kConnection, kBroken},
    {"GoawayThatTakesMoreThanBefore", [](std::int32_t id) { return wire::goaway(id, 0) + wire::goaway(id + 100, 0); },
     kConnection, kConnection, kBroken},

    // Floods.
    {"PingsWithoutEnd",
     [](std::int32_t) { return wire::repeated(wire::frame(wire::kPing, 0, 0, "12345678"), 100'000); }, kConnection,
     kConnection, kBroken},
    {"SettingsWithoutEnd", [](std::int32_t) { return wire::repeated(wire::greeting(), 100'000); }, kConnection,
     kConnection, kBroken},
    {"WindowOverflowOfTheConnection", [](std::int32_t) { return wire::window_update(0, 0x7fffffff); }, kConnection,
     kConnection, kBroken},
    {"WindowOverflowOfTheStream",
     [](std::int32_t id) { return wire::repeated(wire::window_update(id, 0x7fffffff), 2); }, kStatus, kConnection,
     "FLOW_CONTROL_ERROR"},
    {"WindowGrownByNothing", [](std::int32_t) { return wire::window_update(0, 0); }, kConnection, kConnection, kBroken},
};

class HostileTest : public SimulatedTest, public ::testing::WithParamInterface<std::tuple<Hostility, bool>> {
 protected:
  const Hostility& hostility() const { return std::get<0>(GetParam()); }
  bool batched() const { return std::get<1>(GetParam()); }
  proto::Method method() const { return batched() ? kBatchedGet : kUnaryGet; }
  /// The server says its piece to the first message of the next stream, and nothing else ever again.
  void turn_hostile() {
    network_.on_message = [this](FakePeer& peer, FakePeer::Exchange& exchange, const std::string&) {
      if (std::exchange(peer.silent, true)) return;
      // In pieces, as a socket brings them.
      const std::string bytes = hostility().says(exchange.id);
      for (std::size_t at = 0; at < bytes.size(); at += 10'000) peer.say(bytes.substr(at, 10'000));
    };
  }
  void turn_sane() {
    network_.on_message = answer;
    for (const auto& peer : network_.peers) peer->hang_up();
    settle();
  }
};
INSTANTIATE_TEST_SUITE_P(, HostileTest, ::testing::Combine(::testing::ValuesIn(kHostilities), ::testing::Bool()),
                         [](const auto& test) {
                           return std::get<0>(test.param).name + std::string(std::get<1>(test.param) ? "Batched" : "");
                         });

TEST_P(HostileTest, EndsTheCallWithLittleHeldAndIsSurvived) {
  options_.max_receive_message = 16 << 20;
  run(get(kAddress, "warm", kUnaryGet));
  turn_sane();  // a first connection and its buffers are there
  run(get(kAddress, "warm", method()));
  turn_sane();
  const std::size_t before = heap_bytes();

  turn_hostile();
  const auto took = timed([&] {
    const Answer result = run(get(kAddress, "k", method(), 30s));
    EXPECT_EQ(result.status.outcome, batched() ? hostility().batched : hostility().alone) << result.status.message;
    EXPECT_TRUE(result.status.sent);
    EXPECT_THAT(result.status.message, HasSubstr(hostility().message));
    EXPECT_LT(result.status.message.size(), 1200U);
  });
  EXPECT_EQ(took, hostility().within);
  // The fake network itself remembers exchanges.
  EXPECT_LT(heap_bytes(), before + (3 << 20));

  turn_sane();
  const Answer again = run(get(kAddress, "k", method()));
  EXPECT_TRUE(again.status.ok()) << again.status.message;
}

using HostileServerTest = SimulatedTest;

// It greets and sends everybody away at once.
TEST_F(HostileServerTest, GoawayAtOnceIsNotTriedWithoutEnd) {
  network_.garbage = wire::greeting() + wire::goaway(0, 0);
  for (const auto& method : {kBatchedGet, kUnaryGet}) {
    const int before = network_.attempts;
    const Answer result = run(get(kAddress, "k", method, 10s));
    EXPECT_FALSE(result.status.ok());
    EXPECT_FALSE(result.status.sent);
    EXPECT_LE(network_.attempts, before + 3);
  }
}

TEST_F(HostileServerTest, WithoutAWindowCallsEndByTheirDeadline) {
  network_.initial_window = 0;
  const auto took = timed([&] {
    EXPECT_EQ(run(get(kAddress, "k", kBatchedGet, 2s)).status.outcome, Outcome::kDeadline);
    EXPECT_EQ(run(get(kAddress, "k", kUnaryGet, 2s)).status.outcome, Outcome::kDeadline);
  });
  EXPECT_EQ(took, 4s);
}

TEST_F(HostileServerTest, AnAnswerToWhatWasNotSentIsMalformed) {
  network_.initial_window = 0;
  const Answer& result = begin_get(kUnaryGet);
  FakePeer& peer = network_.peer();
  const std::int32_t id = peer.last().id;
  peer.say(wire::grpc_headers(id) + wire::data(id, wire::message("")) + wire::trailers(id));
  settle();
  ASSERT_TRUE(over());
  EXPECT_EQ(result.status.outcome, Outcome::kMalformed);
  EXPECT_THAT(result.status.message, HasSubstr("before it was sent"));
  EXPECT_TRUE(result.status.sent) << "it may be on its way by now";
}

TEST_F(HostileServerTest, WithoutStreamsCallsEndByTheirDeadline) {
  network_.max_streams = 0;
  const auto took = timed([&] {
    EXPECT_EQ(run(get(kAddress, "k", kBatchedGet, 2s)).status.outcome, Outcome::kDeadline);
    EXPECT_EQ(run(get(kAddress, "k", kUnaryGet, 2s)).status.outcome, Outcome::kDeadline);
  });
  EXPECT_EQ(took, 4s);
}

// Two bytes of it take 32 in memory.
TEST_F(HostileServerTest, AnswersByTheMillionAreNotHeld) {
  network_.on_message = never_answer;
  const Answer& result = begin_get(kBatchedGet);
  FakePeer& peer = network_.peer();
  const std::int32_t id = peer.last().id;
  const std::string bytes = wire::message(wire::repeated(std::string("\x0a\0", 2), 1'000'000));
  peer.say(wire::grpc_headers(id));
  const std::size_t before = heap_bytes();
  for (std::size_t at = 0; at < bytes.size(); at += 10'000) {
    peer.say(wire::data(id, bytes.substr(at, 10'000)));
    settle();
  }
  ASSERT_TRUE(over());
  EXPECT_EQ(result.status.outcome, Outcome::kMalformed);
  EXPECT_LT(heap_bytes(), before + (1 << 20));
}

// A store that said "not looked at" to a stream on which it had answered would have writes done twice.
TEST_F(HostileServerTest, WhoHasAnsweredCannotRefuse) {
  for (const bool by_goaway : {false, true}) {
    int asked = 0;
    network_.on_message = [&](FakePeer& peer, FakePeer::Exchange& exchange, const std::string& message) {
      if (++asked == 1) return answer(peer, exchange, message);
      by_goaway ? peer.go_away(0) : peer.reset(exchange.id, 7);
    };
    connect(kBatchedGet);
    const Answer result = run(get(kAddress, "k", kBatchedGet));
    EXPECT_EQ(result.status.outcome, Outcome::kConnection);
    EXPECT_TRUE(result.status.sent);
    EXPECT_EQ(asked, 2);
  }
}

TEST_F(HostileServerTest, AnswersToNobodyChangeNothing) {
  network_.on_message = [](FakePeer& peer, FakePeer::Exchange& exchange, const std::string& message) {
    tikvpb::BatchCommandsResponse response = batch_echo(message);
    const std::uint64_t asked = response.request_ids(0);
    // Nobody's, out of all bounds, of the same place at another time; and the right one many times.
    for (const std::uint64_t id : {std::uint64_t{0}, ~std::uint64_t{0}, asked + (1 << 24), asked + 1, asked, asked}) {
      response.add_responses()->mutable_rawget()->set_value("wrong");
      response.add_request_ids(id);
    }
    peer.send(exchange.id, response.SerializeAsString());
  };
  for (int i = 0; i < 100; ++i) {
    const Answer result = run(get(kAddress, "k", kBatchedGet));
    EXPECT_TRUE(result.status.ok()) << result.status.message;
    EXPECT_EQ(result.response.value(), "value of k");
  }
  EXPECT_EQ(network_.attempts, 1);
}

// Data goes on after the stream has ended: it is dropped, and the connection's window is given back.
TEST_F(HostileServerTest, DataOnClosedStreamsIsDropped) {
  options_.connection_window = 100'000;
  network_.on_message = [](FakePeer& peer, FakePeer::Exchange&, const std::string&) { peer.silent = true; };
  EXPECT_EQ(run(get(kAddress, "k", kUnaryGet, 1s)).status.outcome, Outcome::kDeadline);
  const std::size_t before = heap_bytes();
  FakePeer& peer = network_.peer();
  const std::int32_t id = peer.last().id;
  peer.say(wire::grpc_headers(id));
  for (int i = 0; i < 1000; ++i) {
    peer.say(wire::data(id, std::string(10'000, 'x')));
    settle();
  }
  EXPECT_TRUE(peer.alive());
  EXPECT_LT(heap_bytes(), before + (1 << 20));
}

// More than the windows allow, with nobody receiving.
TEST_F(HostileServerTest, StreamThatNobodyReadsHoldsNoMoreThanItsWindow) {
  constexpr proto::Method kBoth = proto::streams(proto::Streaming::kBoth, proto::reads("/test/Both"));
  options_.stream_window = 100'000;
  network_.on_message = never_answer;
  std::unique_ptr<Stream> stream;
  loop_.submit([&] {
    stream = transport().open(kAddress, kBoth);
    stream->send(kvrpcpb::RawGetRequest());
  });
  settle();
  FakePeer& peer = network_.peer();
  const std::int32_t id = peer.last().id;
  peer.silent = true;
  peer.say(wire::grpc_headers(id));
  const std::size_t before = heap_bytes();
  for (int i = 0; i < 1000 && peer.alive(); ++i) {
    peer.say(wire::data(id, wire::repeated(wire::message("abcde"), 1000)));
    settle();
  }
  EXPECT_LT(heap_bytes(), before + (1 << 20));
  kvrpcpb::RawGetResponse response;
  const auto receive = [&]() -> Task<Status> { co_return co_await stream->receive(response); };
  // All that fitted was taken, and none of it is an answer.
  EXPECT_FALSE(run(receive()).ok());
  loop_.submit([&] { stream.reset(); });
  settle();
}

TEST_F(HostileServerTest, TextsAreCutAndCleaned) {
  network_.on_message = [](FakePeer& peer, FakePeer::Exchange& exchange, const std::string&) {
    peer.respond(exchange.id, {{":status", "200"},
                               {"content-type", "application/grpc"},
                               {"grpc-status", "13"},
                               {"grpc-message", "line%0Aline%00" + std::string(60'000, 'x')}});
  };
  const Answer result = run(get(kAddress, "k", kUnaryGet));
  EXPECT_EQ(result.status.code, StatusCode::kInternal);
  EXPECT_THAT(result.status.message, ::testing::StartsWith("line line xxx"));
  EXPECT_LT(result.status.message.size(), 1010U);
}

}  // namespace
}  // namespace tikv::net
