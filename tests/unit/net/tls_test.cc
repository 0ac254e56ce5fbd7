// HttpTransport over TLS, against a server by OpenSSL and nghttp2 alone.

#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include <functional>
#include <future>

#include "certificates/files.h"
#include "net_test.h"
#include "raw_server.h"
#include "tls_server.h"

namespace tikv::net {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using testing::Authority;
using testing::CertificateFiles;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::Identity;
using testing::TlsServer;
using Then = TlsServer::Options::Then;

std::string answer(const std::string& path, const std::string& message) {
  if (path == "/tikvpb.Tikv/BatchCommands") return batch_echo(message).SerializeAsString();
  return echo(message);
}

class TlsTest : public NetTest {
 protected:
  TlsTest() {
    options_.tls.ca_pem = authority_.pem();
    server_options_.identity = authority_.issue({});
  }
  TlsServer& server() {
    if (!server_) server_ = std::make_unique<TlsServer>(server_options_, answer);
    return *server_;
  }
  Status status_of_get() { return run(get(server().address(), "k", kBatchedGet)).status; }
  /// What a call to the server ends with, which must be TLS's failure and soon.
  std::string failure() { return failure(status_of_get()); }
  std::string failure(const Status& status) {
    EXPECT_EQ(status.outcome, Outcome::kTls) << status.message;
    EXPECT_FALSE(status.sent);
    return status.message;
  }

  Authority authority_{"authority"};
  TlsServer::Options server_options_;
  std::unique_ptr<TlsServer> server_;
};

TEST_F(TlsTest, CarriesCallsAlone) {
  for (const auto& one : run(get_many(server().address(), 300, kUnaryGet))) {
    EXPECT_TRUE(one.status.ok()) << one.status.message;
  }
  EXPECT_EQ(server().handshakes(), 1);
}

TEST_F(TlsTest, CarriesCallsInBatches) {
  const auto answers = run(get_many(server().address(), 2000, kBatchedGet));
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(answers[i].status.ok()) << answers[i].status.message;
    ASSERT_EQ(answers[i].response.value(), "value of " + std::to_string(i));
  }
}

TEST_F(TlsTest, CarriesBigMessages) {
  const std::string key(20 << 20, 'k');
  for (int i = 0; i < 2; ++i) {
    const Answer one = run(get(server().address(), key, kBatchedGet));
    ASSERT_TRUE(one.status.ok()) << one.status.message;
    EXPECT_TRUE(one.response.value() == "value of " + key);
  }
}

TEST_F(TlsTest, SpeaksTls12) {
  server_options_.max_version = TLS1_2_VERSION;
  EXPECT_TRUE(status_of_get().ok());
}

TEST_F(TlsTest, RefusesOlderVersions) {
  server_options_.max_version = TLS1_1_VERSION;
  EXPECT_THAT(failure(), HasSubstr("TLS"));
}

TEST_F(TlsTest, AsksForTheHostByName) {
  const std::string address = "localhost:" + std::to_string(server().port());
  EXPECT_TRUE(run(get(address, "k", kBatchedGet)).status.ok());
  EXPECT_THAT(server().names(), Contains("localhost"));
}

TEST_F(TlsTest, NumericHostsAreNotAskedForByName) {
  EXPECT_TRUE(status_of_get().ok());
  EXPECT_TRUE(server().names().empty());
}

TEST_F(TlsTest, SchemesDoNotMatter) {
  for (const char* scheme : {"http://", "https://"}) {
    EXPECT_TRUE(run(get(scheme + server().address(), "k", kBatchedGet)).status.ok()) << scheme;
  }
}

TEST_F(TlsTest, AddressThatAsksForTlsIsNotSpokenToInPlainText) {
  options_.tls = {};
  EXPECT_THAT(failure(run(get("https://" + server().address(), "k", kBatchedGet)).status),
              HasSubstr("tls.ca_path is not set"));
}

TEST_F(TlsTest, ServersOfAnotherAuthorityAreNotTrusted) {
  server_options_.identity = Authority("somebody else").issue({});
  EXPECT_THAT(failure(), AllOf(HasSubstr("certificate"), HasSubstr("is not trusted"), HasSubstr("CN=somebody else")));
}

TEST_F(TlsTest, ExpiredCertificatesAreNotTrusted) {
  server_options_.identity = authority_.issue({.valid_from = -7200s, .valid_until = -3600s});
  EXPECT_THAT(failure(), AllOf(HasSubstr("certificate 'CN=server'"), HasSubstr("has expired at")));
}

