#include "client/layer_options.h"

#include <gtest/gtest.h>

namespace tikv::client {
namespace {

using namespace std::chrono_literals;

TEST(LayerOptions, TheLoopHasItsDeadline) {
  ClientOptions options;
  options.default_timeout = 7s;
  EXPECT_EQ(loop_options(options).default_timeout, 7s);
}

TEST(LayerOptions, TheTransportHasWhatConcernsConnections) {
  ClientOptions options;
  options.network.connect_timeout = 1ms;
  options.network.keepalive_interval = 2ms;
  options.network.keepalive_timeout = 3ms;
  options.network.stream_window_bytes = 4;
  options.network.connection_window_bytes = 5;
  options.network.max_send_bytes = 6;
  options.network.max_receive_bytes = 7;
  options.network.max_batch_requests = 8;
  options.network.max_requests_in_flight = 9;
  const net::HttpOptions http = http_options(options, observe::silent(), 0);
  EXPECT_EQ(http.connect_timeout, 1ms);
  EXPECT_EQ(http.keepalive_time, 2ms);
  EXPECT_EQ(http.keepalive_timeout, 3ms);
  EXPECT_EQ(http.stream_window, 4);
  EXPECT_EQ(http.connection_window, 5);
  EXPECT_EQ(http.max_send_message, 6U);
  EXPECT_EQ(http.max_receive_message, 7U);
  EXPECT_EQ(http.max_batch_size, 8U);
  EXPECT_EQ(http.max_in_flight, 9U);
}

TEST(LayerOptions, TheClientForPdHasItsTimeout) {
  ClientOptions options;
  options.pd_endpoints = {"pd:1"};
  options.pd.request_timeout = 5ms;
  const pd::PdOptions pd = pd_options(options, observe::silent());
  EXPECT_EQ(pd.endpoints, options.pd_endpoints);
  EXPECT_EQ(pd.request_timeout, 5ms);
  EXPECT_EQ(pd.tso_timeout, 5ms);
}

TEST(LayerOptions, RegionsAndStoresHaveTheirs) {
  ClientOptions options;
  options.regions.ttl = 1s;
  options.regions.ttl_jitter = 2s;
  options.stores.check_timeout = 3s;
  options.stores.max_requests = 4;
  EXPECT_EQ(region_options(options, observe::silent()).ttl, 1s);
  EXPECT_EQ(region_options(options, observe::silent()).ttl_jitter, 2s);
  EXPECT_EQ(store_options(options, observe::silent()).check_timeout, 3s);
  EXPECT_EQ(router_options(options, observe::silent(), 5).store_limit, 4U);
  EXPECT_EQ(router_options(options, observe::silent(), 5).cluster_id, 5U);
}

TEST(LayerOptions, OperationsHaveTheirPatience) {
  ClientOptions options;
  options.retry.read_budget = 1s;
  options.retry.prewrite_budget = 2s;
  options.retry.commit_budget = 3s;
  options.retry.lock_pause = 4ms;
  const route::Budgets told = budgets(options);
  EXPECT_EQ(told.read, 1s);
  EXPECT_EQ(told.prewrite, 2s);
  EXPECT_EQ(told.commit, 3s);
  EXPECT_EQ(told.lock_pause, 4ms);
}

// Two places tell each default: what users see, and what the layer does by itself.
TEST(LayerOptions, TheDefaultsAreTheLayersOwn) {
  const ClientOptions options;
  const net::HttpOptions http = http_options(options, observe::silent(), 0);
  const net::HttpOptions plain;
  EXPECT_EQ(http.connect_timeout, plain.connect_timeout);
  EXPECT_EQ(http.keepalive_time, plain.keepalive_time);
  EXPECT_EQ(http.keepalive_timeout, plain.keepalive_timeout);
  EXPECT_EQ(http.stream_window, plain.stream_window);
  EXPECT_EQ(http.connection_window, plain.connection_window);
  EXPECT_EQ(http.max_send_message, plain.max_send_message);
  EXPECT_EQ(http.max_receive_message, plain.max_receive_message);
  EXPECT_EQ(http.max_batch_size, plain.max_batch_size);
  EXPECT_EQ(http.max_in_flight, plain.max_in_flight);
  EXPECT_EQ(pd_options(options, observe::silent()).request_timeout, pd::PdOptions().request_timeout);
  EXPECT_EQ(pd_options(options, observe::silent()).tso_timeout, pd::PdOptions().tso_timeout);
  EXPECT_EQ(region_options(options, observe::silent()).ttl, region::RegionCacheOptions().ttl);
  EXPECT_EQ(region_options(options, observe::silent()).ttl_jitter, region::RegionCacheOptions().ttl_jitter);
  EXPECT_EQ(store_options(options, observe::silent()).check_timeout, region::StoreOptions().check_timeout);
  const route::Budgets told = budgets(options);
  EXPECT_EQ(told.read, route::Budgets().read);
  EXPECT_EQ(told.prewrite, route::Budgets().prewrite);
  EXPECT_EQ(told.commit, route::Budgets().commit);
  EXPECT_EQ(told.lock_pause, route::Budgets().lock_pause);
}

}  // namespace
}  // namespace tikv::client
