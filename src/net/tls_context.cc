#include "net/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <string_view>

#include "net/tls_text.h"

namespace tikv::net {
namespace {

constexpr std::string_view kAlpn = "\x02h2";

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

std::unexpected<Error> invalid(std::string message) {
  return std::unexpected(Error(ErrorKind::kInvalidArgument, std::move(message)));
}

/// The last OpenSSL call has failed.
std::unexpected<Error> refused(const std::string& where, std::string_view what) {
  return invalid(where + ' ' + std::string(what) + ": " + take_openssl_errors());
}

Bio reader(const std::string& pem) { return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free}; }

/// OpenSSL would ask for it at the terminal.
int no_password(char*, int, int, void*) { return -1; }

/// Whether reading stopped because there is nothing more, rather than at something broken.
bool at_end() {
  const unsigned long code = ERR_peek_last_error();
  const bool end = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
  if (end) ERR_clear_error();
  return end;
}

/// All certificates of a text, which has at least one.
Result<std::vector<Certificate>> read_certificates(const std::string& pem, const std::string& where) {
  std::vector<Certificate> all;
  const Bio in = reader(pem);
  while (X509* one = PEM_read_bio_X509(in.get(), nullptr, &no_password, nullptr)) {
    all.emplace_back(one, &X509_free);
  }
  if (!at_end()) return refused(where, "has a certificate that can't be read");
  if (all.empty()) return invalid(where + " has no certificate in PEM form");
  return all;
}

/// The host as certificates and SNI have it: no zone of an IPv6 address, no last dot of a name.
std::string bare(const std::string& host) {
  std::string name = host.substr(0, host.find('%'));
  if (name.ends_with('.')) name.pop_back();
  return name;
}

}  // namespace

TlsContext::TlsContext(const TlsOptions& options)
    : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free), verify_cn_(options.verify_cn) {}

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const TlsOptions& options, const TlsMaterial& material) {
  ERR_clear_error();
  const std::shared_ptr<TlsContext> made(new TlsContext(options));
  SSL_CTX* context = made->context_.get();
  if (context == nullptr) return refused("tls", "is not possible");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // The bytes to write lie elsewhere, and more of them behind, when a blocked write is tried again.
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(kAlpn.data()), kAlpn.size());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &TlsContext::verify, made.get());
  SSL_CTX_set_cert_cb(context, &TlsContext::certificate_asked_for, nullptr);
  if (auto loaded = made->load_ca(material.ca, origin("ca", options.ca_path)); !loaded)
    return std::unexpected(loaded.error());
  if (material.cert.empty()) return made;
  const std::string cert_where = origin("cert", options.cert_path);
  if (auto loaded = made->load_certificate(material.cert, cert_where); !loaded) return std::unexpected(loaded.error());
  auto loaded = made->load_key(material.key, origin("key", options.key_path), cert_where);
  if (!loaded) return std::unexpected(loaded.error());
  return made;
}

Result<void> TlsContext::load_ca(const std::string& pem, const std::string& where) {
  auto certificates = read_certificates(pem, where);
  if (!certificates) return std::unexpected(certificates.error());
  X509_STORE* store = SSL_CTX_get_cert_store(context_.get());
  // As in Go, what is given is trusted, whether it is its own issuer or not.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  for (const Certificate& one : *certificates) {
    if (X509_STORE_add_cert(store, one.get()) != 1) return refused(where, "has a certificate of no use");
  }
  trusted_ = certificates->size();
  return {};
}

Result<void> TlsContext::load_certificate(const std::string& pem, const std::string& where) {
  auto certificates = read_certificates(pem, where);
  if (!certificates) return std::unexpected(certificates.error());
  bool first = true;
  for (const Certificate& one : *certificates) {
    const bool good = first ? SSL_CTX_use_certificate(context_.get(), one.get()) == 1
                            : SSL_CTX_add1_chain_cert(context_.get(), one.get()) == 1;
    if (!good) return refused(where, "has a certificate of no use");
    first = false;
  }
  return {};
}

Result<void> TlsContext::load_key(const std::string& pem, const std::string& where, const std::string& cert_where) {
  const Bio in = reader(pem);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(in.get(), nullptr, &no_password, nullptr), &EVP_PKEY_free);
  if (!key) {
    if (pem.find("ENCRYPTED") == pem.npos) return refused(where, "has no private key in PEM form");
    ERR_clear_error();
    return invalid(where + " is encrypted; keys are taken without a password only");
  }
  // Also compares it with the certificate.
  if (SSL_CTX_use_PrivateKey(context_.get(), key.get()) == 1) return {};
  return refused(where, "does not belong to the certificate in " + cert_where);
}

int TlsContext::certificate_asked_for(SSL* ssl, void*) {
  static_cast<Peer*>(SSL_get_app_data(ssl))->asked = true;
  return 1;
}

int TlsContext::verify(X509_STORE_CTX* store, void* self) {
  const auto& context = *static_cast<const TlsContext*>(self);
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& peer = *static_cast<Peer*>(SSL_get_app_data(ssl));
  if (X509_verify_cert(store) != 1) {
    peer.refusal = why_not_trusted(*store, peer.host);
    return 0;
  }
  const std::string name = common_name(*X509_STORE_CTX_get0_cert(store));
  if (allows_name(context.verify_cn_, name)) return 1;
  peer.refusal = "the server's certificate has the common name '" + name + "', which is not in tls.verify_cn";
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

std::unique_ptr<SSL, void (*)(SSL*)> TlsContext::make_client(Peer& peer) const {
  std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context_.get()), &SSL_free);
  if (!ssl) return ssl;
  SSL_set_connect_state(ssl.get());
  SSL_set_app_data(ssl.get(), &peer);
  X509_VERIFY_PARAM* rules = SSL_get0_param(ssl.get());
  const std::string host = bare(peer.host);
  if (X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1) return ssl;
  ERR_clear_error();
  // As Go's crypto/tls: subject alternative names only, and a star stands for one whole label.
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool good = X509_VERIFY_PARAM_set1_host(rules, host.c_str(), host.size()) == 1 &&
                    SSL_set_tlsext_host_name(ssl.get(), host.c_str()) == 1;
  if (!good) ssl.reset();
  return ssl;
}

std::string TlsContext::summary() const {
  std::string text = std::to_string(trusted_) + " trusted certificates";
  if (const X509* own = SSL_CTX_get0_certificate(context_.get())) {
    text += ", client certificate with the common name '" + common_name(*own) + "'";
  }
  return text;
}

}  // namespace tikv::net
