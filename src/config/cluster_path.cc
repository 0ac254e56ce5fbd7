#include <tikv/config_file.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "config/validate_options.h"

namespace tikv {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::unexpected<Error> invalid(std::string_view path, std::string_view what) {
  return std::unexpected(Error(ErrorKind::kInvalidArgument, "'" + std::string(path) + "' " + std::string(what)));
}

/// What is in front of the first `delimiter`; the rest stays in `text`, without the delimiter.
std::string_view take_until(std::string_view& text, char delimiter) {
  const std::size_t end = std::min(text.find(delimiter), text.size());
  const std::string_view front = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return front;
}

/// Why a parameter can't be; empty if it can.
std::string_view check_parameter(std::string_view name, const std::string& value) {
  if (name == "disableGC" && value != "true" && value != "false" && !value.empty()) {
    return "has a disableGC that is neither true nor false";
  }
  if (name == "keyspaceName" && !value.empty()) return "names a keyspace, which this client does not know yet";
  return {};
}

}  // namespace

Result<std::vector<std::string>> parse_path(std::string_view path) {
  constexpr std::string_view kScheme = "://";
  const std::size_t scheme_end = path.find(kScheme);
  if (scheme_end == std::string_view::npos || lower(path.substr(0, scheme_end)) != "tikv") {
    return invalid(path, "does not begin with tikv://");
  }
  std::string_view query = path.substr(scheme_end + kScheme.size());
  std::string_view hosts = take_until(query, '?');
  hosts = take_until(hosts, '/');
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    const std::string_view name = take_until(value, '=');
    if (const auto bad = check_parameter(name, name == "disableGC" ? lower(value) : std::string(value)); !bad.empty()) {
      return invalid(path, bad);
    }
  }
  std::vector<std::string> endpoints;
  bool more = true;
  while (more) {
    more = hosts.contains(',');
    endpoints.emplace_back(take_until(hosts, ','));
  }
  for (const std::string& endpoint : endpoints) {
    if (const auto bad = config::bad_endpoint(endpoint)) return invalid(path, *bad);
  }
  return endpoints;
}

}  // namespace tikv
