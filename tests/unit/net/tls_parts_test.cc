// What TLS decides without a connection: fields, files, names.

#include <gmock/gmock.h>
#include <openssl/pem.h>

#include <memory>

#include "certificates/files.h"
#include "net/tls_source.h"
#include "net/tls_text.h"

namespace tikv::net {
namespace {

using ::testing::AllOf;
using testing::Authority;
using testing::CertificateFiles;
using ::testing::HasSubstr;
using testing::Identity;
using ::testing::Pair;

std::string why_bad(const TlsOptions& options) {
  const Result<void> checked = check_tls(options);
  if (checked) return "good";
  EXPECT_EQ(checked.error().kind(), ErrorKind::kInvalidArgument);
  return checked.error().message();
}

class TlsFilesTest : public ::testing::Test {
 protected:
  TlsFilesTest() {
    files_.put_ca(authority_.pem());
    files_.put_identity(client_);
    options_.ca_path = files_.ca();
    options_.cert_path = files_.cert();
    options_.key_path = files_.key();
  }
  Authority authority_{"authority"};
  Identity client_ = authority_.issue({.common_name = "client"});
  CertificateFiles files_;
  TlsOptions options_;
};

TEST_F(TlsFilesTest, GoodFilesAndGoodTextsAreTaken) {
  EXPECT_EQ(why_bad({}), "good") << "no TLS";
  EXPECT_EQ(why_bad(options_), "good");
  TlsOptions texts;
  texts.ca_pem = authority_.pem();
  EXPECT_EQ(why_bad(texts), "good");
  texts.cert_pem = client_.cert;
  texts.key_pem = client_.key;
  texts.verify_cn = {"server"};
  EXPECT_EQ(why_bad(texts), "good");
}

TEST_F(TlsFilesTest, FieldsThatDoNotGoTogetherAreNamed) {
  TlsOptions options = options_;
  options.key_path.clear();
  EXPECT_EQ(why_bad(options), "tls.cert_path '" + files_.cert() + "' is set without tls.key_path");
  options = options_;
  options.cert_path.clear();
  EXPECT_EQ(why_bad(options), "tls.key_path '" + files_.key() + "' is set without tls.cert_path");
  options = options_;
  options.ca_path.clear();
  EXPECT_THAT(why_bad(options), HasSubstr("is set without tls.ca_path"));
  options = options_;
  options.ca_pem = authority_.pem();
  EXPECT_EQ(why_bad(options), "tls.ca_path and tls.ca_pem are both set");
  options = {};
  options.verify_cn = {"tikv"};
  EXPECT_THAT(why_bad(options), HasSubstr("tls.verify_cn is set without tls.ca_path"));
}

TEST_F(TlsFilesTest, FilesOfNoUseAreNamedWithTheReason) {
  const std::string missing = files_.path("missing.pem");
  for (const auto field : {&TlsOptions::ca_path, &TlsOptions::cert_path, &TlsOptions::key_path}) {
    TlsOptions options = options_;
    options.*field = missing;
    EXPECT_THAT(why_bad(options), AllOf(HasSubstr("'" + missing + "'"), HasSubstr("No such file")));
  }
  TlsOptions folder = options_;
  folder.ca_path = files_.path("");
  EXPECT_THAT(why_bad(folder), HasSubstr("can't be read"));

  const struct {
    const char* name;
    std::string text;
    const char* why;
  } rows[] = {
      {"ca.pem", "", "has no certificate in PEM form"},
      {"ca.pem", "nonsense", "has no certificate in PEM form"},
      {"ca.pem", authority_.pem().substr(0, 200), "has a certificate that can't be read"},
      {"ca.pem", authority_.pem() + authority_.pem().substr(0, 200), "has a certificate that can't be read"},
      {"cert.pem", client_.cert.substr(0, 300), "has a certificate that can't be read"},
      {"cert.pem", client_.key, "has no certificate in PEM form"},
      {"key.pem", client_.cert, "has no private key in PEM form"},
      {"key.pem", client_.key.substr(0, 80), "has no private key in PEM form"},
      {"key.pem", testing::encrypted(client_.key), "is encrypted"},
      {"key.pem", authority_.issue({}).key, "does not belong to the certificate in tls.cert_path"},
  };
  for (const auto& row : rows) {
    files_.put_ca(authority_.pem());
    files_.put_identity(client_);
    files_.put(row.name, row.text);
    EXPECT_THAT(why_bad(options_), AllOf(HasSubstr(files_.path(row.name)), HasSubstr(row.why)));
  }
}

TEST_F(TlsFilesTest, NewFilesAreTakenAndBadOnesAreNot) {
  std::vector<std::pair<TlsSource::Event, std::string>> reports;
  TlsSource source(options_,
                   [&](TlsSource::Event event, const std::string& detail) { reports.emplace_back(event, detail); });
  const auto first = source.current();
  ASSERT_TRUE(first);
  EXPECT_EQ(source.current().value(), *first) << "nothing has changed";
  EXPECT_TRUE(reports.empty());

  const Identity next = authority_.issue({.common_name = "next"});
  files_.put("cert.pem", next.cert);  // the old key beside it
  EXPECT_EQ(source.current().value(), *first);
  EXPECT_EQ(source.current().value(), *first);
  ASSERT_EQ(reports.size(), 1U) << "told once";
  EXPECT_THAT(reports[0], Pair(TlsSource::Event::kUseless, HasSubstr(files_.key())));

  files_.put("key.pem", next.key);
  const auto second = source.current();
  EXPECT_NE(second.value(), *first);
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_THAT(reports[1], Pair(TlsSource::Event::kChanged, HasSubstr("'next'")));

  files_.put_ca(authority_.pem() + Authority("other").pem());
  EXPECT_NE(source.current().value(), second.value());
  ASSERT_EQ(reports.size(), 3U);
  EXPECT_THAT(reports[2], Pair(TlsSource::Event::kChanged, HasSubstr("2 trusted certificates")));
}

TEST_F(TlsFilesTest, WithoutFilesFromTheBeginningThereIsNothing) {
  files_.put_ca("");
  TlsSource source(options_);
  EXPECT_FALSE(source.current());
  files_.put_ca(authority_.pem());
  EXPECT_TRUE(source.current());
}

std::shared_ptr<X509> parse(const std::string& pem) {
  BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  std::shared_ptr<X509> certificate(PEM_read_bio_X509(in, nullptr, nullptr, nullptr), &X509_free);
  BIO_free(in);
  return certificate;
}

TEST(TlsTextTest, ReadsNamesFromCertificates) {
  const Authority authority("authority");
  const auto one = parse(authority.issue({.common_name = "tikv-1", .hosts = {"a.example", "10.0.0.1", "::1"}}).cert);
  EXPECT_EQ(common_name(*one), "tikv-1");
  EXPECT_EQ(names_of(*one), "valid for a.example, 10.0.0.1, 0000:0000:0000:0000:0000:0000:0000:0001");
  const auto nameless = parse(authority.issue({.common_name = "", .hosts = {}}).cert);
  EXPECT_EQ(common_name(*nameless), "");
  EXPECT_EQ(names_of(*nameless), "valid for no host");
}

TEST(TlsTextTest, CommonNamesAreComparedWhole) {
  const std::vector<std::string> allowed = {"tikv-server", " pd-server "};
  EXPECT_TRUE(allows_name(allowed, "tikv-server"));
  EXPECT_TRUE(allows_name(allowed, "pd-server"));
  EXPECT_FALSE(allows_name(allowed, "tikv-server2"));
  EXPECT_FALSE(allows_name(allowed, "TIKV-SERVER"));
  EXPECT_FALSE(allows_name(allowed, "*"));
  EXPECT_FALSE(allows_name(allowed, ""));
  EXPECT_TRUE(allows_name({}, "anything"));
}

}  // namespace
}  // namespace tikv::net
