// Logs to spdlog, metrics to prometheus-cpp, a caller's trace context, and what the client holds.
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <tikv/client.h>
#include <tikv/prometheus.h>
#include <tikv/spdlog.h>

#include <cstdio>
#include <sstream>

int main(int argc, char** argv) {
  auto registry = std::make_shared<prometheus::Registry>();
  tikv::ClientOptions options{.pd_endpoints = {argc > 1 ? argv[1] : "127.0.0.1:2379"}};
  options.logger = tikv::spdlog_logger(spdlog::stderr_logger_mt("tikv"));
  options.metrics = tikv::prometheus_metrics(registry);
  options.redaction = tikv::Redaction::kOn;
  auto client = tikv::Client::connect(std::move(options)).get();
  if (!client) return std::puts(client.error().to_string().c_str()), 1;

  // As it came with a request of somebody else's.
  const auto trace = tikv::TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  auto value = client->raw().get("example/greeting").with_trace(*trace).get();
  if (!value) return std::puts(value.error().to_string().c_str()), 1;

  const tikv::DebugState state = client->debug_state().get().value();
  std::printf("%zu store\n", state.shards[0].stores.size());
  std::fputs(tikv::to_json(state).c_str(), stderr);

  std::stringstream text(prometheus::TextSerializer().Serialize(registry->Collect()));
  for (std::string line; std::getline(text, line);)
    if (line.starts_with("tikv_client_go_rawkv_cmd_seconds_count{type=\"get\"}")) std::puts(line.c_str());
}
