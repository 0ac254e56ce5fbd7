#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/address.h"

namespace tikv::runtime {
class IoLoop;
}

namespace tikv::net {

/// A byte stream to a server, without blocking: try, and if that would block, ask to be told when to try again.
class Socket {
 public:
  enum class Io : std::uint8_t { kDone, kWouldBlock, kFailed };
  struct Moved {
    Io io = Io::kDone;
    std::size_t bytes = 0;
    std::string why;   ///< For `kFailed`; also when the server has closed the connection.
    bool tls = false;  ///< It is TLS that has failed: one side does not trust the other, or does not speak it.
  };

  /// Who is told. Nothing is told any more after `close`.
  class Events {
   public:
    virtual void on_connected() = 0;
    /// `why` is a failure.
    virtual void on_connect_failed(const Moved& why) = 0;
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;

   protected:
    ~Events() = default;
  };

  virtual ~Socket() = default;
  /// Looks the host up and connects to the first of its addresses that lets us.
  virtual void connect(const Address& address) = 0;
  virtual Moved read(std::span<char> to) = 0;
  virtual Moved write(std::string_view bytes) = 0;
  /// Calls `on_readable` once, soon after there is something to read.
  virtual void wait_readable() = 0;
  virtual void wait_writable() = 0;
  virtual void close() noexcept = 0;
};

/// Makes the socket of one connection.
using SocketFactory = std::function<std::shared_ptr<Socket>(Socket::Events&)>;

std::shared_ptr<Socket> make_tcp_socket(runtime::IoLoop& loop, Socket::Events& events);

}  // namespace tikv::net
