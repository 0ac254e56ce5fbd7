#include "testkit/memory/memory_cluster.h"

#include <string_view>

namespace tikv::testing::memory {

namespace {

std::vector<std::string> addresses(std::string_view name, std::size_t count, std::string_view port) {
  std::vector<std::string> all;
  for (std::size_t i = 1; i <= count; ++i) {
    all.push_back(std::string(name) + std::to_string(i) + ":" + std::string(port));
  }
  return all;
}

cluster::ModelOptions model_options(const MemoryClusterOptions& options) {
  return {.cluster_id = options.cluster_id,
          .store_addresses = addresses("store", options.stores, "20160"),
          .pd_addresses = addresses("pd", options.pds, "2379"),
          .replicas = options.replicas,
          .api = options.api,
          .election_delay = options.election_delay,
          .heartbeat_delay = options.heartbeat_delay};
}

}  // namespace

MemoryCluster::MemoryCluster(runtime::Loop& loop, MemoryClusterOptions options)
    : network_(options.network), host_(loop), model_(model_options(options), host_) {}

std::vector<std::string> MemoryCluster::pd_endpoints() const {
  std::vector<std::string> endpoints;
  for (const auto& member : model_.pd().members) endpoints.push_back(member.second.address);
  return endpoints;
}

}  // namespace tikv::testing::memory
