// Coroutines: co_await task.or_return() gives the value, or ends the coroutine with the error. Here a transaction moves
// ten coins; it runs again by itself when somebody else moved some at the same time.
#include <tikv/client.h>

#include <cstdio>
#include <string>

tikv::Task<tikv::Result<int>> spend(tikv::Client& client, int coins) {
  auto body = [&](tikv::Transaction& txn) -> tikv::Task<tikv::Result<int>> {
    const auto stored = co_await txn.get("example/coins").or_return();  // nullopt if it is absent
    const int left = (stored ? std::stoi(*stored) : 100) - coins;
    co_await txn.put("example/coins", std::to_string(left));  // buffered: no network until the commit
    co_return left;
  };
  co_return co_await client.transact(body, {.max_attempts = 8}).with_timeout(std::chrono::seconds(5));
}

int main(int argc, char** argv) {
  tikv::ClientOptions options{.pd_endpoints = {argc > 1 ? argv[1] : "127.0.0.1:2379"}};
  auto client = tikv::Client::connect(std::move(options)).get();
  if (!client) return std::puts(client.error().to_string().c_str()), 1;

  const auto left = spend(*client, 10).get();  // main is no coroutine, so it blocks
  std::puts(left ? (std::to_string(*left) + " coins left").c_str() : left.error().to_string().c_str());
  return left ? 0 : 1;
}
