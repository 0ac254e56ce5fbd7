// Callbacks: start() returns at once, and the callback runs on the client's io thread, or on ClientOptions::executor.
#include <tikv/client.h>

#include <cstdio>
#include <future>

int main(int argc, char** argv) {
  tikv::ClientOptions options{.pd_endpoints = {argc > 1 ? argv[1] : "127.0.0.1:2379"}};
  auto client = tikv::Client::connect(std::move(options)).get();
  if (!client) return std::puts(client.error().to_string().c_str()), 1;

  std::promise<bool> done;
  client->raw().get("example/greeting").start([&](tikv::Result<std::optional<std::string>> value) {
    std::puts(!value ? value.error().to_string().c_str() : *value ? (*value)->c_str() : "nothing there");
    done.set_value(value.has_value());
  });
  return done.get_future().get() ? 0 : 1;
}
