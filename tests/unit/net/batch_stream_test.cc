// Calls in BatchCommands messages, over simulated sockets.

#include <set>

#include "simulated.h"

namespace tikv::net {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::Property;
using ::testing::ResultOf;

class BatchStreamTest : public SimulatedTest {
 protected:
  static auto all_ok() { return Each(Field(&Answer::status, Property(&Status::ok, true))); }
  std::vector<int> batch_sizes() {
    std::vector<int> sizes;
    for (const std::string& message : network_.peer().last().messages) {
      tikvpb::BatchCommandsRequest request;
      EXPECT_TRUE(request.ParseFromString(message));
      sizes.push_back(request.requests_size());
    }
    return sizes;
  }
  /// Answers with `edit` applied to what would be right.
  void answer_with(std::function<void(tikvpb::BatchCommandsResponse&)> edit) {
    network_.on_message = [edit](FakePeer& peer, FakePeer::Exchange& exchange, const std::string& message) {
      tikvpb::BatchCommandsResponse response = batch_echo(message);
      edit(response);
      peer.send(exchange.id, response.SerializeAsString());
    };
  }
};

TEST_F(BatchStreamTest, OneStreamCarriesEverything) {
  for (int i = 0; i < 5; ++i) EXPECT_THAT(run(get_many(kAddress, 10, kBatchedGet)), all_ok());
  EXPECT_EQ(network_.peer().exchanges.size(), 1U);
  EXPECT_THAT(batch_sizes(), ElementsAre(10, 10, 10, 10, 10));
}

TEST_F(BatchStreamTest, MessagesAreCutByCount) {
  const auto answers = run(get_many(kAddress, 300, kBatchedGet));
  EXPECT_THAT(answers, all_ok());
  for (int i = 0; i < 300; ++i) EXPECT_EQ(answers[i].response.value(), "value of " + std::to_string(i));
  EXPECT_THAT(batch_sizes(), ElementsAre(128, 128, 44));
}

TEST_F(BatchStreamTest, MessagesAreCutByBytes) {
  options_.max_batch_bytes = 1000;
  connect(kBatchedGet);
  loop_.submit([this] {
    for (int i = 0; i < 5; ++i) spawn_get(calls_, kAddress, std::string(400, 'k'), kBatchedGet);
    spawn_get(calls_, kAddress, std::string(4000, 'k'), kBatchedGet);
    spawn_get(calls_, kAddress, "small", kBatchedGet);
  });
  settle();
  ASSERT_TRUE(over());
  for (const auto& result : calls_.answers) EXPECT_TRUE(result->status.ok());
  EXPECT_THAT(batch_sizes(), ElementsAre(1, 2, 2, 1, 1, 1));
}

TEST_F(BatchStreamTest, MessagesStayBelowTheSendLimit) {
  options_.max_send_message = 1000;
  options_.max_receive_message = 10'000;
  loop_.submit([this] {
    for (int i = 0; i < 3; ++i) spawn_get(calls_, kAddress, std::string(600, 'k'), kBatchedGet);
  });
  settle();
  ASSERT_TRUE(over());
  EXPECT_THAT(batch_sizes(), ElementsAre(1, 1, 1));
  for (const std::string& message : network_.peer().last().messages) EXPECT_LE(message.size(), 1000U);
}

TEST_F(BatchStreamTest, AnswersComeInAnyOrder) {
  answer_with([](tikvpb::BatchCommandsResponse& response) {
    std::reverse(response.mutable_responses()->pointer_begin(), response.mutable_responses()->pointer_end());
    std::reverse(response.mutable_request_ids()->begin(), response.mutable_request_ids()->end());
  });
  const auto answers = run(get_many(kAddress, 50, kBatchedGet));
  EXPECT_THAT(answers, all_ok());
  for (int i = 0; i < 50; ++i) EXPECT_EQ(answers[i].response.value(), "value of " + std::to_string(i));
}

TEST_F(BatchStreamTest, AnswersComeOneByOne) {
  network_.on_message = [](FakePeer& peer, FakePeer::Exchange& exchange, const std::string& message) {
    const tikvpb::BatchCommandsResponse all = batch_echo(message);
    for (int i = all.responses_size(); i-- > 0;) {
      tikvpb::BatchCommandsResponse one;
      *one.add_responses() = all.responses(i);
      one.add_request_ids(all.request_ids(i));
      peer.send(exchange.id, one.SerializeAsString());
    }
  };
  EXPECT_THAT(run(get_many(kAddress, 200, kBatchedGet)), all_ok());
}

TEST_F(BatchStreamTest, AnswerOfAnotherKindIsMalformed) {
  answer_with([](tikvpb::BatchCommandsResponse& response) { response.mutable_responses(0)->mutable_rawput(); });
  const Answer result = run(get(kAddress, "k", kBatchedGet));
  EXPECT_EQ(result.status.outcome, Outcome::kMalformed);
  EXPECT_TRUE(result.status.sent);
}

TEST_F(BatchStreamTest, MissingAnswerIsMalformed) {
  answer_with([](tikvpb::BatchCommandsResponse& response) { response.mutable_responses(0)->clear_cmd(); });
  EXPECT_EQ(run(get(kAddress, "k", kBatchedGet)).status.outcome, Outcome::kMalformed);
  answer_with([](tikvpb::BatchCommandsResponse& response) { response.mutable_responses(0)->mutable_empty(); });
  EXPECT_EQ(run(get(kAddress, "k", kBatchedGet)).status.outcome, Outcome::kMalformed);
  EXPECT_EQ(network_.attempts, 1);
}

TEST_F(BatchStreamTest, NonsenseEndsTheCallsOnTheStream) {
  network_.on_message = [](FakePeer& peer, FakePeer::Exchange& exchange, const std::string&) {
    peer.send(exchange.id, "\xff\xff\xff nonsense");
  };
  EXPECT_EQ(run(get(kAddress, "k", kBatchedGet)).status.outcome, Outcome::kMalformed);
  network_.on_message = answer;
  EXPECT_TRUE(run(get(kAddress, "k", kBatchedGet)).status.ok());
  EXPECT_EQ(network_.attempts, 1);
}

TEST_F(BatchStreamTest, LateAnswerFindsNobody) {
  network_.on_message = never_answer;
  EXPECT_EQ(run(get(kAddress, "slow", kBatchedGet, 10ms)).status.outcome, Outcome::kDeadline);
  FakePeer& peer = network_.peer();
  const std::string first = peer.last().messages.at(0);
  // The next call takes the same place, and is not taken for the first one.
  const Answer& next = begin_get(kBatchedGet, "next");
  peer.send(peer.last().id, batch_echo(first).SerializeAsString());
  settle();
  EXPECT_FALSE(over());
  peer.send(peer.last().id, batch_echo(peer.last().messages.at(1)).SerializeAsString());
  // Twice, which changes nothing.
  peer.send(peer.last().id, batch_echo(peer.last().messages.at(1)).SerializeAsString());
  settle();
  ASSERT_TRUE(over());
  EXPECT_EQ(next.response.value(), "value of next");
}

// One request id, two answers: the second is nobody's, also when another call has taken the place of the first.
TEST_F(BatchStreamTest, SecondAnswerIsNobodys) {
  std::string before;  // the last message, which is answered once more
  std::vector<std::uint64_t> ids;
  network_.on_message = [&](FakePeer& peer, FakePeer::Exchange& exchange, const std::string& message) {
    tikvpb::BatchCommandsResponse response = batch_echo(message);
    for (const std::uint64_t id : response.request_ids()) ids.push_back(id);
    if (!before.empty()) {
      const tikvpb::BatchCommandsResponse again = batch_echo(before);
      peer.send(exchange.id, again.SerializeAsString());  // in a message of its own, before the right one,
      tikvpb::BatchCommandsResponse both = again;         // in one with it,
      both.MergeFrom(response);
      response = both;
      response.MergeFrom(again);  // and after it
    }
    before = message;
    peer.send(exchange.id, response.SerializeAsString());
  };
  for (int i = 0; i < 50; ++i) {
    const std::string key = std::to_string(i);
    const Answer result = run(get(kAddress, key, kBatchedGet));
    ASSERT_TRUE(result.status.ok()) << result.status.message;
    ASSERT_EQ(result.response.value(), "value of " + key);
  }
  EXPECT_EQ(network_.peer().exchanges.size(), 1U) << "the stream goes on";
  EXPECT_EQ(network_.attempts, 1);
  EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), 50U) << "an id is never used twice";
}

