#include "testkit/front/held_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace tikv::testing::front {

namespace {

std::unexpected<Error> failed(std::uint16_t port, int socket) {
  const std::string why = std::error_code(errno, std::generic_category()).message();
  if (socket >= 0) close(socket);
  return std::unexpected(Error(ErrorKind::kUnavailable, "port " + std::to_string(port) + ": " + why));
}

}  // namespace

Result<HeldPort> HeldPort::take(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return failed(port, socket);
  // Bound but not listening, and so that the server's own socket may bind beside it.
  const int on = 1;
  if (setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return failed(port, socket);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (bind(socket, any, size) != 0 || getsockname(socket, any, &size) != 0) return failed(port, socket);
  return HeldPort(socket, ntohs(address.sin_port));
}

HeldPort::HeldPort(HeldPort&& other) noexcept : socket_(std::exchange(other.socket_, -1)), number_(other.number_) {}

HeldPort::~HeldPort() {
  if (socket_ >= 0) close(socket_);
}

}  // namespace tikv::testing::front
