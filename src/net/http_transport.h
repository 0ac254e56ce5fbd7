#pragma once

#include <memory>
#include <string_view>

#include "net/http_options.h"
#include "net/socket.h"
#include "net/transport.h"

namespace tikv::net {

/// gRPC over HTTP/2 and TCP, without the gRPC library. One connection to each address, made when the first call wants
/// it; calls that have a BatchCommands arm share a stream on it.
///
/// Addresses are "host:port" or "[ipv6]:port", with or without "http://" or "https://" before and "/" after. Whether
/// connections are encrypted is a matter of `HttpOptions::tls`, not of the address; but an address with "https://" is
/// not spoken to in plain text.
///
/// Constructed on any thread. Destroyed on the loop, or after the loop has closed; calls and streams that are still
/// under way then end with `kConnection`.
class HttpTransport final : public Transport {
 public:
  HttpTransport(runtime::IoLoop& loop, HttpOptions options);
  /// With connections over sockets of another kind.
  HttpTransport(runtime::Loop& loop, SocketFactory make_socket, HttpOptions options);
  ~HttpTransport() override;

  void start(Call& call) override;
  void abandon(Call& call) noexcept override;
  std::unique_ptr<Stream> open(std::string_view address, const proto::Method& method) override;
  void forget(std::string_view address) override;
  std::vector<DebugState::Connection> connections() const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tikv::net
