#include "client/validate_options.h"

#include <limits>
#include <string>
#include <string_view>

#include "net/address.h"

namespace tikv::client {
namespace {

/// A number among the options, and what it may be.
struct Limits {
  std::string_view field;
  long long value;
  long long least;
  long long most;
};

std::unexpected<Error> invalid(std::string_view field, std::string_view what) {
  return std::unexpected(
      Error(ErrorKind::kInvalidArgument, "ClientOptions::" + std::string(field) + ' ' + std::string(what)));
}

Result<void> check(const Limits& limits) {
  if (limits.value >= limits.least && limits.value <= limits.most) return {};
  return invalid(limits.field, "is " + std::to_string(limits.value) + ", it must be " + std::to_string(limits.least) +
                                   " to " + std::to_string(limits.most));
}

Result<void> check_endpoints(const std::vector<std::string>& endpoints) {
  if (endpoints.empty()) return invalid("pd_endpoints", "is empty");
  for (const std::string& endpoint : endpoints) {
    if (!net::parse_address(endpoint)) return invalid("pd_endpoints", "has '" + endpoint + "', which is no host:port");
  }
  return {};
}

}  // namespace

Result<void> validate(const ClientOptions& options) {
  constexpr long long kHour = 3'600'000;  // in milliseconds
  constexpr long long kMiB = 1 << 20;
  // protobuf's limit of a message.
  constexpr long long kMessage = std::numeric_limits<std::int32_t>::max();
  const auto size = [](std::size_t value) { return value > kMessage ? kMessage + 1 : static_cast<long long>(value); };

  if (auto good = check_endpoints(options.pd_endpoints); !good) return good;
  const Limits table[] = {
      {"default_timeout", options.default_timeout.count(), 0, 24 * kHour},
      {"close_timeout", options.close_timeout.count(), 0, kHour},
      {"shards", size(options.shards), 1, 64},
      {"network.connect_timeout", options.network.connect_timeout.count(), 1, kHour},
      {"network.keepalive_interval", options.network.keepalive_interval.count(), 1, 24 * kHour},
      {"network.keepalive_timeout", options.network.keepalive_timeout.count(), 1, kHour},
      {"network.max_send_bytes", size(options.network.max_send_bytes), kMiB, kMessage},
      {"network.max_receive_bytes", size(options.network.max_receive_bytes), kMiB, kMessage},
      {"raw.max_key_bytes", size(options.raw.max_key_bytes), 1, kMessage},
      {"raw.max_entry_bytes", size(options.raw.max_entry_bytes), 1, kMessage},
      {"raw.batch_bytes", size(options.raw.batch_bytes), 1, kMessage},
      {"raw.batch_keys", size(options.raw.batch_keys), 1, kMessage},
      {"raw.concurrency", size(options.raw.concurrency), 1, 1024},
      {"transaction.max_key_bytes", size(options.transaction.max_key_bytes), 1, kMessage},
      {"transaction.max_entry_bytes", size(options.transaction.max_entry_bytes), 1, kMessage},
  };
  for (const Limits& limits : table) {
    if (auto good = check(limits); !good) return good;
  }
  if (options.transaction.max_total_bytes == 0) return invalid("transaction.max_total_bytes", "is 0");
  return {};
}

}  // namespace tikv::client
