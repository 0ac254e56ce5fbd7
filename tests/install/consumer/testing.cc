// A user's own test: a cluster in the process, and a client on it.
#include <tikv/client.h>
#include <tikv/testing/cluster.h>

#include <cstdio>

int main() {
  auto cluster = tikv::testing::Cluster::start();
  if (!cluster) {
    std::puts(cluster.error().to_string().c_str());
    return 1;
  }
  auto client = tikv::Client::connect({.pd_endpoints = cluster->pd_endpoints()}).get();
  if (!client || !client->raw().put("k", "v").get()) return 1;
  const tikv::testing::FaultId busy =
      cluster->inject({.method = "RawGet", .kind = tikv::testing::FaultKind::kRegionError});
  const auto value = client->raw().get("k").get();
  if (cluster->hits(busy) != 1) return 1;
  const auto refused = cluster->kill(4711);
  return value && *value == "v" && !refused && refused.error().kind() == tikv::ErrorKind::kInvalidArgument ? 0 : 1;
}
