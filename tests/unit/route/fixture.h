#pragma once

#include <gtest/gtest.h>
#include <tikv/proto/kvrpcpb.pb.h>

#include <string>
#include <utility>

#include "fake_regions.h"
#include "route/router.h"

namespace tikv::route {

/// A router for raw keys before three fake stores, on a simulated loop.
class RouterTest : public ::testing::Test {
 protected:
  using FakeRegions = testing::FakeRegions;
  using RegionError = proto::errorpb::Error;

  RouterTest() { EXPECT_TRUE(run(pd_.connect())); }
  ~RouterTest() override {
    loop_.close();
    loop_.run_for(std::chrono::seconds(1));
  }

  template <class T>
  T run(Task<T> task) {
    return testing::run_task(loop_, std::move(task));
  }
  Retry retry(std::chrono::milliseconds budget = std::chrono::seconds(20)) { return Retry(loop_, budget); }

  Task<Result<std::string>> get_task(std::string key) {
    Retry patience(loop_, budget_);
    proto::kvrpcpb::RawGetRequest request;
    request.set_key(key);
    auto response = co_await router_.send_to_key(patience, std::move(key), request).or_return();
    co_return response.value();
  }
  Task<Result<void>> put_task(std::string key, std::string value, SendOptions options = {}) {
    Retry patience(loop_, budget_);
    proto::kvrpcpb::RawPutRequest request;
    request.set_key(key);
    request.set_value(std::move(value));
    co_await router_.send_to_key(patience, std::move(key), request, options).or_return();
    co_return Result<void>();
  }
  /// From "old" to "new". Not to be repeated.
  Task<Result<bool>> cas_task(std::string key) {
    Retry patience(loop_, budget_);
    proto::kvrpcpb::RawCASRequest request;
    request.set_key(key);
    request.set_previous_value("old");
    request.set_value("new");
    const SendOptions once{.idempotent = false};
    auto response = co_await router_.send_to_key(patience, std::move(key), request, once).or_return();
    co_return response.succeed();
  }
  Task<Result<Reply<proto::kvrpcpb::RawPutResponse>>> put_to(region::RegionRef region, std::string key) {
    Retry patience(loop_, budget_);
    proto::kvrpcpb::RawPutRequest request;
    request.set_key(std::move(key));
    co_return co_await router_.send_to_region(patience, std::move(region), request);
  }
  Result<std::string> get(std::string key) { return run(get_task(std::move(key))); }
  Result<void> put(std::string key, std::string value) { return run(put_task(std::move(key), std::move(value))); }
  Result<bool> cas(std::string key) { return run(cas_task(std::move(key))); }
  region::RegionRef locate(std::string key) { return run(cache_.locate(std::move(key))).value(); }
  /// Requests to stores, checks left out.
  std::size_t sends(std::uint64_t store = 0) const {
    std::size_t count = 0;
    for (const auto& sent : cluster_.net.sent()) {
      const bool here = store == 0 || sent.address == FakeRegions::store_address(store);
      if (sent.method.starts_with("Raw") && here) ++count;
    }
    return count;
  }
  std::size_t region_loads() const { return cluster_.net.count("GetRegion"); }

  static pd::PdOptions pd_options() {
    pd::PdOptions options;
    options.endpoints.push_back(FakeRegions::kPd);
    return options;
  }
  static RouterOptions router_options() {
    RouterOptions options;
    options.cluster_id = FakeRegions::kClusterId;
    return options;
  }

  std::chrono::milliseconds budget_ = std::chrono::seconds(20);
  runtime::SimLoop loop_;
  FakeRegions cluster_{loop_};
  pd::PdClient pd_{loop_, cluster_.net, pd_options()};
  region::StoreCache stores_{loop_, pd_, cluster_.net};
  region::RegionCache cache_{loop_, pd_, stores_, region::KeyMode::kRaw};
  Router router_{loop_, cluster_.net, cache_, router_options()};
};

}  // namespace tikv::route
