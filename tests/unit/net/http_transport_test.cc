// HttpTransport against a server by the gRPC library.

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <map>
#include <thread>

#include "net_test.h"

namespace tikv::net {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Pair;

/// Something that one thread tells another, perhaps more than once.
class Signal {
 public:
  void set() {
    if (!set_.exchange(true)) promise_.set_value();
  }
  void wait() { ASSERT_EQ(future_.wait_for(30s), std::future_status::ready); }

 private:
  std::atomic<bool> set_ = false;
  std::promise<void> promise_;
  std::shared_future<void> future_ = promise_.get_future();
};

class HttpTransportTest : public NetTest {
 protected:
  /// A call that runs while the test goes on.
  std::future<Answer> begin_get(std::string address, proto::Method method, std::chrono::milliseconds timeout = 30s,
                                std::stop_token stop = {}) {
    auto promise = std::make_shared<std::promise<Answer>>();
    auto future = promise->get_future();
    auto task = wrapped_get(std::move(address), method, timeout, std::move(stop));
    runtime::run_on(*loop_, std::move(task)).start([promise](Result<Answer> answer) { promise->set_value(*answer); });
    return future;
  }
  /// Calls until one succeeds, or ten seconds have passed.
  Answer get_until_ok(const std::string& address, proto::Method method) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    for (;;) {
      Answer answer = run(get(address, "k", method));
      if (answer.status.ok() || std::chrono::steady_clock::now() > end) return answer;
    }
  }

 private:
  Task<Result<Answer>> wrapped_get(std::string address, proto::Method method, std::chrono::milliseconds timeout,
                                   std::stop_token stop) {
    co_return co_await get(std::move(address), "k", method, timeout, std::move(stop));
  }
};

