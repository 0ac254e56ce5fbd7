#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "workloads/workload.h"

namespace tikv::testing {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::nanoseconds;

/// A key with one writer, who knows what it holds.
struct Lease {
  std::string key;
  std::string value;
  std::chrono::seconds ttl{0};
  Time invoked{0};
  Time returned{0};
  bool held = false;
};

class Leases final : public Workload {
 public:
  explicit Leases(Stage& stage) : stage_(stage) {}

  Task<bool> step(Client& client, std::size_t process) override {
    Lease& lease = leases_[process];
    if (!lease.held || stage_.one_in(4)) {
      co_await renew(client, lease);
    } else if (stage_.one_in(3)) {
      co_await ask_ttl(client, lease);
    } else {
      co_await look(client, lease);
    }
    co_return true;
  }

  void check() override {
    stage_.world().loop.run_for(10s);
    for (auto& [process, lease] : leases_) {
      if (!lease.held) continue;
      const auto value = stage_.world().run(stage_.any_client().raw().get(lease.key)).result;
      ASSERT_TRUE(value) << describe(value);
      EXPECT_EQ(*value, std::nullopt) << lease.key << " outlived its time";
    }
  }

 private:
  Time now() const { return Time(stage_.now()); }
  /// Stores count whole seconds, from the second in which they wrote.
  static Time earliest_end(const Lease& lease) { return lease.invoked + lease.ttl - 1s; }
  static Time latest_end(const Lease& lease) { return lease.returned + lease.ttl; }

  Task<bool> renew(Client& client, Lease& lease) {
    // What may arrive late must not meet a later value.
    const std::string number = std::to_string(stage_.next_number());
    if (!lease.held) lease.key = Stage::key(stage_.pick(26), 26, "lease/" + number);
    lease.held = false;
    lease.value = number;
    lease.ttl = std::chrono::seconds(2 + stage_.pick(5));
    lease.invoked = now();
    Task<Result<void>> task = client.raw().atomic().put(lease.key, number, {.ttl = lease.ttl});
    const Result<void> done = co_await stage_.call(std::move(task));
    stage_.world().tell(
        [&] { return lease.key + " for " + std::to_string(lease.ttl.count()) + " s: " + describe(done); });
    lease.returned = now();
    lease.held = done.has_value();
    co_return true;
  }

  Task<bool> look(Client& client, Lease& lease) {
    const Time invoked = now();
    Task<Result<std::optional<std::string>>> task = client.raw().get(lease.key);
    const auto value = co_await stage_.call(std::move(task));
    if (!value) co_return false;
    stage_.world().tell([&] { return lease.key + (*value ? " is there" : " is gone"); });
    if (now() < earliest_end(lease)) EXPECT_EQ(*value, lease.value) << lease.key << " is gone early";
    if (invoked > latest_end(lease)) EXPECT_EQ(*value, std::nullopt) << lease.key << " outlived its time";
    co_return true;
  }

  Task<bool> ask_ttl(Client& client, Lease& lease) {
    const Time invoked = now();
    Task<Result<std::optional<std::chrono::seconds>>> task = client.raw().get_ttl(lease.key);
    const auto left = co_await stage_.call(std::move(task));
    if (!left) co_return false;
    if (*left) {
      EXPECT_LE(**left, lease.ttl) << lease.key;
      EXPECT_LE(**left, latest_end(lease) - invoked + 1s) << lease.key;
    } else {
      EXPECT_GE(now(), earliest_end(lease)) << lease.key << " is gone early";
    }
    co_return true;
  }

  Stage& stage_;
  std::map<std::size_t, Lease> leases_;
};

}  // namespace

std::unique_ptr<Workload> leases(Stage& stage) { return std::make_unique<Leases>(stage); }

}  // namespace tikv::testing
