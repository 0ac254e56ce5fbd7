#include "tls_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace tikv::testing {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;
using Then = TlsServer::Options::Then;

/// The certificates of a text, in order.
std::vector<std::shared_ptr<X509>> certificates(const std::string& pem) {
  std::vector<std::shared_ptr<X509>> all;
  BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  while (X509* one = PEM_read_bio_X509(in, nullptr, nullptr, nullptr)) all.emplace_back(one, &X509_free);
  ERR_clear_error();
  BIO_free(in);
  return all;
}

void use(SSL_CTX* context, const Identity& identity) {
  bool first = true;
  for (const auto& one : certificates(identity.cert)) {
    if (std::exchange(first, false)) {
      SSL_CTX_use_certificate(context, one.get());
    } else {
      SSL_CTX_add1_chain_cert(context, one.get());
    }
  }
  BIO* in = BIO_new_mem_buf(identity.key.data(), static_cast<int>(identity.key.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  SSL_CTX_use_PrivateKey(context, key);
  EVP_PKEY_free(key);
  BIO_free(in);
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void* user) {
  const auto& ours = *static_cast<const std::vector<std::string>*>(user);
  for (const std::string& one : ours) {
    for (unsigned int i = 0; i < offered_size; i += offered[i] + 1U) {
      const std::string theirs(reinterpret_cast<const char*>(offered + i + 1), offered[i]);
      if (theirs != one) continue;
      *out = offered + i + 1;
      *size = offered[i];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

Context make_context(const TlsServer::Options& options) {
  Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  SSL_CTX_set_max_proto_version(context.get(), options.max_version);
  if (options.max_version == TLS1_1_VERSION) {
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_security_level(context.get(), 0);
  }
  use(context.get(), options.identity);
  if (!options.client_ca.empty()) {
    for (const auto& one : certificates(options.client_ca)) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), one.get());
    }
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return context;
}

std::string common_name_of_peer(SSL* ssl) {
  X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) return {};
  char name[256] = {};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  return name;
}

bool write_all(SSL* ssl, std::string_view bytes) {
  while (!bytes.empty()) {
    const int size = SSL_write(ssl, bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), 1 << 20)));
    if (size <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

void wait_for_end(int socket) {
  char byte[256];
  while (recv(socket, byte, sizeof byte, 0) > 0) {
  }
}

}  // namespace

struct TlsServer::Connection {
  explicit Connection(int accepted) : socket(accepted), wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~Connection() {
    thread.join();
    if (socket >= 0) close(socket);
    close(wake);
  }
  std::atomic<int> socket;
  int wake;
  std::atomic<bool> drain = false;
  std::thread thread;
};

TlsServer::TlsServer(Options options, Http2Answerer::Answer answer)
    : options_(std::move(options)), answer_(std::move(answer)) {
  signal(SIGPIPE, SIG_IGN);  // OpenSSL writes with write(2)
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, any, size) != 0 || listen(listener_, 100) != 0 || getsockname(listener_, any, &size) != 0) {
    throw std::runtime_error("no port for a test's server");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { accept_all(); });
}

TlsServer::~TlsServer() {
  shutdown(listener_, SHUT_RDWR);  // ends accept
  thread_.join();
  close(listener_);
  std::list<std::unique_ptr<Connection>> connections;
  {
    const std::lock_guard lock(mutex_);
    connections.swap(connections_);
    for (const auto& one : connections) shutdown(one->socket, SHUT_RDWR);
  }
}

void TlsServer::accept_all() {
  for (int client; (client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
    const std::lock_guard lock(mutex_);
    Connection& connection = *connections_.emplace_back(std::make_unique<Connection>(client));
    connection.thread = std::thread([this, &connection] { serve(connection); });
  }
}

void TlsServer::set_identity(const Identity& identity, const std::string& client_ca) {
  const std::lock_guard lock(mutex_);
  options_.identity = identity;
  options_.client_ca = client_ca;
}

void TlsServer::drain() {
  const std::lock_guard lock(mutex_);
  for (const auto& one : connections_) {
    one->drain = true;
    eventfd_write(one->wake, 1);
  }
}

std::set<std::string> TlsServer::clients() const {
  const std::lock_guard lock(mutex_);
  return clients_;
}

std::set<std::string> TlsServer::names() const {
  const std::lock_guard lock(mutex_);
  return names_;
}

void TlsServer::serve(Connection& connection) {
  Options options;
  {
    const std::lock_guard lock(mutex_);
    options = options_;
  }
  const int socket = connection.socket;
  if (options.then == Then::kNoHandshake) return wait_for_end(socket);
  if (options.then == Then::kGarbage) {
    constexpr std::string_view kGarbage = "HTTP/1.1 400 Bad Request\r\n\r\n";
    send(socket, kGarbage.data(), kGarbage.size(), MSG_NOSIGNAL);
    return wait_for_end(socket);
  }
  const Context context = make_context(options);
  if (!options.alpn.empty()) SSL_CTX_set_alpn_select_cb(context.get(), &choose_protocol, &options.alpn);
  const Session ssl(SSL_new(context.get()), &SSL_free);
  SSL_set_fd(ssl.get(), socket);
  if (SSL_accept(ssl.get()) != 1) {
    ERR_clear_error();
    shutdown(socket, SHUT_RDWR);
    return;
  }
  ++handshakes_;
  {
    const std::lock_guard lock(mutex_);
    clients_.insert(common_name_of_peer(ssl.get()));
    if (const char* name = SSL_get_servername(ssl.get(), TLSEXT_NAMETYPE_host_name)) names_.insert(name);
  }
  switch (options.then) {
    case Then::kCloseNotify:
      SSL_shutdown(ssl.get());
      return wait_for_end(socket);
    case Then::kHalfClose:
      shutdown(socket, SHUT_WR);
      return wait_for_end(socket);
    case Then::kReset: {
      const linger at_once{1, 0};
      setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      close(connection.socket.exchange(-1));
      return;
    }
    case Then::kSayNothing:
      return wait_for_end(socket);
    default:
      break;
  }
  exchange(connection, ssl.get());
  ERR_clear_error();
  shutdown(socket, SHUT_RDWR);
}

bool TlsServer::exchange(Connection& connection, ssl_st* ssl) {
  Http2Answerer http(answer_);
  std::string piece(64 << 10, '\0');
  for (;;) {
    if (connection.drain.exchange(false)) http.drain();
    if (!write_all(ssl, http.output())) return false;
    pollfd sources[] = {{connection.socket, POLLIN, 0}, {connection.wake, POLLIN, 0}};
    if (SSL_pending(ssl) == 0 && poll(sources, 2, -1) < 0) return false;
    if (sources[1].revents != 0) {
      eventfd_t ignored = 0;
      eventfd_read(connection.wake, &ignored);
      continue;
    }
    const int size = SSL_read(ssl, piece.data(), static_cast<int>(piece.size()));
    if (size <= 0 || !http.receive({piece.data(), static_cast<std::size_t>(size)})) return false;
  }
}

}  // namespace tikv::testing
