#pragma once

#include <tikv/error.h>
#include <tikv/options.h>

#include <optional>
#include <string>

namespace tikv::config {

/// `kInvalidArgument` for the first option out of its limits (`settings()`); the message names it, its value and the
/// limits.
Result<void> validate(const ClientOptions& options);

/// What is wrong with one of the PD endpoints; nothing if it is a host:port.
std::optional<std::string> bad_endpoint(const std::string& endpoint);

}  // namespace tikv::config