// It is no answer that somebody waits for, so it makes no room for another call either.
TEST_F(BatchStreamTest, SecondAnswerMakesNoRoom) {
  options_.max_in_flight = 2;
  network_.on_message = never_answer;
  for (int i = 0; i < 6; ++i) begin_get(kBatchedGet, std::to_string(i));
  FakePeer& peer = network_.peer();
  const auto asked = [&] {
    int calls = 0;
    for (const int size : batch_sizes()) calls += size;
    return calls;
  };
  std::size_t answered = 0;
  while (!over()) {
    const int under_way = asked() - static_cast<int>(calls_.done);
    EXPECT_LE(under_way, 2);
    ASSERT_GT(under_way, 0);
    const std::string message = peer.last().messages.at(answered++);
    for (int times = 0; times < 5; ++times) peer.send(peer.last().id, batch_echo(message).SerializeAsString());
    settle();
  }
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_TRUE(calls_.answers[i]->status.ok());
    EXPECT_EQ(calls_.answers[i]->response.value(), "value of " + std::to_string(i));
  }
  EXPECT_EQ(network_.peer().exchanges.size(), 1U);
}

// Nor does it let a connection go that still owes answers.
TEST_F(BatchStreamTest, SecondAnswerEndsNoDrainedStream) {
  network_.on_message = never_answer;
  const Answer& one = begin_get(kBatchedGet, "one");
  const Answer& two = begin_get(kBatchedGet, "two");
  FakePeer& peer = network_.peer();
  const auto messages = peer.last().messages;
  ASSERT_EQ(messages.size(), 2U);
  peer.go_away(peer.last().id);
  settle();
  for (int times = 0; times < 2; ++times) peer.send(peer.last().id, batch_echo(messages[0]).SerializeAsString());
  settle();
  EXPECT_EQ(one.response.value(), "value of one");
  EXPECT_FALSE(over());
  EXPECT_FALSE(peer.last().client_ended);
  for (int times = 0; times < 2; ++times) peer.send(peer.last().id, batch_echo(messages[1]).SerializeAsString());
  settle();
  ASSERT_TRUE(over());
  EXPECT_TRUE(two.status.ok()) << two.status.message;
  EXPECT_EQ(two.response.value(), "value of two");
  EXPECT_TRUE(peer.last().client_ended);
}

