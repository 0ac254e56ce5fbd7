#pragma once

#include <openssl/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace tikv::testing {

/// A certificate and its key, as PEM.
struct Identity {
  std::string cert;
  std::string key;
};

/// What a certificate should say.
struct CertificateWish {
  std::string common_name = "server";
  std::vector<std::string> hosts = {"localhost", "127.0.0.1"};  ///< DNS names and IP addresses.
  std::chrono::seconds valid_from{-3600};                       ///< From now.
  std::chrono::seconds valid_until{3600};
};

/// A certificate authority of a test's own. Keys are of the curve P-256, which takes no time to make.
class Authority {
 public:
  explicit Authority(const std::string& name);
  /// Its certificate.
  const std::string& pem() const { return pem_; }
  Identity issue(const CertificateWish& wish) const;
  /// An authority that this one vouches for.
  Authority intermediate(const std::string& name) const;

 private:
  Authority(std::shared_ptr<EVP_PKEY> key, std::shared_ptr<X509> certificate);

  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
  std::string pem_;
};

/// The key under a password.
std::string encrypted(const std::string& key_pem);

}  // namespace tikv::testing
