#pragma once

#include <tikv/error.h>
#include <tikv/testing/cluster.h>

#include <memory>
#include <string>

#include "testkit/cluster/model.h"
#include "testkit/front/thread_host.h"

namespace tikv::testing::front {

/// One server of a cluster, listening with gRPC.
class RpcServer {
 public:
  /// `host` and `model` outlive the server.
  RpcServer(ThreadHost& host, cluster::Model& model, cluster::ServerId id, const ServerTls& tls);
  ~RpcServer();

  /// Listens on the address that the model has for it. `kUnavailable` if that is not possible.
  Result<void> start();
  /// Breaks all connections and returns when nothing runs any more. Not inside the host's `run`.
  void stop();

 private:
  class Listener;
  ThreadHost& host_;
  cluster::Model& model_;
  cluster::ServerId id_;
  const ServerTls tls_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace tikv::testing::front
