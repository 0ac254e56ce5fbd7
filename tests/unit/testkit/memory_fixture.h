#pragma once

#include <gtest/gtest.h>
#include <tikv/proto/kvrpcpb.pb.h>
#include <tikv/proto/pdpb.pb.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "proto/pd_methods.h"
#include "proto/tikv_methods.h"
#include "runtime/sim_loop.h"
#include "testkit/memory/memory_cluster.h"
#include "testkit/memory/memory_transport.h"

namespace tikv::testing::memory {

/// A response, and how its call ended.
template <class Response>
struct Answer {
  net::Status status;
  Response response;
};

template <class Request>
Task<net::Status> call_once(net::Transport* transport, std::string address, const proto::Method* method,
                            Request request, proto::ResponseOf<Request>* response) {
  net::Call call(*transport, address, *method, request, *response);
  const net::Status status = co_await call;
  co_return status;
}

/// A cluster, a virtual clock, and a way to ask one question after the other.
class MemoryFixture : public ::testing::Test {
 protected:
  explicit MemoryFixture(MemoryClusterOptions options = {}) : cluster_(loop_, options), transport_(cluster_) {}

  /// Sends a request that is on its way when this returns; `status` is set at its end.
  template <class Request>
  void begin(std::string address, Request request, proto::ResponseOf<Request>& response,
             std::optional<net::Status>& status, const proto::Method& method = proto::MethodOf<Request>::method,
             std::chrono::milliseconds timeout = std::chrono::seconds(5)) {
    auto task = runtime::run_on(
        loop_,
        call_once(&transport_, std::move(address), &method, std::move(request), &response).with_timeout(timeout));
    std::move(task).start([&status](net::Status end) { status = std::move(end); });
  }

  template <class Request>
  Answer<proto::ResponseOf<Request>> ask(std::string address, Request request,
                                         const proto::Method& method = proto::MethodOf<Request>::method) {
    Answer<proto::ResponseOf<Request>> answer;
    std::optional<net::Status> status;
    begin(std::move(address), std::move(request), answer.response, status, method);
    loop_.run_until([&status] { return status.has_value(); });
    answer.status = *status;
    return answer;
  }

  template <class Request>
  auto ask_pd(Request request, const proto::Method& method = proto::MethodOf<Request>::method) {
    if constexpr (requires { request.mutable_header()->set_cluster_id(1); }) {
      request.mutable_header()->set_cluster_id(model().pd().cluster_id);
    }
    return ask("pd1:2379", std::move(request), method);
  }

  /// To the leader of the region that holds `key`, with that region's context.
  template <class Request>
  auto ask_region(std::string_view key, Request request) {
    const auto& region = model().topology().at(key);
    auto& context = *request.mutable_context();
    context.set_region_id(region.meta.id());
    *context.mutable_region_epoch() = region.meta.region_epoch();
    *context.mutable_peer() = *region.leader_peer();
    return ask(store_address(region.leader_peer()->store_id()), std::move(request));
  }

  static std::string store_address(std::uint64_t id) { return "store" + std::to_string(id) + ":20160"; }
  cluster::Model& model() { return cluster_.model(); }

  runtime::SimLoop loop_{{.seed = 7}};
  MemoryCluster cluster_;
  MemoryTransport transport_;
};

}  // namespace tikv::testing::memory
