#pragma once

#include <gtest/gtest.h>
#include <tikv/client.h>

#include <optional>
#include <utility>

#include "client/connect.h"
#include "runtime/sim_loop.h"
#include "testkit/memory/memory_cluster.h"
#include "testkit/memory/memory_transport.h"

namespace tikv::testing {

/// A whole cluster and clients of it on one virtual clock.
struct SimulatedCluster {
  runtime::SimLoop loop;
  memory::MemoryCluster cluster{loop};
  memory::MemoryTransport transport{cluster};

  Result<Client> connect() {
    ClientOptions options;
    options.pd_endpoints = cluster.pd_endpoints();
    return connect(std::move(options));
  }
  Result<Client> connect(ClientOptions options) {
    return client::connect_on(loop, transport, std::move(options)).get();
  }
  /// Runs a coroutine of the caller's side, whose `get()` would wait for a loop that nobody drives.
  template <class T>
  T run(Task<T> task) {
    std::optional<T> value;
    std::move(task).start([&](T result) { value.emplace(std::move(result)); });
    EXPECT_TRUE(loop.run_until([&] { return value.has_value(); }));
    return std::move(*value);
  }
};

/// Whether a result is an error of that kind; says what it is otherwise.
template <class T>
::testing::AssertionResult fails_with(const Result<T>& result, ErrorKind kind) {
  if (result) return ::testing::AssertionFailure() << "it succeeded";
  if (result.error().kind() == kind) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << result.error().to_string();
}

}  // namespace tikv::testing
