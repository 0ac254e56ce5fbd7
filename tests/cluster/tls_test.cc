// The whole client over TLS, against an embedded cluster that gRPC's library serves.

#include <gmock/gmock.h>

#include "certificates/files.h"
#include "cluster_test.h"

namespace tikv {
namespace {

using ::testing::AllOf;
using testing::Authority;
using testing::CertificateFiles;
using testing::Cluster;
using ::testing::HasSubstr;

class TlsClusterTest : public ::testing::Test {
 protected:
  TlsClusterTest() {
    server_.put_ca(authority_.pem());
    server_.put_identity(authority_.issue({.common_name = "tikv-server"}));
    files_.put_ca(authority_.pem());
    files_.put_identity(authority_.issue({.common_name = "client"}));
    tls_ = {.ca_path = files_.ca(), .cert_path = files_.cert(), .key_path = files_.key()};
  }
  void start(bool mutual) { start(mutual, server_); }
  void start(bool mutual, const CertificateFiles& files) {
    testing::ClusterOptions options;
    options.tls.cert_path = files.cert();
    options.tls.key_path = files.key();
    if (mutual) options.tls.ca_path = files.ca();
    auto started = Cluster::start(options);
    ASSERT_TRUE(started) << started.error().to_string();
    cluster_.emplace(*std::move(started));
  }
  Result<Client> connect() {
    ClientOptions options;
    options.pd_endpoints = cluster_->pd_endpoints();
    options.tls = tls_;
    return Client::connect(std::move(options)).get();
  }
  /// Why no client can be made, which must be said at once.
  std::string failure() {
    const auto client = connect();
    if (client) return "connected";
    EXPECT_EQ(client.error().kind(), ErrorKind::kTls) << client.error().to_string();
    EXPECT_EQ(client.error().advice(), Advice::kGiveUp);
    EXPECT_LT(client.error().elapsed(), std::chrono::seconds(1));
    EXPECT_FALSE(client.error().attempts().empty());
    return client.error().message();
  }
  static void expect_works(const Client& client) {
    const RawClient raw = client.raw();
    const auto put = raw.put("key", "value").get();
    ASSERT_TRUE(put) << put.error().to_string();
    EXPECT_EQ(raw.get("key").get().value(), "value");
    EXPECT_TRUE(client.timestamp().get());
    const std::string big(5 << 20, 'x');
    EXPECT_TRUE(raw.put("big", big).get());
    EXPECT_TRUE(raw.get("big").get().value() == big);
  }

  Authority authority_{"authority"};
  CertificateFiles server_;
  CertificateFiles files_;
  TlsOptions tls_;
  std::optional<Cluster> cluster_;
};

TEST_F(TlsClusterTest, ServerAuthentication) {
  start(false);
  tls_.cert_path.clear();
  tls_.key_path.clear();
  const auto client = connect();
  ASSERT_TRUE(client) << client.error().to_string();
  expect_works(*client);
}

TEST_F(TlsClusterTest, MutualAuthentication) {
  start(true);
  tls_.verify_cn = {"tikv-server"};
  const auto client = connect();
  ASSERT_TRUE(client) << client.error().to_string();
  expect_works(*client);
}

TEST_F(TlsClusterTest, HttpsEndpointsAreTaken) {
  start(true);
  ClientOptions options;
  options.pd_endpoints = {"https://" + cluster_->pd_endpoints()[0]};
  options.tls = tls_;
  const auto client = Client::connect(std::move(options)).get();
  ASSERT_TRUE(client) << client.error().to_string();
  expect_works(*client);
}

TEST_F(TlsClusterTest, WhatIsWrongIsSaidAtOnce) {
  start(true);
  const TlsOptions good = tls_;
  tls_.cert_path.clear();
  tls_.key_path.clear();
  EXPECT_THAT(failure(), HasSubstr("client certificate"));
  files_.put_identity(Authority("somebody else").issue({.common_name = "client"}));
  tls_ = good;
  EXPECT_THAT(failure(), HasSubstr("this client's certificate"));
  files_.put_identity(authority_.issue({.common_name = "client"}));
  tls_.verify_cn = {"somebody else"};
  EXPECT_THAT(failure(), HasSubstr("common name 'tikv-server'"));
  tls_ = good;
  tls_.ca_path.clear();
  tls_.ca_pem = Authority("other").pem();
  EXPECT_THAT(failure(), AllOf(HasSubstr("certificate"), HasSubstr("is not trusted")));
}

TEST_F(TlsClusterTest, PlainTextAndTlsDoNotMeet) {
  start(false);
  tls_ = {};
  const auto plain = connect();
  ASSERT_FALSE(plain);
  EXPECT_THAT(plain.error().message(), HasSubstr("tls.ca_path"));

  cluster_ = Cluster::start().value();
  tls_.ca_path = files_.ca();
  EXPECT_THAT(failure(), HasSubstr("the server does not speak TLS"));
}

TEST_F(TlsClusterTest, TwoClientsOfOneProcessKnowTwoClusters) {
  start(true);
  const auto one = connect();
  ASSERT_TRUE(one) << one.error().to_string();
  const Cluster first = *std::move(cluster_);
  const Authority other("authority");  // under the same name
  CertificateFiles others;
  others.put_ca(other.pem());
  others.put_identity(other.issue({.common_name = "tikv-server"}));
  start(true, others);
  EXPECT_THAT(failure(), HasSubstr("certificate"));
  tls_ = {.ca_path = others.ca(), .cert_path = others.cert(), .key_path = others.key()};
  const auto two = connect();
  ASSERT_TRUE(two) << two.error().to_string();
  expect_works(*two);
  expect_works(*one);
}

}  // namespace
}  // namespace tikv
