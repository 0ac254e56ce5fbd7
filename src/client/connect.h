#pragma once

#include <tikv/client.h>

namespace tikv::net {
class Transport;
}
namespace tikv::runtime {
class Loop;
}

namespace tikv::client {

/// A client on a loop and a transport that others own and that outlive it: a simulation's. `shards` of the options is
/// one. Its `close` leaves the loop open.
Task<Result<Client>> connect_on(runtime::Loop& loop, net::Transport& transport, ClientOptions options);

}  // namespace tikv::client
