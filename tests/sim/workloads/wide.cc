#include <optional>
#include <string>
#include <vector>

#include "workloads/workload.h"

namespace tikv::testing {
namespace {

constexpr std::size_t kKeys = 60;
/// So that the keys of one region are more than one batch.
constexpr std::size_t kValueBytes = 1500;

class Wide final : public Workload {
 public:
  explicit Wide(Stage& stage) : stage_(stage) {}

  Task<bool> step(Client& client, std::size_t) override {
    if (stage_.one_in(2)) {
      Task<Result<void>> task = look(client);
      (void)co_await stage_.call(std::move(task));
      co_return true;
    }
    std::string value = std::to_string(stage_.next_number()) + "/";
    value.resize(kValueBytes, '.');
    Task<Result<Committed>> task = write(client, value);
    const Result<Committed> done = co_await stage_.call(std::move(task), kSettle);
    stage_.world().tell([&] { return "wide write of " + value.substr(0, value.find('/')) + ": " + describe(done); });
    co_return true;
  }

  void check() override {
    const Result<void> done = stage_.world().run(look(stage_.any_client())).result;
    EXPECT_TRUE(done) << describe(done);
  }

 private:
  static std::string key(std::size_t i) { return Stage::key(i, kKeys, "wide/" + std::to_string(100 + i)); }

  Task<Result<Committed>> write(Client& client, std::string value) {
    Transaction txn = co_await client.begin().or_return();
    for (std::size_t i = 0; i < kKeys; ++i) co_await txn.put(key(i), value);
    co_return co_await txn.commit();
  }

  Task<Result<void>> look(Client& client) {
    const std::uint64_t now = co_await client.timestamp().or_return();
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < kKeys; ++i) keys.push_back(key(i));
    const auto values = co_await client.snapshot(now).batch_get(keys).or_return();
    for (std::size_t i = 1; i < kKeys; ++i) {
      if (values[i] == values[0]) continue;
      ADD_FAILURE() << "half of a transaction at " << now << ": " << keys[i] << " is not like " << keys[0];
      break;
    }
    co_return Result<void>();
  }

  Stage& stage_;
};

}  // namespace

std::unique_ptr<Workload> wide(Stage& stage) { return std::make_unique<Wide>(stage); }

}  // namespace tikv::testing
