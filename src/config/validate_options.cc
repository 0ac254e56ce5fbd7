#include "config/validate_options.h"

#include <string>
#include <string_view>

#include "config/settings.h"
#include "net/address.h"
#include "net/tls_source.h"

namespace tikv::config {
namespace {

std::unexpected<Error> invalid(std::string_view field, std::string_view what) {
  return std::unexpected(
      Error(ErrorKind::kInvalidArgument, "ClientOptions::" + std::string(field) + ' ' + std::string(what)));
}

}  // namespace

std::optional<std::string> bad_endpoint(const std::string& endpoint) {
  if (net::parse_address(endpoint)) return std::nullopt;
  return "has '" + endpoint + "', which is no host:port";
}

Result<void> validate(const ClientOptions& options) {
  if (options.pd_endpoints.empty()) return invalid("pd_endpoints", "is empty");
  for (const std::string& endpoint : options.pd_endpoints) {
    if (const auto bad = bad_endpoint(endpoint)) return invalid("pd_endpoints", *bad);
    if (net::parse_address(endpoint)->tls && !options.tls.enabled())
      return invalid("pd_endpoints", "has '" + endpoint + "', which asks for TLS, but tls.ca_path is not set");
  }
  if (auto good = net::check_tls(options.tls); !good) {
    return std::unexpected(Error(ErrorKind::kInvalidArgument, "ClientOptions::" + good.error().message()));
  }
  for (const Setting& setting : settings()) {
    if (setting.access.get == nullptr) continue;
    if (const auto bad = out_of_limits(setting, setting.access.get(options))) return invalid(setting.field, *bad);
  }
  return {};
}

}  // namespace tikv::config
