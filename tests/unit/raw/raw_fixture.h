#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tikv/client.h>

#include <optional>
#include <string>
#include <vector>

#include "client/connect.h"
#include "raw/raw_cluster.h"
#include "runtime/sim_loop.h"

namespace tikv::testing {

/// A `RawCluster` and a client of it, all on one virtual clock.
struct RawWorld {
  explicit RawWorld(RawLimits limits = {}) {
    ClientOptions options;
    options.pd_endpoints = {RawCluster::kPd};
    options.raw = limits;
    auto connected = client::connect_on(loop, cluster.net, std::move(options)).get();
    EXPECT_TRUE(connected) << connected.error().to_string();
    if (connected) client.emplace(std::move(*connected));
  }

  RawClient raw() const { return client->raw(); }
  void store(const std::vector<KvPair>& pairs) { EXPECT_TRUE(raw().batch_put(pairs).get()); }

  runtime::SimLoop loop;
  RawCluster cluster{loop};
  std::optional<Client> client;
};

class RawFixture : public ::testing::Test, protected RawWorld {
 protected:
  using RawWorld::RawWorld;
};

/// `prefix` with 0000, 0001, … as keys, each its number as its value.
inline std::vector<KvPair> numbered(const std::string& prefix, int count) {
  std::vector<KvPair> pairs;
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(10000 + i).substr(1);
    pairs.emplace_back(prefix + number, std::to_string(i));
  }
  return pairs;
}

inline std::vector<std::string> keys_of(const std::vector<KvPair>& pairs) {
  std::vector<std::string> keys;
  for (const KvPair& pair : pairs) keys.push_back(pair.key);
  return keys;
}

/// Whether a result is an error of that kind; says what it is otherwise.
template <class T>
::testing::AssertionResult fails_with(const Result<T>& result, ErrorKind kind) {
  if (result) return ::testing::AssertionFailure() << "it succeeded";
  if (result.error().kind() == kind) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << result.error().to_string();
}

}  // namespace tikv::testing
