#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "net/socket.h"
#include "runtime/loop.h"

namespace tikv::net {

/// The server's end of one simulated connection: HTTP/2 by nghttp2, and everything that went over it.
class FakePeer {
 public:
  struct Exchange {
    std::int32_t id = 0;
    std::string path;
    std::multimap<std::string, std::string> headers;
    std::vector<std::string> messages;
    bool client_ended = false;
    std::int64_t reset_code = -1;  // by the client
    bool closed = false;
  };

  virtual ~FakePeer() = default;
  /// Sends a message; the response's headers go before the first one.
  virtual void send(std::int32_t id, const std::string& message) = 0;
  /// Raw bytes of the response's body.
  virtual void send_bytes(std::int32_t id, const std::string& bytes) = 0;
  virtual void finish(std::int32_t id, int grpc_status = 0, const std::string& grpc_message = "") = 0;
  /// One HEADERS frame that ends the stream.
  virtual void respond(std::int32_t id, const std::vector<std::pair<std::string, std::string>>& headers) = 0;
  virtual void reset(std::int32_t id, std::uint32_t code) = 0;
  virtual void go_away(std::int32_t last_id, std::uint32_t code = 0, const std::string& debug = "") = 0;
  /// Bytes beside HTTP/2.
  virtual void say(const std::string& bytes) = 0;
  /// Breaks the connection.
  virtual void hang_up() = 0;
  /// The client's socket takes that many bytes more.
  virtual void give_room(std::size_t bytes) = 0;
  virtual bool alive() const = 0;
  /// How much the client lets this side send on the stream.
  virtual std::int32_t window(std::int32_t id) const = 0;

  std::string address;  // "host:port" that the client connected to
  std::map<std::int32_t, Exchange> exchanges;
  int pings = 0;
  int writes = 0;                      // of the client's socket
  std::size_t room = std::size_t(-1);  // bytes that the client's socket takes before it blocks
  bool silent = false;                 // reads, and never answers again
  Exchange& last() { return exchanges.rbegin()->second; }
};

/// Servers, and the sockets that lead to them, on one loop.
class FakeNetwork {
 public:
  explicit FakeNetwork(runtime::Loop& loop) : loop_(loop) {}

  /// What a server does with a message. May be called again for later ones of the same stream.
  using OnMessage = std::function<void(FakePeer& peer, FakePeer::Exchange& exchange, const std::string& message)>;
  /// What the servers do.
  OnMessage on_message;
  enum class Accept { kSpeaks, kRefuses, kSaysNothing, kHangs };
  Accept accept = Accept::kSpeaks;
  /// "host:port" of servers that refuse, whatever the others do.
  std::set<std::string> closed_addresses;
  /// The servers' HTTP/2 settings.
  std::uint32_t initial_window = 65'535;
  std::uint32_t max_streams = 1'000'000;
  /// What a server says instead of HTTP/2.
  std::string garbage;
  /// What the client's sockets take before they block, once it has greeted.
  std::size_t room = std::size_t(-1);

  /// Changes what the servers' sockets send.
  std::function<void(std::string& bytes)> tamper;

  std::vector<std::shared_ptr<FakePeer>> peers;  // in order of connection
  int attempts = 0;

  FakePeer& peer() { return *peers.back(); }
  SocketFactory factory();

 private:
  class FakeSocket;
  class Peer;
  runtime::Loop& loop_;
};

}  // namespace tikv::net
