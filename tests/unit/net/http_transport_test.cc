// HttpTransport against a server by the gRPC library.

#include <gmock/gmock.h>

#include "net_test.h"

namespace tikv::net {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using UnaryTest = NetTest;

TEST_F(UnaryTest, BringsTheResponse) {
  GrpcServer server(serve);
  const Answer answer = run(get(server.address(), "k", kUnaryGet));
  EXPECT_TRUE(answer.status.ok()) << answer.status.message;
  EXPECT_TRUE(answer.status.sent);
  EXPECT_EQ(answer.response.value(), "value of k");
}

TEST_F(UnaryTest, BringsStatusAndMessage) {
  GrpcServer server([](const ServerStreamRef& stream, std::string) { stream->finish(9, "not yet: 100 % \xc3\xbc"); });
  const Answer answer = run(get(server.address(), "k", kUnaryGet));
  EXPECT_EQ(answer.status.outcome, Outcome::kStatus);
  EXPECT_EQ(answer.status.code, StatusCode::kFailedPrecondition);
  EXPECT_EQ(answer.status.message, "not yet: 100 % \xc3\xbc");
  EXPECT_TRUE(answer.status.sent);
}

using BatchTest = NetTest;

TEST_F(BatchTest, BringsTheResponse) {
  GrpcServer server(serve);
  const Answer answer = run(get(server.address(), "k", kBatchedGet));
  EXPECT_TRUE(answer.status.ok()) << answer.status.message;
  EXPECT_EQ(answer.response.value(), "value of k");
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

}  // namespace
}  // namespace tikv::net
