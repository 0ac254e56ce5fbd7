#pragma once

#include <tikv/error.h>
#include <tikv/options.h>

namespace tikv::client {

/// `kInvalidArgument` for the first option out of its limits; the message names it.
Result<void> validate(const ClientOptions& options);

}  // namespace tikv::client
