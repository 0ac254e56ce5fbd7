#include <map>
#include <string>

#include "workloads/workload.h"

namespace tikv::testing {
namespace {

constexpr std::size_t kCounters = 4;

class Counters final : public Workload {
 public:
  explicit Counters(Stage& stage) : stage_(stage) {}

  Task<bool> step(Client& client, std::size_t) override {
    const std::size_t which = stage_.pick(kCounters);
    Task<Result<void>> task = raise(client, which);
    (void)co_await stage_.call(std::move(task));
    co_return true;
  }

  void check() override {
    for (std::size_t i = 0; i < kCounters; ++i) {
      const auto value = stage_.world().run(stage_.any_client().raw().get(counter(i))).result;
      ASSERT_TRUE(value) << describe(value);
      const int stored = *value ? std::stoi(**value) : 0;
      EXPECT_GE(stored, raised_[i]) << counter(i);
      EXPECT_LE(stored, raised_[i] + maybe_[i]) << counter(i);
    }
  }

 private:
  static std::string counter(std::size_t i) { return Stage::key(i, kCounters, "counter"); }

  Task<Result<void>> raise(Client& client, std::size_t which) {
    const RawClient raw = client.raw().atomic();
    const auto before = co_await raw.get(counter(which)).or_return();
    const int value = before ? std::stoi(*before) : 0;
    std::string next = std::to_string(value + 1);
    Result<RawSwap> swap = co_await raw.compare_and_swap(counter(which), before, std::move(next));
    stage_.world().tell([&] { return counter(which) + " from " + std::to_string(value) + ": " + describe(swap); });
    if (!swap) {
      if (swap.error().applied() == Applied::kUnknown) ++maybe_[which];
      co_return std::unexpected(std::move(swap).error());
    }
    if (swap->swapped) {
      ++raised_[which];
      EXPECT_EQ(swap->previous, before);
    } else {
      EXPECT_NE(swap->previous, before);
    }
    co_return Result<void>();
  }

  Stage& stage_;
  std::map<std::size_t, int> raised_;
  std::map<std::size_t, int> maybe_;
};

}  // namespace

std::unique_ptr<Workload> counters(Stage& stage) { return std::make_unique<Counters>(stage); }

}  // namespace tikv::testing
