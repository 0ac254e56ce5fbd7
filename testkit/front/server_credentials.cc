#include "testkit/front/server_credentials.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <fstream>
#include <string>
#include <utility>

namespace tikv::testing::front {
namespace {

constexpr unsigned kSecondsBetweenLooks = 1;

std::unexpected<Error> invalid(const std::string& message) {
  return std::unexpected(Error(ErrorKind::kInvalidArgument, "ClusterOptions::tls." + message));
}

}  // namespace

Result<void> check(const ServerTls& tls) {
  if (tls.cert_path.empty() && !tls.key_path.empty()) return invalid("key_path is set without cert_path");
  if (!tls.cert_path.empty() && tls.key_path.empty()) return invalid("cert_path is set without key_path");
  if (!tls.ca_path.empty() && tls.cert_path.empty()) return invalid("ca_path is set without cert_path");
  const std::pair<const char*, const std::string&> files[] = {
      {"cert_path", tls.cert_path}, {"key_path", tls.key_path}, {"ca_path", tls.ca_path}};
  for (const auto& [field, path] : files) {
    if (path.empty()) continue;
    std::ifstream file(path);
    if (file.peek() == std::ifstream::traits_type::eof()) {
      return invalid(std::string(field) + " '" + path + "' can't be read or is empty");
    }
  }
  return {};
}

std::shared_ptr<::grpc::ServerCredentials> make_credentials(const ServerTls& tls) {
  if (tls.cert_path.empty()) return ::grpc::InsecureServerCredentials();
  namespace experimental = ::grpc::experimental;
  experimental::TlsServerCredentialsOptions options(std::make_shared<experimental::FileWatcherCertificateProvider>(
      tls.key_path, tls.cert_path, tls.ca_path, kSecondsBetweenLooks));
  options.watch_identity_key_cert_pairs();
  if (!tls.ca_path.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return experimental::TlsServerCredentials(options);
}

}  // namespace tikv::testing::front
