#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "testkit/cluster/gate.h"
#include "testkit/cluster/rpc.h"
#include "testkit/cluster/store_methods.h"
#include "testkit/cluster/topology.h"
#include "testkit/store/kv_store.h"

namespace tikv::testing::cluster {

/// What all stores of a cluster share.
struct StoreParts {
  std::uint64_t cluster_id = 0;
  Topology& topology;
  store::KvStore& keys;
  Gate& gate;
};

/// Answers what clients ask a store: tikvpb.Tikv, request by request.
class StoreService {
 public:
  explicit StoreService(StoreParts parts) : parts_(parts) {}

  /// A call of its own.
  void unary(std::uint64_t store_id, std::string_view path, const std::string& request, ReplyFn reply);
  /// A request that is parsed already; `request` is of the method's type.
  void serve(std::uint64_t store_id, const StoreMethod& method, std::shared_ptr<const Message> request, ReplyFn reply);

 private:
  void execute(std::uint64_t store_id, const StoreMethod& method, const Message& request, ReplyFn reply);
  /// A method that the store's keys do not answer alone. The request is of the method's type.
  struct Special {
    std::string_view name;
    RpcReply (StoreService::*answer)(std::uint64_t store_id, const Message& request);
  };
  static const std::array<Special, 5> kSpecials;
  RpcReply split_region(std::uint64_t store_id, const Message& request);
  RpcReply read_index(std::uint64_t store_id, const Message& request);
  RpcReply health_feedback(std::uint64_t store_id, const Message& request);
  RpcReply broadcast(std::uint64_t store_id, const Message& request);
  RpcReply coprocessor(std::uint64_t store_id, const Message& request);
  /// gRPC's question whether the server is well: frozen, it does not answer that either.
  void check_health(std::uint64_t store_id, ReplyFn reply);

  StoreParts parts_;
  std::uint64_t feedback_number_ = 0;
};

}  // namespace tikv::testing::cluster