TEST_F(TlsTest, CertificatesOfTheFutureAreNotTrusted) {
  server_options_.identity = authority_.issue({.valid_from = 3600s, .valid_until = 7200s});
  EXPECT_THAT(failure(), HasSubstr("is not valid before"));
}

TEST_F(TlsTest, CertificatesOfOtherHostsAreNotTrusted) {
  server_options_.identity = authority_.issue({.hosts = {"tikv.example", "10.1.2.3"}});
  EXPECT_THAT(failure(), HasSubstr("is valid for tikv.example, 10.1.2.3, not for 127.0.0.1"));
  const std::string address = "localhost:" + std::to_string(server().port());
  EXPECT_THAT(failure(run(get(address, "k", kBatchedGet)).status), HasSubstr("not for localhost"));
}

TEST_F(TlsTest, CommonNameIsNoHostName) {
  server_options_.identity = authority_.issue({.common_name = "127.0.0.1", .hosts = {}});
  EXPECT_THAT(failure(), HasSubstr("is valid for no host"));
}

TEST_F(TlsTest, ChainsThroughIntermediatesAreFollowed) {
  const Authority middle = authority_.intermediate("middle");
  Identity identity = middle.issue({});
  server_options_.identity = identity;
  server_options_.identity.cert += middle.pem();
  EXPECT_TRUE(status_of_get().ok());
}

TEST_F(TlsTest, AnIntermediateAloneMayBeTrusted) {
  const Authority middle = authority_.intermediate("middle");
  server_options_.identity = middle.issue({});
  options_.tls.ca_pem = middle.pem();
  EXPECT_TRUE(status_of_get().ok());
}

TEST_F(TlsTest, CommonNameMustBeOneOfTheList) {
  options_.tls.verify_cn = {"tikv-server", "pd-server"};
  EXPECT_THAT(failure(), HasSubstr("has the common name 'server', which is not in tls.verify_cn"));
}

TEST_F(TlsTest, CommonNameOfTheListIsTaken) {
  options_.tls.verify_cn = {"tikv-server", "server"};
  EXPECT_TRUE(status_of_get().ok());
}

TEST_F(TlsTest, ClientShowsItsCertificate) {
  server_options_.client_ca = authority_.pem();
  const Identity client = authority_.issue({.common_name = "client"});
  options_.tls.cert_pem = client.cert;
  options_.tls.key_pem = client.key;
  EXPECT_TRUE(status_of_get().ok());
  EXPECT_THAT(server().clients(), Contains("client"));
}

// With TLS 1.3 the server's refusal comes after the client's side of the handshake is complete.
class RefusedClientTest : public TlsTest, public ::testing::WithParamInterface<int> {
 protected:
  RefusedClientTest() {
    server_options_.max_version = GetParam();
    server_options_.client_ca = authority_.pem();
  }
};
INSTANTIATE_TEST_SUITE_P(, RefusedClientTest, ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& test) { return test.param == TLS1_2_VERSION ? "Tls12" : "Tls13"; });

TEST_P(RefusedClientTest, WithoutACertificate) { EXPECT_THAT(failure(), HasSubstr("client certificate")); }

TEST_P(RefusedClientTest, WithACertificateOfAnotherAuthority) {
  const Identity client = Authority("somebody else").issue({});
  options_.tls.cert_pem = client.cert;
  options_.tls.key_pem = client.key;
  EXPECT_THAT(failure(), AllOf(HasSubstr("refused this client's certificate"), HasSubstr("unknown ca")));
}

TEST_P(RefusedClientTest, WithAnExpiredCertificate) {
  const Identity client = authority_.issue({.valid_from = -7200s, .valid_until = -3600s});
  options_.tls.cert_pem = client.cert;
  options_.tls.key_pem = client.key;
  EXPECT_THAT(failure(), AllOf(HasSubstr("refused this client's certificate"), HasSubstr("certificate expired")));
}

TEST_F(TlsTest, ServersMustAgreeOnHttp2) {
  for (const std::vector<std::string>& alpn : {std::vector<std::string>{}, {"http/1.1"}}) {
    server_options_.alpn = alpn;
    server_.reset();
    EXPECT_THAT(failure(), HasSubstr("does not agree on HTTP/2 (ALPN h2)"));
  }
}

