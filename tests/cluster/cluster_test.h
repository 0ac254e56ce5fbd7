#pragma once

#include <gtest/gtest.h>
#include <tikv/client.h>
#include <tikv/testing/cluster.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tikv {

/// A test of the public API on a cluster: the one that TIKV_TEST_PD=HOST:PORT[,HOST:PORT...] names, if that is set, and
/// an embedded one for each test if not. The test's keys have a prefix of their own, and are removed at its end, so a
/// test may look at nothing else and must not need an embedded cluster.
class ClusterTest : public ::testing::Test {
 protected:
  /// `form`: which kind of keys the test uses; an embedded cluster is split between them.
  explicit ClusterTest(testing::KeyForm form) : form_(form) {}
  void SetUp() override;
  void TearDown() override;

  Client& client() { return *client_; }
  /// A client with other options on the same cluster.
  Result<Client> connect(ClientOptions options = {});
  /// A key of this test.
  std::string key(std::string_view name) const { return prefix_ + std::string(name); }
  const std::vector<std::string>& pd_endpoints() const { return pd_endpoints_; }
  KeyRange all_keys() const { return KeyRange::prefix(prefix_); }

 private:
  void remove_keys();

  testing::KeyForm form_;
  std::optional<testing::Cluster> embedded_;
  std::vector<std::string> pd_endpoints_;
  std::string prefix_;
  std::unique_ptr<Client> client_;
};

class RawClusterTest : public ClusterTest {
 protected:
  RawClusterTest() : ClusterTest(testing::KeyForm::kRaw) {}
  RawClient raw() { return client().raw(); }
};

class TransactionClusterTest : public ClusterTest {
 protected:
  TransactionClusterTest() : ClusterTest(testing::KeyForm::kTransactional) {}
};

}  // namespace tikv
