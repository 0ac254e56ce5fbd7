#include "cluster_test.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <sstream>
#include <utility>

namespace tikv {

namespace {

std::vector<std::string> endpoints_of(const std::string& list) {
  std::vector<std::string> endpoints;
  std::istringstream stream(list);
  for (std::string endpoint; std::getline(stream, endpoint, ',');) endpoints.push_back(endpoint);
  return endpoints;
}

/// Not used by any other test, nor by another run of this one.
std::string unique_prefix() {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return std::string("tikv-cpp-test/") + test->test_suite_name() + "." + test->name() + "/" + std::to_string(getpid()) +
         "." + std::to_string(now) + "/";
}

Task<Result<void>> remove_all(Transaction* txn, KeyRange range) {
  auto scan = txn->scan(std::move(range), {.key_only = true});
  const std::vector<KvPair> pairs = co_await scan.collect().or_return();
  for (const KvPair& pair : pairs) co_await txn->remove(pair.key);
  co_return Result<void>();
}

}  // namespace

void ClusterTest::SetUp() {
  prefix_ = unique_prefix();
  const char* foreign = std::getenv("TIKV_TEST_PD");
  if (foreign != nullptr && *foreign != '\0') {
    pd_endpoints_ = endpoints_of(foreign);
  } else {
    auto cluster = testing::Cluster::start();
    ASSERT_TRUE(cluster) << cluster.error().to_string();
    embedded_ = *std::move(cluster);
    pd_endpoints_ = embedded_->pd_endpoints();
    ASSERT_TRUE(embedded_->split(key("h"), form_));
    ASSERT_TRUE(embedded_->split(key("p"), form_));
    ASSERT_TRUE(embedded_->move_leader(key("h"), 2, form_));
    ASSERT_TRUE(embedded_->move_leader(key("p"), 3, form_));
  }
  auto connected = connect();
  ASSERT_TRUE(connected) << connected.error().to_string();
  client_ = std::make_unique<Client>(*std::move(connected));
}

void ClusterTest::TearDown() {
  if (client_) remove_keys();
}

Result<Client> ClusterTest::connect(ClientOptions options) {
  options.pd_endpoints = pd_endpoints_;
  return Client::connect(std::move(options)).get();
}

void ClusterTest::remove_keys() {
  if (form_ == testing::KeyForm::kRaw) {
    const auto removed = client_->raw().remove_range(all_keys()).get();
    EXPECT_TRUE(removed) << removed.error().to_string();
    return;
  }
  const auto removed = client_->transact([&](Transaction& txn) { return remove_all(&txn, all_keys()); }).get();
  EXPECT_TRUE(removed) << removed.error().to_string();
}

}  // namespace tikv
