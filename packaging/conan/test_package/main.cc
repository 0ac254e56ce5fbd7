#include <tikv/client.h>
#include <tikv/config_file.h>

#include <chrono>
#include <cstdio>

int main() {
  const auto options = tikv::parse_options("path = \"tikv://127.0.0.1:1\"");
  if (!options) return 1;
  auto client = tikv::Client::connect(*options).with_timeout(std::chrono::milliseconds(100)).get();
  if (client) return 1;  // nobody listens there
  std::puts(client.error().to_string().c_str());
  return 0;
}