TEST_F(BatchStreamTest, AbandonedBeforeItWasSentIsNotSent) {
  connect(kBatchedGet);
  network_.peer().room = 0;
  begin_get(kUnaryGet);  // blocks the socket
  EXPECT_EQ(run(get(kAddress, "k", kBatchedGet, 10ms)).status.sent, false);
  network_.peer().give_room(100'000);
  settle();
  EXPECT_TRUE(over());
  EXPECT_THAT(network_.peer().exchanges.begin()->second.messages, ::testing::SizeIs(1));
}

TEST_F(BatchStreamTest, EndedStreamEndsWhatWasSentAndIsOpenedAgain) {
  network_.on_message = [](FakePeer& peer, FakePeer::Exchange& exchange, const std::string&) {
    peer.finish(exchange.id, 14, "store is busy");
  };
  const Answer result = run(get(kAddress, "k", kBatchedGet));
  EXPECT_EQ(result.status.outcome, Outcome::kConnection);
  EXPECT_TRUE(result.status.sent);
  EXPECT_THAT(result.status.message, AllOf(HasSubstr("UNAVAILABLE"), HasSubstr("store is busy")));
  network_.on_message = answer;
  EXPECT_TRUE(run(get(kAddress, "k", kBatchedGet)).status.ok());
  EXPECT_EQ(network_.peer().exchanges.size(), 2U);
  EXPECT_EQ(network_.attempts, 1);
}

TEST_F(BatchStreamTest, ResetStreamEndsWhatWasSent) {
  network_.on_message = [](FakePeer& peer, FakePeer::Exchange& exchange, const std::string&) {
    peer.reset(exchange.id, 2);
  };
  const Answer result = run(get(kAddress, "k", kBatchedGet));
  EXPECT_EQ(result.status.outcome, Outcome::kConnection);
  EXPECT_TRUE(result.status.sent);
  EXPECT_THAT(result.status.message, HasSubstr("INTERNAL_ERROR"));
}

TEST_F(BatchStreamTest, BrokenConnectionTellsSentFromUnsent) {
  network_.on_message = never_answer;
  const Answer& sent = begin_get(kBatchedGet, "sent");
  network_.peer().room = 0;
  const Answer& unsent = begin_get(kBatchedGet, "unsent");
  const Answer& queued = begin_get(kBatchedGet, "queued");
  network_.on_message = answer;
  network_.peer().hang_up();
  settle();
  ASSERT_TRUE(over());
  EXPECT_EQ(sent.status.outcome, Outcome::kConnection);
  EXPECT_TRUE(sent.status.sent);
  EXPECT_EQ(unsent.response.value(), "value of unsent");
  EXPECT_EQ(queued.response.value(), "value of queued");
}

TEST_F(BatchStreamTest, ServerWithoutBatchesIsAskedOneByOne) {
  network_.on_message = [](FakePeer& peer, FakePeer::Exchange& exchange, const std::string& message) {
    if (exchange.path == "/tikvpb.Tikv/BatchCommands") {
      return peer.respond(exchange.id, {{":status", "200"},
                                        {"content-type", "application/grpc"},
                                        {"grpc-status", "12"},
                                        {"grpc-message", "unknown method"}});
    }
    answer(peer, exchange, message);
  };
  EXPECT_THAT(run(get_many(kAddress, 200, kBatchedGet)), all_ok());
  EXPECT_EQ(network_.peer().exchanges.size(), 201U);
  // And it is not asked again.
  EXPECT_TRUE(run(get(kAddress, "k", kBatchedGet)).status.ok());
  EXPECT_EQ(network_.peer().exchanges.size(), 202U);
}

TEST_F(BatchStreamTest, WithoutBatchesEverythingGoesAlone) {
  options_.batch_commands = false;
  EXPECT_TRUE(run(get(kAddress, "k", kBatchedGet)).status.ok());
  EXPECT_EQ(network_.peer().last().path, "/tikvpb.Tikv/RawGet");
}

TEST_F(BatchStreamTest, BatchesOfNoneAreNoBatches) {
  options_.max_batch_size = 0;
  EXPECT_TRUE(run(get(kAddress, "k", kBatchedGet)).status.ok());
  EXPECT_EQ(network_.peer().last().path, "/tikvpb.Tikv/RawGet");
}

// The others wait in the client, in their order, and go out as answers come in.
TEST_F(BatchStreamTest, NoMoreThanAllowedAwaitTheirAnswers) {
  options_.max_in_flight = 3;
  const auto answers = run(get_many(kAddress, 10, kBatchedGet));
  EXPECT_THAT(answers, all_ok());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(answers[i].response.value(), "value of " + std::to_string(i));
  EXPECT_THAT(batch_sizes(), ElementsAre(3, 3, 3, 1));
}

TEST_F(BatchStreamTest, CancelledCallsMakeRoomForOthers) {
  options_.max_in_flight = 1;
  network_.on_message = [](FakePeer&, FakePeer::Exchange&, const std::string&) {};  // never answers
  const Answer first = run(get(kAddress, "a", kBatchedGet, 50ms));
  EXPECT_EQ(first.status.outcome, Outcome::kDeadline);
  network_.on_message = answer;
  EXPECT_TRUE(run(get(kAddress, "b", kBatchedGet, 50ms)).status.ok());
}

/// Calls with priorities; the server answers when it is told to.
class BatchPriorityTest : public BatchStreamTest {
 protected:
  BatchPriorityTest() {
    network_.on_message = [this](FakePeer& peer, FakePeer::Exchange& exchange, const std::string& message) {
      tikvpb::BatchCommandsRequest request;
      EXPECT_TRUE(request.ParseFromString(message));
      for (const auto& one : request.requests()) arrived_.push_back(one.rawget().key());
      held_.push_back([&peer, id = exchange.id, message] { peer.send(id, batch_echo(message).SerializeAsString()); });
    };
  }
  struct Wanted {
    std::string key;
    std::uint8_t priority = 0;
  };
  /// Starts them in this order, at once; keys that have arrived since.
  std::vector<std::string> start(std::vector<Wanted> all, std::stop_token stop = {}) {
    loop_.submit([this, all, stop] {
      for (const Wanted& wanted : all) {
        Answer& answer = *calls_.answers.emplace_back(std::make_unique<Answer>());
        calls_.scope.spawn(get_at(answer, wanted.key, wanted.priority), std::chrono::nanoseconds{0}, stop);
      }
    });
    return arriving();
  }
  /// Lets the server answer what it has; keys that have arrived since.
  std::vector<std::string> answer_all() {
    for (const auto& answer : std::exchange(held_, {})) answer();
    return arriving();
  }
  std::vector<std::string> arriving() {
    settle();
    return std::exchange(arrived_, {});
  }
  bool all_over() const { return over(); }

 private:
  Task<void> get_at(Answer& answer, std::string key, std::uint8_t priority) {
    kvrpcpb::RawGetRequest request;
    request.set_key(key);
    Call call(transport(), kAddress, kBatchedGet, request, answer.response);
    call.set_priority(priority);
    answer.status = co_await call;
    ++calls_.done;
  }
  std::vector<std::string> arrived_;
  std::vector<std::function<void()>> held_;
};

TEST_F(BatchPriorityTest, HigherOnesGoFirstAndEqualsInTheirOrder) {
  EXPECT_THAT(start({{"a"}, {"b"}, {"c", 3}, {"d", 16}, {"e", 3}, {"f", 10}}),
              ElementsAre("d", "f", "c", "e", "a", "b"));
  answer_all();
  EXPECT_TRUE(all_over());
  for (const auto& result : calls_.answers) EXPECT_TRUE(result->status.ok());
}

TEST_F(BatchPriorityTest, UrgentOnesDoNotWaitForRoom) {
  options_.max_in_flight = 1;
  EXPECT_THAT(start({{"a"}, {"b"}}), ElementsAre("a"));
  EXPECT_THAT(start({{"low", Call::kUrgent - 1}, {"urgent", Call::kUrgent}}), ElementsAre("urgent"));
  EXPECT_THAT(start({{"c"}, {"high", 16}, {"urgent too", Call::kUrgent}}), ElementsAre("high", "urgent too"));
  EXPECT_THAT(answer_all(), ElementsAre("low")) << "which passes those of no priority, and waits for room";
  EXPECT_THAT(answer_all(), ElementsAre("b"));
  EXPECT_THAT(answer_all(), ElementsAre("c"));
  answer_all();
  EXPECT_TRUE(all_over());
  for (const auto& result : calls_.answers) EXPECT_TRUE(result->status.ok());
}

// However many others wait for room, an urgent call takes one round trip.
TEST_F(BatchPriorityTest, UrgentOnesAreAsFastAsWithoutTheOthers) {
  options_.max_in_flight = 2;
  std::vector<Wanted> others;
  for (int i = 0; i < 100; ++i) others.push_back({"other", 0});
  EXPECT_EQ(start(others).size(), 2u);
  for (int i = 0; i < 10; ++i) {
    const auto done = calls_.done;
    EXPECT_THAT(start({{"urgent", Call::kUrgent}}), ElementsAre("urgent"));
    EXPECT_EQ(answer_all().size(), 2u) << "and the others go on";
    EXPECT_EQ(calls_.done, done + 3);
  }
  while (!all_over()) answer_all();
}

TEST_F(BatchPriorityTest, UrgentOnesKeepToTheSizeOfAMessage) {
  options_.max_batch_size = 4;
  options_.max_in_flight = 1;
  std::vector<Wanted> urgent;
  for (int i = 0; i < 10; ++i) urgent.push_back({std::to_string(i), Call::kUrgent});
  EXPECT_EQ(start(urgent).size(), 10u);
  EXPECT_THAT(batch_sizes(), ElementsAre(4, 4, 2));
  answer_all();
  EXPECT_TRUE(all_over());
}

TEST_F(BatchPriorityTest, StoppedBeforeTheyWereSentTheyAreNotSent) {
  options_.max_in_flight = 1;
  EXPECT_THAT(start({{"a"}}), ElementsAre("a"));
  std::stop_source stop;
  EXPECT_THAT(start({{"stopped", 9}}, stop.get_token()), ElementsAre());
  EXPECT_THAT(start({{"b"}}), ElementsAre());
  stop.request_stop();
  EXPECT_THAT(answer_all(), ElementsAre("b"));
  answer_all();
  EXPECT_TRUE(all_over());
}

// What was not sent when a connection broke goes out on the next one as it would have on this.
TEST_F(BatchPriorityTest, ALostConnectionLeavesTheirOrder) {
  options_.max_in_flight = 1;
  EXPECT_THAT(start({{"a"}}), ElementsAre("a"));
  EXPECT_THAT(start({{"b"}, {"low", 3}}), ElementsAre());
  network_.peer().hang_up();
  EXPECT_THAT(arriving(), ElementsAre("low")) << "on a new connection";
  EXPECT_THAT(answer_all(), ElementsAre("b"));
  answer_all();
  EXPECT_TRUE(all_over());
}

TEST_F(BatchPriorityTest, WithoutAConnectionAllFail) {
  network_.accept = FakeNetwork::Accept::kRefuses;
  EXPECT_THAT(start({{"a"}, {"low", 3}, {"high", 16}}), ElementsAre());
  ASSERT_TRUE(all_over());
  for (const auto& result : calls_.answers) EXPECT_EQ(result->status.outcome, Outcome::kConnection);
}

TEST_F(BatchStreamTest, CallThatIsOnlyAnArmNeedsBatches) {
  constexpr proto::Method kArm = proto::raw_reads("", 13);
  EXPECT_TRUE(run(get(kAddress, "k", kArm)).status.ok());
  transport_.reset();
  options_.batch_commands = false;
  const Answer result = run(get(kAddress, "k", kArm));
  EXPECT_EQ(result.status.outcome, Outcome::kStatus);
  EXPECT_EQ(result.status.code, StatusCode::kUnimplemented);
}

TEST_F(BatchStreamTest, CallWithMetadataGoesAlone) {
  const auto task = [this]() -> Task<Status> {
    const std::vector<Header> metadata = {{"tikv-forwarded-host", "store2:20160"}};
    kvrpcpb::RawGetRequest request;
    kvrpcpb::RawGetResponse response;
    Call call(transport(), kAddress, kBatchedGet, request, response);
    call.set_metadata(metadata);
    co_return co_await call;
  };
  EXPECT_TRUE(run(task()).ok());
  EXPECT_EQ(network_.peer().last().path, "/tikvpb.Tikv/RawGet");
  EXPECT_THAT(network_.peer().last().headers, Contains(Pair("tikv-forwarded-host", "store2:20160")));
}

TEST_F(BatchStreamTest, CompressedAnswerIsMalformed) {
  network_.on_message = [](FakePeer& peer, FakePeer::Exchange& exchange, const std::string&) {
    peer.send_bytes(exchange.id, std::string("\x01\0\0\0\x01x", 6));
  };
  EXPECT_EQ(run(get(kAddress, "k", kBatchedGet)).status.outcome, Outcome::kMalformed);
}

// A server that gives little room to send: what waits is not encoded before it can go.
TEST_F(BatchStreamTest, FlowControlHoldsRequestsBack) {
  network_.initial_window = 1000;
  const auto answers = run(get_many(kAddress, 1000, kBatchedGet));
  EXPECT_THAT(answers, all_ok());
}

}  // namespace
}  // namespace tikv::net
