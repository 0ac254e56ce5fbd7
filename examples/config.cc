// Options from a file: every mistake in it is told with its line. Run with the file: ./config tikv.toml
#include <tikv/client.h>
#include <tikv/config_file.h>

#include <cstdio>
#include <utility>

int main(int argc, char** argv) {
  auto options = tikv::load_options(argc > 1 ? argv[1] : "tikv.toml");
  if (!options) return std::puts(options.error().message().c_str()), 1;  // tikv.toml:4:23: ... is not known
  options->slow_request_threshold = std::chrono::milliseconds(300);      // code has the last word
  auto client = tikv::Client::connect(*std::move(options)).get();
  if (!client) return std::puts(client.error().to_string().c_str()), 1;
  std::printf("connected to cluster %llu\n", static_cast<unsigned long long>(client->cluster_id()));
}