TEST_F(TlsTest, ServersInPlainTextAreTold) {
  server_options_.then = Then::kGarbage;
  EXPECT_THAT(failure(), HasSubstr("does not speak TLS"));
}

TEST_F(TlsTest, PlainHttp2IsNoTls) {
  const testing::RawServer plain(std::string("\0\0\0\4\0\0\0\0\0", 9), false);
  EXPECT_THAT(failure(run(get(plain.address(), "k", kBatchedGet)).status), HasSubstr("does not speak TLS"));
}

TEST_F(TlsTest, TlsServersSpokenToInPlainTextAreTold) {
  options_.tls = {};
  const Status status = status_of_get();
  EXPECT_EQ(status.outcome, Outcome::kConnection) << status.message;
  EXPECT_THAT(status.message, HasSubstr("does it ask for TLS, tls.ca_path?"));
}

TEST_F(TlsTest, SilenceInsteadOfAHandshakeIsTimed) {
  options_.connect_timeout = 100ms;
  server_options_.then = Then::kNoHandshake;
  const Status status = status_of_get();
  EXPECT_EQ(status.outcome, Outcome::kConnection);
  EXPECT_FALSE(status.sent);
}

TEST_F(TlsTest, SilenceAfterTheHandshakeIsTimed) {
  options_.connect_timeout = 500ms;
  server_options_.then = Then::kSayNothing;
  EXPECT_THAT(status_of_get().message, HasSubstr("says nothing"));
}

TEST_F(TlsTest, FilesOfNoUseAreTold) {
  options_.tls = {};
  options_.tls.ca_path = "/no/such/file.pem";
  EXPECT_THAT(failure(), HasSubstr("tls.ca_path '/no/such/file.pem' can't be read"));
}

// The ends that a connection may come to; each time the server says nothing in HTTP/2 before.
class TlsEndTest : public TlsTest, public ::testing::WithParamInterface<Then> {};
INSTANTIATE_TEST_SUITE_P(, TlsEndTest, ::testing::Values(Then::kCloseNotify, Then::kHalfClose, Then::kReset));

TEST_P(TlsEndTest, IsAConnectionLost) {
  server_options_.then = GetParam();
  const Status status = status_of_get();
  EXPECT_EQ(status.outcome, Outcome::kConnection) << status.message;
  EXPECT_FALSE(status.sent);
}

TEST_F(TlsTest, ServerThatGoesBreaksCallsAndComesBack) {
  EXPECT_TRUE(status_of_get().ok());
  const std::string address = server().address();
  server_.reset();
  EXPECT_EQ(run(get(address, "k", kBatchedGet)).status.outcome, Outcome::kConnection);
}

class TlsReloadTest : public TlsTest {
 protected:
  TlsReloadTest() {
    files_.put_ca(authority_.pem());
    files_.put_identity(authority_.issue({.common_name = "client 1"}));
    options_.tls = {.ca_path = files_.ca(), .cert_path = files_.cert(), .key_path = files_.key()};
    options_.tls_report = [this](TlsSource::Event event, const std::string&) { reports_.push_back(event); };
    server_options_.client_ca = authority_.pem();
  }

  /// Calls without a pause until `stop`; how many did not succeed.
  Task<int> keep_calling(const std::atomic<bool>& stop, std::atomic<int>& done) {
    int failed = 0;
    while (!stop) {
      const Answer one = co_await get(server_->address(), "k", kBatchedGet);
      if (!one.status.ok()) {
        ++failed;
        ADD_FAILURE() << one.status.message;
      }
      ++done;
    }
    co_return failed;
  }
  std::future<int> call_meanwhile(const std::atomic<bool>& stop, std::atomic<int>& done) {
    auto promise = std::make_shared<std::promise<int>>();
    auto future = promise->get_future();
    auto task = as_result(keep_calling(stop, done));
    runtime::run_on(*loop_, std::move(task)).start([promise](Result<int> failed) {
      promise->set_value(failed.value_or(-1));
    });
    return future;
  }
  /// Gives clients a reason for new connections, and waits until all of theirs are new.
  void renew(std::size_t callers, const std::atomic<int>& done) {
    const int before = server_->handshakes();
    server_->drain();
    while (server_->handshakes() == before) std::this_thread::yield();
    const int calls = done + static_cast<int>(2 * callers);
    while (done < calls) std::this_thread::yield();
  }

  CertificateFiles files_;
  std::vector<TlsSource::Event> reports_;

