// Over TLS: example_tls HOST:PORT CA [CERT KEY]
#include <tikv/client.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 3 && argc != 5) return std::puts("usage: example_tls HOST:PORT CA [CERT KEY]"), 2;
  tikv::ClientOptions options{.pd_endpoints = {argv[1]}};
  options.tls.ca_path = argv[2];  // whom to trust; this switches TLS on
  if (argc == 5) {
    options.tls.cert_path = argv[3];  // who we are, if the cluster asks
    options.tls.key_path = argv[4];
  }
  auto client = tikv::Client::connect(std::move(options)).get();
  if (!client) return std::puts(client.error().to_string().c_str()), 1;
  std::printf("cluster %llu\n", static_cast<unsigned long long>(client->cluster_id()));
}
