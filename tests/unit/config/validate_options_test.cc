#include "config/validate_options.h"

#include <gtest/gtest.h>
#include <tikv/options.h>

#include <functional>
#include <limits>

namespace tikv::config {
namespace {

using namespace std::chrono_literals;

ClientOptions good() {
  ClientOptions options;
  options.pd_endpoints = {"127.0.0.1:2379"};
  return options;
}

TEST(ValidateOptions, TheDefaultsAreGood) { EXPECT_TRUE(validate(good())); }

TEST(ValidateOptions, WhatIsAtItsLimitsIsGood) {
  ClientOptions options = good();
  options.pd_endpoints = {"pd-1.example:2379", "[::1]:2379", "http://127.0.0.1:2379"};
  options.default_timeout = 0ms;
  options.close_timeout = 0ms;
  options.shards = 64;
  options.network.keepalive_timeout = 50ms;
  EXPECT_TRUE(validate(options));
}

TEST(ValidateOptions, EachBadOptionIsNamed) {
  struct Case {
    std::string field;
    std::function<void(ClientOptions&)> spoil;
  };
  constexpr std::size_t kHuge = std::numeric_limits<std::size_t>::max();
  const Case cases[] = {
      {"pd_endpoints", [](ClientOptions& o) { o.pd_endpoints.clear(); }},
      {"pd_endpoints", [](ClientOptions& o) { o.pd_endpoints = {"good:1", "no-port"}; }},
      {"pd_endpoints", [](ClientOptions& o) { o.pd_endpoints = {""}; }},
      {"pd_endpoints", [](ClientOptions& o) { o.pd_endpoints = {"https://pd:1"}; }},
      {"tls.ca_path", [](ClientOptions& o) { o.tls.ca_path = "/no/such/file"; }},
      {"tls.ca_path", [](ClientOptions& o) { o.tls.ca_path = o.tls.ca_pem = "/no/such/file"; }},
      {"tls.ca_pem", [](ClientOptions& o) { o.tls.ca_pem = "no certificate"; }},
      {"tls.cert_path", [](ClientOptions& o) { o.tls.cert_path = "/no/such/file"; }},
      {"tls.key_pem", [](ClientOptions& o) { o.tls.key_pem = "no key"; }},
      {"tls.verify_cn", [](ClientOptions& o) { o.tls.verify_cn = {"tikv"}; }},
      {"default_timeout", [](ClientOptions& o) { o.default_timeout = -1ms; }},
      {"close_timeout", [](ClientOptions& o) { o.close_timeout = -1ms; }},
      {"shards", [](ClientOptions& o) { o.shards = 0; }},
      {"shards", [](ClientOptions& o) { o.shards = 65; }},
      {"network.connect_timeout", [](ClientOptions& o) { o.network.connect_timeout = 0ms; }},
      {"network.keepalive_interval", [](ClientOptions& o) { o.network.keepalive_interval = 0ms; }},
      {"network.keepalive_timeout", [](ClientOptions& o) { o.network.keepalive_timeout = -5ms; }},
      {"network.max_send_bytes", [](ClientOptions& o) { o.network.max_send_bytes = 0; }},
      {"network.max_receive_bytes", [](ClientOptions& o) { o.network.max_receive_bytes = kHuge; }},
      {"network.keepalive_timeout", [](ClientOptions& o) { o.network.keepalive_timeout = 49ms; }},
      {"network.stream_window_bytes", [](ClientOptions& o) { o.network.stream_window_bytes = 65535; }},
      {"network.connection_window_bytes", [](ClientOptions& o) { o.network.connection_window_bytes = 1U << 31; }},
      {"network.max_batch_requests", [](ClientOptions& o) { o.network.max_batch_requests = 65537; }},
      {"pd.request_timeout", [](ClientOptions& o) { o.pd.request_timeout = 0ms; }},
      {"regions.ttl", [](ClientOptions& o) { o.regions.ttl = 999ms; }},
      {"regions.ttl_jitter", [](ClientOptions& o) { o.regions.ttl_jitter = -1ms; }},
      {"stores.check_timeout", [](ClientOptions& o) { o.stores.check_timeout = 0ms; }},
      {"slow_request_threshold", [](ClientOptions& o) { o.slow_request_threshold = -1ms; }},
      {"raw.max_key_bytes", [](ClientOptions& o) { o.raw.max_key_bytes = 0; }},
      {"raw.max_entry_bytes", [](ClientOptions& o) { o.raw.max_entry_bytes = 0; }},
      {"raw.batch_bytes", [](ClientOptions& o) { o.raw.batch_bytes = 0; }},
      {"raw.batch_keys", [](ClientOptions& o) { o.raw.batch_keys = 0; }},
      {"raw.concurrency", [](ClientOptions& o) { o.raw.concurrency = 0; }},
      {"transaction.max_key_bytes", [](ClientOptions& o) { o.transaction.max_key_bytes = 0; }},
      {"transaction.max_entry_bytes", [](ClientOptions& o) { o.transaction.max_entry_bytes = 0; }},
      {"transaction.max_total_bytes", [](ClientOptions& o) { o.transaction.max_total_bytes = 0; }},
  };
  for (const Case& bad : cases) {
    SCOPED_TRACE(bad.field);
    ClientOptions options = good();
    bad.spoil(options);
    const auto result = validate(options);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind(), ErrorKind::kInvalidArgument);
    EXPECT_NE(result.error().message().find("ClientOptions::" + bad.field), std::string::npos)
        << result.error().message();
  }
}

}  // namespace
}  // namespace tikv::config