 private:
  static Task<Result<int>> as_result(Task<int> task) { co_return co_await std::move(task); }
};

TEST_F(TlsReloadTest, RotationIsNotNoticedByCallers) {
  server();
  transport();
  std::atomic<bool> stop = false;
  std::atomic<int> done = 0;
  std::vector<std::future<int>> callers;
  for (int i = 0; i < 8; ++i) callers.push_back(call_meanwhile(stop, done));
  while (done < 100) std::this_thread::yield();

  // Twice to a new authority, as it is done in life: first everybody trusts both, then certificates change, then the
  // old authority is forgotten.
  std::string old_ca = authority_.pem();
  for (int round = 2; round <= 3; ++round) {
    const Authority next("authority " + std::to_string(round));
    const std::string both = old_ca + next.pem();
    files_.put_ca(both);
    renew(callers.size(), done);
    const Identity server_identity = next.issue({});
    server_->set_identity(server_identity, both);
    renew(callers.size(), done);
    files_.put_identity(next.issue({.common_name = "client " + std::to_string(round)}));
    renew(callers.size(), done);
    files_.put_ca(next.pem());
    server_->set_identity(server_identity, next.pem());
    renew(callers.size(), done);
    old_ca = next.pem();
  }
  stop = true;
  for (auto& one : callers) EXPECT_EQ(one.get(), 0);
  EXPECT_EQ(server_->clients(), (std::set<std::string>{"client 1", "client 2", "client 3"}));
  EXPECT_GE(server_->handshakes(), 9);
  close();
  EXPECT_GE(reports_.size(), 6U);
}

TEST_F(TlsReloadTest, BadFilesLeaveTheOldInUse) {
  EXPECT_TRUE(status_of_get().ok());
  const std::string address = server().address();
  for (const char* name : {"ca.pem", "cert.pem", "key.pem"}) files_.put(name, "-----BEGIN CERTIFICATE-----\nhalf");
  // A new connection, to the same server under another name.
  EXPECT_TRUE(run(get("localhost:" + std::to_string(server().port()), "k", kBatchedGet)).status.ok());
  EXPECT_EQ(server().clients(), std::set<std::string>{"client 1"});
  close();
  EXPECT_EQ(reports_, std::vector{TlsSource::Event::kUseless});
}

TEST_F(TlsReloadTest, ExistingConnectionsLiveOn) {
  EXPECT_TRUE(status_of_get().ok());
  files_.put_ca(Authority("somebody else").pem());
  EXPECT_TRUE(status_of_get().ok());
  EXPECT_EQ(server().handshakes(), 1);
  const std::string other = "localhost:" + std::to_string(server().port());
  EXPECT_THAT(failure(run(get(other, "k", kBatchedGet)).status), HasSubstr("is not trusted"));
}

TEST(TlsClientsTest, ShareNothing) {
  // Two transports on threads of their own, two authorities; each also tries the other's server.
  struct Side {
    Authority authority{"authority"};
    Identity identity = authority.issue({.common_name = "client"});
    TlsServer server{{.identity = authority.issue({}), .client_ca = authority.pem()}, answer};
    HttpOptions options() const {
      HttpOptions options;
      options.reconnect.base = options.reconnect.most = 1ms;
      options.tls.ca_pem = authority.pem();
      options.tls.cert_pem = identity.cert;
      options.tls.key_pem = identity.key;
      return options;
    }
  };
  struct Caller : NetTest {
    using NetTest::get;
    using NetTest::options_;
    using NetTest::run;
    void TestBody() override {}
  };
  Side sides[2];
  Caller callers[2];  // here, because GoogleTest's fixtures can't be made on two threads at once
  const auto call = [&](int mine) {
    Caller& caller = callers[mine];
    caller.options_ = sides[mine].options();
    const std::string good = sides[mine].server.address();
    const std::string bad = sides[1 - mine].server.address();
    for (int i = 0; i < 100; ++i) {
      const Status right = caller.run(caller.get(good, "k", kBatchedGet)).status;
      EXPECT_TRUE(right.ok()) << right.message;
      const Status wrong = caller.run(caller.get(bad, "k", kBatchedGet)).status;
      EXPECT_EQ(wrong.outcome, Outcome::kTls) << wrong.message;
      EXPECT_THAT(wrong.message, HasSubstr("certificate"));
    }
  };
  std::jthread other([&] { call(1); });
  call(0);
}

}  // namespace
}  // namespace tikv::net
