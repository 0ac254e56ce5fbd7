#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "workloads/workload.h"

namespace tikv::testing {
namespace {

/// A range in which nobody else has keys.
KeyRange shelf() { return KeyRange("h/stock", "h/stocl"); }

class Stock final : public Workload {
 public:
  explicit Stock(Stage& stage) : stage_(stage) {}

  void prepare() override {
    for (char c = 'a'; c <= 'z'; ++c) {
      const std::size_t pairs = c == 'h' ? 12 : 2;
      for (std::size_t i = 10; i < 10 + pairs; ++i) {
        stock_.emplace_back(c + std::string("/stock/") + std::to_string(i), std::to_string(i) + c);
      }
    }
    Client& client = stage_.any_client();
    EXPECT_TRUE(stage_.world().run(client.raw().batch_put(stock_)).result);
    const auto sum = stage_.world().run(client.raw().checksum(shelf())).result;
    EXPECT_TRUE(sum) << describe(sum);
    sum_ = sum.value_or(RawChecksum());
    EXPECT_EQ(sum_.total_kvs, 12U);
  }

  Task<bool> step(Client& client, std::size_t) override {
    Task<Result<void>> task = some_read(client);
    (void)co_await stage_.call(std::move(task));
    co_return true;
  }

  void check() override {
    const Result<void> all = stage_.world().run(scan(stage_.any_client(), KeyRange::all(), false)).result;
    EXPECT_TRUE(all) << describe(all);
  }

 private:
  Task<Result<void>> some_read(Client& client) {
    switch (stage_.pick(4)) {
      case 0:
        return scan(client, some_range(), false);
      case 1:
        return scan(client, some_range(), true);
      case 2:
        return many(client);
      default:
        return checksum(client);
    }
  }

  KeyRange some_range() {
    std::string a(1, static_cast<char>('a' + stage_.pick(26)));
    std::string b(1, static_cast<char>('a' + stage_.pick(26)));
    if (stage_.one_in(3)) return KeyRange::all();
    return a < b ? KeyRange(a, b) : KeyRange(b, a);
  }

  Task<Result<void>> scan(Client& client, KeyRange range, bool reverse) {
    const std::size_t page = 1 + stage_.pick(30);
    RawScan scan =
        reverse ? client.raw().reverse_scan(range, {.page = page}) : client.raw().scan(range, {.page = page});
    auto pairs = co_await scan.collect().or_return();
    std::erase_if(pairs, [](const KvPair& pair) { return pair.key.find("/stock/") == std::string::npos; });
    if (reverse) std::ranges::reverse(pairs);
    std::vector<KvPair> expected;
    for (const KvPair& pair : stock_) {
      if (range.contains(pair.key)) expected.push_back(pair);
    }
    EXPECT_EQ(pairs, expected);
    co_return Result<void>();
  }

  Task<Result<void>> many(Client& client) {
    std::vector<std::string> keys;
    std::vector<std::optional<std::string>> expected;
    for (std::size_t i = 0, count = 1 + stage_.pick(40); i < count; ++i) {
      const KvPair& pair = stock_[stage_.pick(stock_.size())];
      const bool there = !stage_.one_in(5);
      keys.push_back(there ? pair.key : pair.key + "?");
      expected.push_back(there ? std::optional(pair.value) : std::nullopt);
    }
    const auto values = co_await client.raw().batch_get(std::move(keys)).or_return();
    EXPECT_EQ(values, expected);
    co_return Result<void>();
  }

  Task<Result<void>> checksum(Client& client) {
    KeyRange range = shelf();
    const RawChecksum sum = co_await client.raw().checksum(std::move(range)).or_return();
    EXPECT_EQ(sum, sum_);
    co_return Result<void>();
  }

  Stage& stage_;
  std::vector<KvPair> stock_;
  RawChecksum sum_;
};

}  // namespace

std::unique_ptr<Workload> stock(Stage& stage) { return std::make_unique<Stock>(stage); }

}  // namespace tikv::testing