class EitherWayTest : public HttpTransportTest, public ::testing::WithParamInterface<bool> {
 protected:
  proto::Method method() const { return GetParam() ? kBatchedGet : kUnaryGet; }
};
INSTANTIATE_TEST_SUITE_P(, EitherWayTest, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Batched" : "Unary"; });

TEST_P(EitherWayTest, BringsTheResponse) {
  GrpcServer server(serve);
  const Answer answer = run(get(server.address(), "k", method()));
  EXPECT_TRUE(answer.status.ok()) << answer.status.message;
  EXPECT_TRUE(answer.status.sent);
  EXPECT_EQ(answer.response.value(), "value of k");
}

TEST_P(EitherWayTest, ReachesAServerByName) {
  GrpcServer server(serve);
  const Answer answer = run(get("localhost:" + std::to_string(server.port()), "k", method()));
  EXPECT_TRUE(answer.status.ok()) << answer.status.message;
}

TEST_P(EitherWayTest, CarriesAThousandCallsAtOnce) {
  GrpcServer server(serve);
  for (int round = 0; round < 3; ++round) {
    const auto answers = run(get_many(server.address(), 1000, method()));
    ASSERT_EQ(answers.size(), 1000U);
    for (int i = 0; i < 1000; ++i) {
      ASSERT_TRUE(answers[i].status.ok()) << answers[i].status.message;
      ASSERT_EQ(answers[i].response.value(), "value of " + std::to_string(i));
    }
  }
}

TEST_P(EitherWayTest, CarriesBigMessages) {
  GrpcServer server(serve);
  const std::string key(20 << 20, 'k');
  const Answer answer = run(get(server.address(), key, method()));
  ASSERT_TRUE(answer.status.ok()) << answer.status.message;
  EXPECT_TRUE(answer.response.value() == "value of " + key);
}

TEST_P(EitherWayTest, CarriesCompressedMessages) {
  options_.compression = Compression::kGzip;
  GrpcServer server(serve, 0, GrpcServer::Answers::kCompressed);
  for (const std::size_t size : {0, 1, 1000, 3 << 20}) {
    const std::string key(size, 'k');
    const Answer answer = run(get(server.address(), key, method()));
    ASSERT_TRUE(answer.status.ok()) << answer.status.message;
    EXPECT_TRUE(answer.response.value() == "value of " + key);
  }
}

TEST_P(EitherWayTest, CompressedMessagesAreMeasuredUnpacked) {
  // Packed, 3 MiB of one letter are some 3 KB.
  options_.max_receive_message = 1 << 20;
  GrpcServer server(serve, 0, GrpcServer::Answers::kCompressed);
  EXPECT_EQ(run(get(server.address(), std::string(3 << 20, 'k'), method())).status.outcome, Outcome::kTooLarge);
}

TEST_P(EitherWayTest, TransportMetadataArrives) {
  std::multimap<std::string, std::string> metadata;
  GrpcServer server([&](const ServerStreamRef& stream, const std::string& message) {
    metadata = stream->metadata;
    serve(stream, message);
  });
  options_.metadata = {{"tenant", "blue"}, {"trace-bin", std::string("\0\xff\x10", 3)}};
  EXPECT_TRUE(run(get(server.address(), "k", method())).status.ok());
  EXPECT_THAT(metadata, Contains(Pair("tenant", "blue")));
  EXPECT_THAT(metadata, Contains(Pair("trace-bin", std::string("\0\xff\x10", 3))));
}

TEST_P(EitherWayTest, DeadlineEndsTheCall) {
  GrpcServer server([](const ServerStreamRef&, const std::string&) {});
  const Answer answer = run(get(server.address(), "k", method(), 50ms));
  EXPECT_EQ(answer.status.outcome, Outcome::kDeadline);
  EXPECT_TRUE(answer.status.sent);
}

TEST_P(EitherWayTest, DyingServerEndsWhatWasSent) {
  Signal asked;
  auto server = std::make_unique<GrpcServer>([&](const ServerStreamRef&, const std::string&) { asked.set(); });
  auto answer = begin_get(server->address(), method());
  asked.wait();
  server->shut_down();
  const Status status = answer.get().status;
  EXPECT_THAT(status.outcome, AnyOf(Outcome::kConnection, Outcome::kStatus));
  EXPECT_TRUE(status.sent);
}

TEST_P(EitherWayTest, ServerThatIsShutDownFinishesWhatItHasAndIsReachedAgainAfterItsRestart) {
  options_.reconnect.base = 1ms;
  Signal asked;
  Signal may_answer;
  auto server = std::make_unique<GrpcServer>([&](const ServerStreamRef& stream, const std::string& message) {
    asked.set();
    may_answer.wait();
    serve(stream, message);
  });
  const int port = server->port();
  const std::string address = server->address();
  auto answer = begin_get(address, method());
  asked.wait();
  std::thread shutting_down([&] { server->shut_down(30s); });
  // As soon as the server has said so, new calls look for another connection, and find none.
  Answer refused = run(get(address, "k", kUnaryGet, 20ms));
  while (refused.status.outcome != Outcome::kConnection) refused = run(get(address, "k", kUnaryGet, 20ms));
  EXPECT_FALSE(refused.status.sent);
  may_answer.set();
  const Answer finished = answer.get();
  EXPECT_TRUE(finished.status.ok()) << finished.status.message;
  shutting_down.join();

  server = std::make_unique<GrpcServer>(serve, port);
  EXPECT_TRUE(get_until_ok(address, method()).status.ok());
}

TEST_P(EitherWayTest, KilledServerIsReachedAgainAfterItsRestart) {
  options_.reconnect.base = 1ms;
  auto server = std::make_unique<GrpcServer>(serve);
  const int port = server->port();
  const std::string address = server->address();
  EXPECT_TRUE(run(get(address, "k", method())).status.ok());
  server.reset();
  // Whether or not the client has noticed, nothing waits for long.
  EXPECT_EQ(run(get(address, "k", method())).status.outcome, Outcome::kConnection);
  server = std::make_unique<GrpcServer>(serve, port);
  EXPECT_TRUE(get_until_ok(address, method()).status.ok());
}

TEST_P(EitherWayTest, ClosingTheLoopEndsCalls) {
  Signal asked;
  GrpcServer server([&](const ServerStreamRef&, const std::string&) { asked.set(); });
  auto answer = begin_get(server.address(), method());
  asked.wait();
  close();
  EXPECT_EQ(answer.get().status.outcome, Outcome::kClosed);
}

using UnaryTest = HttpTransportTest;

TEST_F(UnaryTest, BringsStatusAndMessage) {
  GrpcServer server(
      [](const ServerStreamRef& stream, const std::string&) { stream->finish(9, "not yet: 100 % \xc3\xbc"); });
  const Answer answer = run(get(server.address(), "k", kUnaryGet));
  EXPECT_EQ(answer.status.outcome, Outcome::kStatus);
  EXPECT_EQ(answer.status.code, StatusCode::kFailedPrecondition);
  EXPECT_EQ(answer.status.message, "not yet: 100 % \xc3\xbc");
  EXPECT_TRUE(answer.status.sent);
}

TEST_F(UnaryTest, ServerLearnsTheDeadline) {
  std::chrono::system_clock::time_point deadline;
  GrpcServer server([&](const ServerStreamRef& stream, const std::string& message) {
    deadline = stream->deadline;
    serve(stream, message);
  });
  const auto before = std::chrono::system_clock::now();
  EXPECT_TRUE(run(get(server.address(), "k", kUnaryGet, 20s)).status.ok());
  EXPECT_GT(deadline, before + 15s);
  EXPECT_LT(deadline, before + 25s);
}

TEST_F(UnaryTest, StoppedCallIsCancelledOnTheServer) {
  Signal asked;
  ServerStreamRef call;
  GrpcServer server([&](const ServerStreamRef& stream, const std::string&) {
    call = stream;
    asked.set();
  });
  std::stop_source source;
  auto answer = begin_get(server.address(), kUnaryGet, 30s, source.get_token());
  asked.wait();
  source.request_stop();
  EXPECT_EQ(answer.get().status.outcome, Outcome::kStopped);
  // The server can only be shut down in patience if it has heard of that.
  server.shut_down(30s);
  EXPECT_TRUE(call->cancelled());
}

TEST_F(UnaryTest, MessagesAboveTheServersLimitAreItsStatus) {
  GrpcServer server(serve);
  options_.max_receive_message = 1000;
  const Answer answer = run(get(server.address(), std::string(5000, 'k'), kUnaryGet));
  EXPECT_EQ(answer.status.outcome, Outcome::kTooLarge);
}

using BatchTest = HttpTransportTest;

TEST_F(BatchTest, AnswersComeOutOfOrder) {
  // Holds every other answer back until the next message.
  std::vector<std::pair<std::uint64_t, tikvpb::BatchCommandsResponse::Response>> held;
  GrpcServer server([&](const ServerStreamRef& stream, const std::string& message) {
    const tikvpb::BatchCommandsResponse all = batch_echo(message);
    tikvpb::BatchCommandsResponse now;
    for (int i = all.responses_size(); i-- > 0;) {
      if (i % 2 == 0) {
        held.emplace_back(all.request_ids(i), all.responses(i));
      } else {
        *now.add_responses() = all.responses(i);
        now.add_request_ids(all.request_ids(i));
      }
    }
    stream->send(now.SerializeAsString());
    tikvpb::BatchCommandsResponse later;
    for (auto& [id, response] : held) {
      *later.add_responses() = response;
      later.add_request_ids(id);
    }
    held.clear();
    stream->send(later.SerializeAsString());
  });
  const auto answers = run(get_many(server.address(), 500, kBatchedGet));
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(answers[i].status.ok()) << answers[i].status.message;
    ASSERT_EQ(answers[i].response.value(), "value of " + std::to_string(i));
  }
}

