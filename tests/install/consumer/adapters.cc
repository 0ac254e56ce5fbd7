// A client that tells spdlog and prometheus-cpp why it can't connect.
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <tikv/client.h>
#include <tikv/prometheus.h>
#include <tikv/spdlog.h>

#include <cstdio>
#include <sstream>

int main() {
  std::ostringstream log;
  auto registry = std::make_shared<prometheus::Registry>();
  tikv::ClientOptions options{.pd_endpoints = {"127.0.0.1:1"}};
  options.logger = tikv::spdlog_logger(
      std::make_shared<spdlog::logger>("tikv", std::make_shared<spdlog::sinks::ostream_sink_mt>(log)));
  options.metrics = tikv::prometheus_metrics(registry);
  if (tikv::Client::connect(std::move(options)).with_timeout(std::chrono::milliseconds(500)).get()) return 1;
  const std::string metrics = prometheus::TextSerializer().Serialize(registry->Collect());
  const bool told = log.str().find("cannot connect") != std::string::npos &&
                    metrics.find("tikv_client_go_batch_client_no_available_connection_total") != std::string::npos;
  if (!told) std::printf("%s\n%s\n", log.str().c_str(), metrics.c_str());
  return told ? 0 : 1;
}
