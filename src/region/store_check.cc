#include "region/store_check.h"

namespace tikv::region {

bool is_well(const net::Status& status, const proto::health::HealthCheckResponse& response) noexcept {
  if (status.ok()) return response.status() != proto::health::HealthCheckResponse::NOT_SERVING;
  if (status.outcome != net::Outcome::kStatus) return false;
  switch (status.code) {
    // What a connection, a proxy or a server on its way down says.
    case net::StatusCode::kUnavailable:
    case net::StatusCode::kCancelled:
    case net::StatusCode::kDeadlineExceeded:
      return false;
    default:
      return true;
  }
}

Task<bool> answers(net::Transport& transport, std::shared_ptr<const std::string> address,
                   std::chrono::milliseconds timeout) {
  proto::health::HealthCheckRequest request;
  proto::health::HealthCheckResponse response;
  net::Call call(transport, *address, kHealthCheck.method, request, response);
  call.limit(runtime::current_loop().now() + timeout);
  const net::Status status = co_await call;
  co_return is_well(status, response);
}

}  // namespace tikv::region