TEST_F(BatchTest, ServerWithoutBatchesIsAskedOneByOne) {
  GrpcServer server([&](const ServerStreamRef& stream, const std::string& message) {
    if (stream->path == "/tikvpb.Tikv/BatchCommands") return stream->finish(12, "no such method");
    serve(stream, message);
  });
  for (const Answer& answer : run(get_many(server.address(), 100, kBatchedGet))) EXPECT_TRUE(answer.status.ok());
}

TEST_F(BatchTest, StreamThatTheServerEndsIsOpenedAgain) {
  std::atomic<int> messages = 0;
  GrpcServer server([&](const ServerStreamRef& stream, const std::string& message) {
    if (++messages % 2 == 0) return stream->finish(14, "drop");
    serve(stream, message);
  });
  for (int i = 0; i < 10; ++i) {
    const Answer answer = run(get(server.address(), "k", kBatchedGet));
    EXPECT_EQ(answer.status.outcome, i % 2 == 0 ? Outcome::kOk : Outcome::kConnection);
    EXPECT_TRUE(answer.status.sent);
  }
}

class StreamTest : public NetTest {
 protected:
  static constexpr proto::Method kMethod = proto::streams(proto::Streaming::kBoth, proto::reads("/test/Both"));

  /// Sends `keys` at once, receives as many answers, and returns them with the last status.
  Task<std::vector<std::string>> talk(std::string address, std::vector<std::string> keys, Status& last) {
    std::vector<std::string> values;
    const std::unique_ptr<Stream> stream = transport().open(address, kMethod);
    kvrpcpb::RawGetRequest request;
    for (const std::string& key : keys) {
      request.set_key(key);
      stream->send(request);
    }
    for (;;) {
      kvrpcpb::RawGetResponse response;
      last = co_await stream->receive(response);
      if (!last.ok()) co_return values;
      values.push_back(response.value());
      if (values.size() == keys.size()) co_return values;
    }
  }
};

TEST_F(StreamTest, BringsResponsesInOrder) {
  GrpcServer server([](const ServerStreamRef& stream, std::string message) { stream->send(echo(message)); });
  Status last;
  EXPECT_THAT(run(talk(server.address(), {"a", "b", "c"}, last)),
              ElementsAre("value of a", "value of b", "value of c"));
  EXPECT_TRUE(last.ok()) << last.message;
}

TEST_F(StreamTest, EndOfTheServerIsTold) {
  GrpcServer server([](const ServerStreamRef& stream, std::string message) {
    stream->send(echo(message));
    stream->finish(9, "not leader");
  });
  Status last;
  EXPECT_THAT(run(talk(server.address(), {"a", "b"}, last)), ElementsAre("value of a"));
  EXPECT_EQ(last.code, StatusCode::kFailedPrecondition);
  EXPECT_EQ(last.message, "not leader");
}

TEST_F(StreamTest, DroppedStreamIsCancelledOnTheServer) {
  ServerStreamRef held;
  GrpcServer server([&](const ServerStreamRef& stream, std::string message) {
    held = stream;
    stream->send(echo(message));
  });
  Status last;
  EXPECT_THAT(run(talk(server.address(), {"a"}, last)), ElementsAre("value of a"));
  server.shut_down(30s);
  EXPECT_TRUE(held->cancelled());
}

}  // namespace
}  // namespace tikv::net
