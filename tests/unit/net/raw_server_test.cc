// HttpTransport over real sockets against what is no gRPC server.

#include <gmock/gmock.h>

#include "net_test.h"
#include "raw_server.h"

namespace tikv::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::RawServer;

// An empty SETTINGS frame: a server's greeting.
const std::string kGreeting("\0\0\0\4\0\0\0\0\0", 9);

class RawServerTest : public NetTest, public ::testing::WithParamInterface<bool> {
 protected:
  proto::Method method() const { return GetParam() ? kBatchedGet : kUnaryGet; }
  Status status_of_get(const std::string& address) { return run(get(address, "k", method())).status; }
};
INSTANTIATE_TEST_SUITE_P(, RawServerTest, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Batched" : "Unary"; });

TEST_P(RawServerTest, RefusedConnection) {
  const Status status = status_of_get(testing::address_of_nobody());
  EXPECT_EQ(status.outcome, Outcome::kConnection);
  EXPECT_FALSE(status.sent);
  EXPECT_THAT(status.message, HasSubstr("Connection refused"));
}

TEST_P(RawServerTest, NameThatDoesNotResolve) {
  const Status status = status_of_get("no-such-host.invalid:2379");
  EXPECT_EQ(status.outcome, Outcome::kConnection);
  EXPECT_FALSE(status.sent);
  EXPECT_THAT(status.message, HasSubstr("no-such-host.invalid:2379: the name does not resolve"));
}

TEST_P(RawServerTest, SilentFromTheBeginning) {
  options_.connect_timeout = 50ms;
  RawServer server("", false);
  const Status status = status_of_get(server.address());
  EXPECT_EQ(status.outcome, Outcome::kConnection);
  EXPECT_FALSE(status.sent);
  EXPECT_THAT(status.message, HasSubstr("says nothing"));
}

TEST_P(RawServerTest, SilentAfterTheGreeting) {
  options_.keepalive_time = 30ms;
  options_.keepalive_timeout = 30ms;
  RawServer server(kGreeting, false);
  const Status status = status_of_get(server.address());
  EXPECT_EQ(status.outcome, Outcome::kConnection);
  EXPECT_TRUE(status.sent);
  EXPECT_THAT(status.message, HasSubstr("no sign of life"));
}

TEST_P(RawServerTest, ClosesAtOnce) {
  RawServer server("", true);
  EXPECT_EQ(status_of_get(server.address()).outcome, Outcome::kConnection);
}

TEST_P(RawServerTest, ClosesAfterTheGreeting) {
  RawServer server(kGreeting, true);
  EXPECT_EQ(status_of_get(server.address()).outcome, Outcome::kConnection);
}

TEST_P(RawServerTest, SpeaksSomethingElse) {
  for (const std::string says : {"HTTP/1.1 400 Bad Request\r\n\r\n", "220 mail.example.org ESMTP\r\n"}) {
    RawServer server(says, false);
    const Status status = status_of_get(server.address());
    EXPECT_EQ(status.outcome, Outcome::kMalformed) << status.message;
    EXPECT_FALSE(status.sent);
    EXPECT_THAT(status.message, HasSubstr("does not keep to HTTP/2"));
  }
}

TEST_P(RawServerTest, SpeaksTls) {
  // The alert that a TLS server sends when it is greeted in plain text.
  RawServer server(std::string("\x15\x03\x01\x00\x02\x02\x46", 7), true);
  const Status status = status_of_get(server.address());
  EXPECT_EQ(status.outcome, Outcome::kTls);
  EXPECT_FALSE(status.sent);
  EXPECT_THAT(status.message, HasSubstr("the server speaks TLS, and tls.ca_path is not set"));
}

TEST_P(RawServerTest, SpeaksNonsenseAfterTheGreeting) {
  RawServer server(kGreeting + std::string(100, '\x7f'), false);
  const Status status = status_of_get(server.address());
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(status.message, HasSubstr("does not keep to HTTP/2"));
}

}  // namespace
}  // namespace tikv::net
