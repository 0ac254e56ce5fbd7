#include "client/layer_options.h"

#include <utility>

#include "observe/log.h"
#include "route/router.h"

namespace tikv::client {
namespace {

net::TlsSource::Report tls_report(std::shared_ptr<Logger> logger) {
  if (!logger) return {};
  return [log = observe::Log(std::move(logger))](net::TlsSource::Event event, const std::string& detail) {
    if (event == net::TlsSource::Event::kChanged) {
      log.info("TLS files have changed, new connections use them", {{"now", detail}});
    } else {
      log.warn("TLS files can't be used, new connections go on with the last good ones", {{"why", detail}});
    }
  };
}

}  // namespace

std::shared_ptr<const observe::Observer> make_observer(const ClientOptions& options) {
  observe::ObserverOptions observer;
  observer.logger = options.logger;
  observer.metrics = options.metrics;
  observer.tracer = options.tracer;
  observer.redaction = options.redaction;
  observer.slow_request = options.slow_request_threshold;
  return std::make_shared<observe::Observer>(std::move(observer));
}

runtime::LoopOptions loop_options(const ClientOptions& options) {
  runtime::LoopOptions loop;
  loop.executor = options.executor;
  loop.waiter = options.waiter;
  loop.default_timeout = options.default_timeout;
  return loop;
}

net::HttpOptions http_options(const ClientOptions& options, const observe::Observer& observer, std::size_t shard) {
  const NetworkOptions& network = options.network;
  net::HttpOptions http;
  http.observer = &observer;
  http.connection_id = std::to_string(shard);
  http.connect_timeout = network.connect_timeout;
  http.keepalive_time = network.keepalive_interval;
  http.keepalive_timeout = network.keepalive_timeout;
  http.stream_window = static_cast<std::int32_t>(network.stream_window_bytes);
  http.connection_window = static_cast<std::int32_t>(network.connection_window_bytes);
  http.max_send_message = network.max_send_bytes;
  http.max_receive_message = network.max_receive_bytes;
  http.max_batch_size = network.max_batch_requests;
  http.max_in_flight = network.max_requests_in_flight;
  const bool gzip = network.compression == Compression::kGzip;
  http.compression = gzip ? net::Compression::kGzip : net::Compression::kNone;
  http.tls = options.tls;
  http.tls_report = tls_report(options.logger);
  return http;
}

pd::PdOptions pd_options(const ClientOptions& options, const observe::Observer& observer) {
  pd::PdOptions pd;
  pd.observer = &observer;
  pd.endpoints = options.pd_endpoints;
  pd.tls = options.tls.enabled();
  pd.request_timeout = options.pd.request_timeout;
  pd.tso_timeout = options.pd.request_timeout;
  return pd;
}

region::RegionCacheOptions region_options(const ClientOptions& options, const observe::Observer& observer) {
  region::RegionCacheOptions regions;
  regions.observer = &observer;
  regions.ttl = options.regions.ttl;
  regions.ttl_jitter = options.regions.ttl_jitter;
  return regions;
}

region::StoreOptions store_options(const ClientOptions& options, const observe::Observer& observer) {
  region::StoreOptions stores;
  stores.observer = &observer;
  stores.request_source = route::RouterOptions().request_source;
  stores.check_timeout = options.stores.check_timeout;
  return stores;
}

route::RouterOptions router_options(const ClientOptions& options, const observe::Observer& observer,
                                    std::uint64_t cluster_id) {
  route::RouterOptions router;
  router.observer = &observer;
  router.cluster_id = cluster_id;
  router.store_limit = options.stores.max_requests;
  return router;
}

route::Budgets budgets(const ClientOptions& options) {
  return {.read = options.retry.read_budget,
          .prewrite = options.retry.prewrite_budget,
          .commit = options.retry.commit_budget,
          .lock_pause = options.retry.lock_pause};
}

}  // namespace tikv::client
