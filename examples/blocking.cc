// Blocking calls: get() waits. Run with PD's address: ./blocking 127.0.0.1:2379
#include <tikv/client.h>

#include <cstdio>

int main(int argc, char** argv) {
  tikv::ClientOptions options{.pd_endpoints = {argc > 1 ? argv[1] : "127.0.0.1:2379"}};
  auto client = tikv::Client::connect(std::move(options)).get();
  if (!client) return std::puts(client.error().to_string().c_str()), 1;

  tikv::RawClient raw = client->raw();
  if (auto put = raw.put("example/greeting", "hello").get(); !put) return std::puts(put.error().to_string().c_str()), 1;
  auto value = raw.get("example/greeting").with_timeout(std::chrono::milliseconds(200)).get();
  if (!value) return std::puts(value.error().to_string().c_str()), 1;
  std::puts(*value ? (*value)->c_str() : "nothing there");  // an absent key is nullopt, an empty value is a value
  return raw.remove("example/greeting").get() ? 0 : 1;
}
