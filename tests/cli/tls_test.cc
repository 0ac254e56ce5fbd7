#include <tikv/testing/cluster.h>

#include "certificates/files.h"
#include "cli_test.h"

namespace tikv::cli {
namespace {

using testing::CertificateFiles;
using ::testing::HasSubstr;

/// A cluster that speaks TLS and asks who is calling.
class TlsCliTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.put_ca(authority_.pem());
    server_.put_identity(authority_.issue({.common_name = "tikv-server"}));
    client_.put_ca(authority_.pem());
    client_.put_identity(authority_.issue({.common_name = "client"}));
    testing::ClusterOptions options;
    options.tls = {.cert_path = server_.cert(), .key_path = server_.key(), .ca_path = server_.ca()};
    auto cluster = testing::Cluster::start(options);
    ASSERT_TRUE(cluster) << cluster.error().to_string();
    cluster_.emplace(*std::move(cluster));
  }
  Ended run(std::vector<std::string> words) {
    return run_process(tool_words(cluster_->pd_endpoints(), std::move(words)), "");
  }

  testing::Authority authority_{"authority"};
  CertificateFiles server_;
  CertificateFiles client_;
  std::optional<testing::Cluster> cluster_;
};

TEST_F(TlsCliTest, FilesOpenTheWay) {
  const std::vector<std::string> tls = {"--ca", client_.ca(), "--cert", client_.cert(), "--key", client_.key()};
  std::vector<std::string> put = tls;
  put.insert(put.end(), {"--verify-cn", "tikv-server", "raw", "put", "k", "v"});
  const Ended ended = run(put);
  EXPECT_EQ(ended.code, 0) << ended.err;
  std::vector<std::string> get = tls;
  get.insert(get.end(), {"raw", "get", "k"});
  EXPECT_EQ(run(get).out, "v\n");
  put[7] = "somebody-else";
  EXPECT_EQ(run(put).code, 8);
}

TEST_F(TlsCliTest, WhoIsNotTrustedIsTold) {
  const CertificateFiles other;
  const testing::Authority other_authority("other");
  other.put_ca(other_authority.pem());
  const Ended ended = run({"--ca", other.ca(), "raw", "get", "k"});
  EXPECT_EQ(ended.code, 8) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("check --ca"));
  EXPECT_EQ(run({"--ca", other.path("nothing"), "raw", "get", "k"}).code, 2);
}

}  // namespace
}  // namespace tikv::cli
