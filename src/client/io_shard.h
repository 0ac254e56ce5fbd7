#pragma once

#include <tikv/options.h>

#include <memory>

#include "client/shards.h"

namespace tikv::client {

/// Shards over sockets, as many as the options say, each with a loop and a thread of its own. The options are valid.
std::shared_ptr<Shards> make_io_shards(const ClientOptions& options);

}  // namespace tikv::client
