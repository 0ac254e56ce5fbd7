#pragma once

#include <tikv/error.h>
#include <tikv/testing/cluster.h>

#include <memory>

namespace grpc {
class ServerCredentials;
}

namespace tikv::testing::front {

/// `kInvalidArgument` for files that can't be read, or a certificate without its key.
Result<void> check(const ServerTls& tls);

/// Plain text, or TLS with files that are read again when they change.
std::shared_ptr<::grpc::ServerCredentials> make_credentials(const ServerTls& tls);

}  // namespace tikv::testing::front
