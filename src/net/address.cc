#include "net/address.h"

#include <charconv>
#include <optional>

namespace tikv::net {
namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";

struct HostPort {
  std::string_view host;
  std::string_view port;
};

std::optional<HostPort> split(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find("]:");
    if (end == text.npos) return std::nullopt;
    return HostPort{text.substr(1, end - 1), text.substr(end + 2)};
  }
  const auto colon = text.find(':');
  // A second colon: an IPv6 address without brackets, in which the port can't be told from the rest.
  if (colon == text.npos || text.find(':', colon + 1) != text.npos) return std::nullopt;
  return HostPort{text.substr(0, colon), text.substr(colon + 1)};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

bool is_host(std::string_view host) { return !host.empty() && host.find_first_of(" \t\r\n/?#@[]") == host.npos; }

}  // namespace

Result<Address> parse_address(std::string_view text) {
  Address address;
  std::string_view rest = text;
  if (rest.starts_with(kHttps)) {
    address.tls = true;
    rest.remove_prefix(kHttps.size());
  } else if (rest.starts_with(kHttp)) {
    rest.remove_prefix(kHttp.size());
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const auto parts = split(rest);
  const auto port = parts ? parse_port(parts->port) : std::nullopt;
  if (!port || !is_host(parts->host)) {
    return std::unexpected(Error(ErrorKind::kInvalidArgument,
                                 "'" + std::string(text) + "' is no address: expected host:port or [ipv6]:port"));
  }
  address.host = parts->host;
  address.port = *port;
  address.authority = rest;
  return address;
}

}  // namespace tikv::net
