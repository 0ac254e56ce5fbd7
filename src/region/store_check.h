#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "net/transport.h"
#include "region/health.pb.h"

namespace tikv::region {

/// gRPC's own question whether a server is well, which TiKV answers.
inline constexpr proto::Rpc<proto::health::HealthCheckRequest, proto::health::HealthCheckResponse> kHealthCheck{
    proto::reads("/grpc.health.v1.Health/Check")};

/// Whether that answer comes from a server that is up: any that a server gives, except that it is about to stop.
/// A server that does not know the question is up as well.
bool is_well(const net::Status& status, const proto::health::HealthCheckResponse& response) noexcept;

/// Asks the server at `address` whether it is well; false if it does not say so within `timeout`.
Task<bool> answers(net::Transport& transport, std::shared_ptr<const std::string> address,
                   std::chrono::milliseconds timeout);

}  // namespace tikv::region
