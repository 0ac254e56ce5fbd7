#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "certificates/authority.h"
#include "http2_answerer.h"

namespace tikv::testing {

/// A server on a port of 127.0.0.1 that speaks TLS and HTTP/2 by OpenSSL and nghttp2 alone, a thread for each
/// connection; and one that gets it wrong on request. No gRPC library: it may run under ThreadSanitizer.
class TlsServer {
 public:
  struct Options {
    Identity identity;
    std::string client_ca;  ///< If set, clients must show a certificate of it.
    std::vector<std::string> alpn = {"h2"};
    int max_version = 0;  ///< OpenSSL's number; 0 for the newest.
    /// What happens after the handshake.
    enum class Then { kServe, kCloseNotify, kHalfClose, kReset, kSayNothing, kNoHandshake, kGarbage };
    Then then = Then::kServe;
  };
  TlsServer(Options options, Http2Answerer::Answer answer);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  /// For connections from now on.
  void set_identity(const Identity& identity, const std::string& client_ca);
  /// Tells all clients to go on with new connections, and serves what they have sent (GOAWAY).
  void drain();

  int handshakes() const { return handshakes_; }
  /// Common names of the certificates that clients have shown.
  std::set<std::string> clients() const;
  /// Host names that clients have asked for (SNI).
  std::set<std::string> names() const;

 private:
  struct Connection;
  void accept_all();
  void serve(Connection& connection);
  bool exchange(Connection& connection, ssl_st* ssl);

  Options options_;  // identity and client_ca under mutex_
  const Http2Answerer::Answer answer_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> handshakes_ = 0;
  mutable std::mutex mutex_;
  std::set<std::string> clients_;                       // under mutex_
  std::set<std::string> names_;                         // under mutex_
  std::list<std::unique_ptr<Connection>> connections_;  // under mutex_
  std::thread thread_;
};

}  // namespace tikv::testing
