#pragma once

#include <tikv/error.h>

#include <cstdint>
#include <string>

namespace tikv::testing::front {

/// A TCP port on loopback that nobody else gets while this lives. A server may listen on it, stop, and listen again;
/// while it does not, connections are refused.
class HeldPort {
 public:
  /// Any free port for 0. `kUnavailable` if the port is taken.
  static Result<HeldPort> take(std::uint16_t port);
  HeldPort(HeldPort&& other) noexcept;
  HeldPort& operator=(HeldPort&&) = delete;
  ~HeldPort();

  std::uint16_t number() const { return number_; }
  /// host:port
  std::string address() const { return "127.0.0.1:" + std::to_string(number_); }

 private:
  HeldPort(int socket, std::uint16_t number) : socket_(socket), number_(number) {}

  int socket_;
  std::uint16_t number_;
};

}  // namespace tikv::testing::front
