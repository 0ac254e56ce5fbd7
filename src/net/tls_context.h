#pragma once

#include <openssl/types.h>
#include <tikv/error.h>
#include <tikv/tls.h>

#include <memory>
#include <string>
#include <vector>

#include "net/tls_material.h"

namespace tikv::net {

/// Certificates and rules, ready for connections. Does not change: connections keep the one they began with.
class TlsContext {
 public:
  /// `kInvalidArgument` with field and path if the material is not what it should be, or certificate and key don't
  /// belong together.
  static Result<std::shared_ptr<const TlsContext>> make(const TlsOptions& options, const TlsMaterial& material);

  /// Whom a connection is to, and what came of it. Stays in place as long as the connection.
  struct Peer {
    std::string host;
    std::string refusal;  ///< Why it is not trusted.
    bool asked = false;   ///< It wants to see the client's certificate.
  };
  /// The client's side of a connection to `peer.host`. Null if OpenSSL has no memory.
  std::unique_ptr<SSL, void (*)(SSL*)> make_client(Peer& peer) const;

  /// "client certificate 'CN=...', 2 trusted certificates", for the log.
  std::string summary() const;

 private:
  explicit TlsContext(const TlsOptions& options);
  Result<void> load_ca(const std::string& pem, const std::string& where);
  Result<void> load_certificate(const std::string& pem, const std::string& where);
  Result<void> load_key(const std::string& pem, const std::string& where, const std::string& cert_where);
  static int certificate_asked_for(SSL* ssl, void*);
  static int verify(X509_STORE_CTX* store, void* self);

  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::vector<std::string> verify_cn_;
  std::size_t trusted_ = 0;
};

}  // namespace tikv::net
