#include <charconv>
#include <set>
#include <string>
#include <vector>

#include "workloads/workload.h"

namespace tikv::testing {
namespace {

using namespace std::chrono_literals;

class Ring final : public Workload {
 public:
  explicit Ring(Stage& stage) : stage_(stage), count_(5 + stage.pick(8)) {}

  void prepare() override {
    Transaction txn = stage_.world().run(stage_.any_client().begin()).result.value();
    for (std::size_t i = 0; i < count_; ++i) EXPECT_TRUE(txn.put(key(i), std::to_string((i + 1) % count_)));
    const Result<Committed> done = stage_.world().run(txn.commit()).result;
    EXPECT_TRUE(done) << describe(done);
  }

  Task<bool> step(Client& client, std::size_t) override {
    if (stage_.one_in(4)) {
      Task<Result<void>> task = look_round(client);
      (void)co_await stage_.call(std::move(task));
      co_return true;
    }
    auto body = [this](Transaction& txn) { return turn(txn); };
    Task<Result<void>> task = client.transact(body, {.max_attempts = 100});
    const Result<void> done = co_await stage_.call(std::move(task), kSettle);
    stage_.world().tell([&] { return "turn: " + describe(done); });
    co_return true;
  }

  void check() override {
    const Result<void> done = stage_.world().run(look_round(stage_.any_client())).result;
    EXPECT_TRUE(done) << describe(done);
  }

 private:
  std::string key(std::size_t i) const { return Stage::key(i, count_, "ring"); }

  static std::size_t number(const std::optional<std::string>& text) {
    std::size_t value = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
  }

  /// a, b, c, d in a row become a, c, b, d.
  Task<Result<void>> turn(Transaction& txn) {
    const std::size_t a = stage_.pick(count_);
    const auto after_a = co_await txn.get(key(a)).or_return();
    const std::size_t b = number(after_a);
    const auto after_b = co_await txn.get(key(b)).or_return();
    const std::size_t c = number(after_b);
    const auto after_c = co_await txn.get(key(c)).or_return();
    const std::size_t d = number(after_c);
    co_await txn.put(key(a), std::to_string(c));
    co_await txn.put(key(c), std::to_string(b));
    co_await txn.put(key(b), std::to_string(d));
    co_return Result<void>();
  }

  Task<Result<void>> look_round(Client& client) {
    const std::uint64_t now = co_await client.timestamp().or_return();
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < count_; ++i) keys.push_back(key(i));
    const auto values = co_await client.snapshot(now).batch_get(keys).or_return();
    std::set<std::size_t> seen;
    for (std::size_t i = 0; seen.insert(i).second;) i = number(values[i]);
    EXPECT_EQ(seen.size(), count_) << "the ring is broken at " << now;
    EXPECT_TRUE(seen.contains(0));
    co_return Result<void>();
  }

  Stage& stage_;
  std::size_t count_;
};

}  // namespace

std::unique_ptr<Workload> ring(Stage& stage) { return std::make_unique<Ring>(stage); }

}  // namespace tikv::testing
