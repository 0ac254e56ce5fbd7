#pragma once

#include <tikv/client.h>
#include <tikv/testing/cluster.h>

#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include "cli_test.h"

namespace tikv::cli {

/// An embedded cluster with one region, to break.
class EmbeddedBase : public ::testing::Test {
 protected:
  void SetUp() override {
    auto cluster = testing::Cluster::start();
    ASSERT_TRUE(cluster) << cluster.error().to_string();
    cluster_ = *std::move(cluster);
    auto client = Client::connect({.pd_endpoints = cluster_->pd_endpoints()}).get();
    ASSERT_TRUE(client) << client.error().to_string();
    client_ = std::make_unique<Client>(*std::move(client));
  }
  std::vector<std::string> pd_endpoints() const { return cluster_->pd_endpoints(); }

  /// Looks again and again; false after half a minute.
  template <class Condition>
  static bool becomes(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  std::optional<testing::Cluster> cluster_;
  std::unique_ptr<Client> client_;
};

using EmbeddedCliTest = CliTest<EmbeddedBase>;

}  // namespace tikv::cli
