#pragma once

#include <tikv/error.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tikv::net {

/// Where a server listens.
struct Address {
  std::string host;  ///< A name or a numeric address, without the brackets of an IPv6 one.
  std::uint16_t port = 0;
  bool tls = false;
  std::string authority;  ///< "host:port" as it goes out in the ":authority" header.
};

/// Reads "host:port", "[::1]:port", and both after "http://" or "https://" with or without a last slash, which is how
/// PD writes the addresses of its members. `kInvalidArgument` for anything else.
Result<Address> parse_address(std::string_view text);

}  // namespace tikv::net
