#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "chaos.h"
#include "runtime/wait.h"
#include "world.h"

// Raw calls of several clients while everything goes wrong that can. What nobody writes is read whole, however regions
// split and move meanwhile; and counters that are raised by compare-and-swap are raised once for each success.
namespace tikv::testing {
namespace {

using namespace std::chrono_literals;

class Warehouse {
 public:
  explicit Warehouse(std::uint64_t seed)
      : random_(seed), world_(options(seed)), chaos_(world_, seed, borders(), methods()) {
    const std::size_t clients = 1 + pick(3);
    for (std::size_t i = 0; i < clients; ++i) clients_.push_back(&world_.add_client());
    fill();
  }

  void run() {
    std::vector<std::unique_ptr<Started<Result<void>>>> running;
    const auto start = [&](Task<Result<void>> task) {
      running.push_back(std::make_unique<Started<Result<void>>>(runtime::run_on(world_.loop, std::move(task))));
    };
    const auto open_for = std::chrono::seconds(3 + pick(8));
    closing_time_ = world_.now() + open_for;
    start(chaos_.run(open_for));
    for (Client* client : clients_) {
      for (std::size_t i = 0, workers = 1 + pick(3); i < workers; ++i) start(work(*client));
    }
    const auto done = [&] { return std::ranges::all_of(running, [](const auto& task) { return task->done(); }); };
    ASSERT_TRUE(world_.loop.run_until(done, world_.now() + 30min)) << "a worker never ends";
    world_.heal();
    world_.loop.run_for(10s);  // requests that are late still
    check();
    world_.finish();
  }

  int reads() const { return reads_; }
  int swaps() const { return swaps_; }
  int doubts() const { return doubts_; }

 private:
  static WorldOptions options(std::uint64_t seed) {
    std::mt19937_64 random(seed * 104'729);
    WorldOptions options;
    options.seed = seed;
    options.stores = 3 + random() % 3;
    options.pds = random() % 2 == 0 ? 1 : 3;
    options.replicas = random() % 5 == 0 ? 1 : 3;
    return options;
  }
  static std::vector<std::string> borders() {
    std::vector<std::string> all;
    for (char c = 'b'; c <= 'y'; ++c) all.emplace_back(1, c);
    return all;
  }
  static std::vector<std::string> methods() {
    return {"RawGet", "RawBatchGet", "RawScan",    "RawChecksum", "RawCompareAndSwap", "RawCompareAndSwap",
            "RawPut", "GetRegion",   "ScanRegions"};
  }
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  static std::string counter(std::uint64_t i) { return std::string(1, static_cast<char>('a' + 6 * i)) + "/counter"; }

  /// Three keys with each letter, and four counters among them.
  void fill() {
    for (char c = 'a'; c <= 'z'; ++c) {
      for (const char* name : {"/x", "/y", "/z"}) stock_.emplace_back(c + std::string(name), std::string(name) + c);
    }
    EXPECT_TRUE(world_.run(clients_.front()->raw().batch_put(stock_)).result);
    const auto sum = world_.run(clients_.front()->raw().checksum(stock_range())).result;
    EXPECT_TRUE(sum) << describe(sum);
    sum_ = sum.value_or(RawChecksum());
    EXPECT_EQ(sum_.total_kvs, 15U);
  }
  /// Without a counter in it.
  static KeyRange stock_range() { return {"h", "m"}; }
  std::vector<KvPair> stock_in(const KeyRange& range) const {
    std::vector<KvPair> pairs;
    for (const KvPair& pair : stock_) {
      if (range.contains(pair.key)) pairs.push_back(pair);
    }
    return pairs;
  }

  std::chrono::nanoseconds some_timeout() {
    const std::uint64_t choice = pick(4);
    if (choice == 0) return std::chrono::milliseconds(5 + pick(500));
    return choice == 1 ? 2s : 45s;
  }

  // ---- what workers do

  Task<Result<void>> work(Client& client) {
    while (world_.now() < closing_time_) {
      (void)co_await runtime::sleep(std::chrono::milliseconds(pick(100)));
      const auto timeout = some_timeout();
      const auto began = world_.now();
      const Result<void> done = co_await some_call(client).with_timeout(timeout);
      EXPECT_LE(world_.now() - began, timeout) << describe(done);
      if (done) continue;
      EXPECT_THAT(done.error().kind(), ::testing::AnyOf(ErrorKind::kDeadline, ErrorKind::kUnavailable,
                                                        ErrorKind::kUndetermined, ErrorKind::kClosed))
          << describe(done);
    }
    co_return Result<void>();
  }

  Task<Result<void>> some_call(Client& client) {
    switch (pick(6)) {
      case 0:
        return scan(client);
      case 1:
        return reverse_scan(client);
      case 2:
        return many(client);
      case 3:
        return checksum(client);
      default:
        return raise(client);
    }
  }

  KeyRange some_range() {
    std::string a(1, static_cast<char>('a' + pick(26)));
    std::string b(1, static_cast<char>('a' + pick(26)));
    if (pick(3) == 0) return KeyRange::all();
    return a < b ? KeyRange(a, b) : KeyRange(b, a);
  }

  /// The stock among `pairs`, without counters.
  static std::vector<KvPair> stock_of(std::vector<KvPair> pairs) {
    std::erase_if(pairs, [](const KvPair& pair) { return pair.key.ends_with("/counter"); });
    return pairs;
  }

  Task<Result<void>> scan(Client& client) {
    const KeyRange range = some_range();
    RawScan scan = client.raw().scan(range, {.page = 1 + pick(30)});
    auto pairs = co_await scan.collect().or_return();
    EXPECT_EQ(stock_of(std::move(pairs)), stock_in(range));
    ++reads_;
    co_return Result<void>();
  }

  Task<Result<void>> reverse_scan(Client& client) {
    const KeyRange range = some_range();
    RawScan scan = client.raw().reverse_scan(range, {.page = 1 + pick(30)});
    auto pairs = co_await scan.collect().or_return();
    pairs = stock_of(std::move(pairs));
    std::ranges::reverse(pairs);
    EXPECT_EQ(pairs, stock_in(range));
    ++reads_;
    co_return Result<void>();
  }

  Task<Result<void>> many(Client& client) {
    std::vector<std::string> keys;
    std::vector<std::optional<std::string>> expected;
    for (std::size_t i = 0, count = 1 + pick(40); i < count; ++i) {
      const KvPair& pair = stock_[pick(stock_.size())];
      const bool there = pick(5) != 0;
      keys.push_back(there ? pair.key : pair.key + "?");
      expected.push_back(there ? std::optional(pair.value) : std::nullopt);
    }
    const auto values = co_await client.raw().batch_get(std::move(keys)).or_return();
    EXPECT_EQ(values, expected);
    ++reads_;
    co_return Result<void>();
  }

  Task<Result<void>> checksum(Client& client) {
    KeyRange range = stock_range();
    const RawChecksum sum = co_await client.raw().checksum(std::move(range)).or_return();
    EXPECT_EQ(sum, sum_);
    ++reads_;
    co_return Result<void>();
  }

  Task<Result<void>> raise(Client& client) {
    const std::uint64_t which = pick(4);
    const RawClient raw = client.raw().atomic();
    const auto before = co_await raw.get(counter(which)).or_return();
    const int value = before ? std::stoi(*before) : 0;
    std::string next = std::to_string(value + 1);
    Result<RawSwap> swap = co_await raw.compare_and_swap(counter(which), before, std::move(next));
    if (!swap) {
      sim_log(world_, counter(which) + " from " + std::to_string(value) + ": " + describe(swap));
      if (swap.error().applied() == Applied::kUnknown) ++maybe_[which];
      if (swap.error().applied() == Applied::kUnknown) ++doubts_;
      co_return std::unexpected(std::move(swap).error());
    }
    sim_log(world_, counter(which) + " from " + std::to_string(value) + (swap->swapped ? ": raised" : ": lost"));
    if (swap->swapped) {
      ++raised_[which];
      ++swaps_;
      EXPECT_EQ(swap->previous, before);
    } else {
      EXPECT_NE(swap->previous, before);
    }
    co_return Result<void>();
  }

  // ---- the end

  void check() {
    for (std::uint64_t i = 0; i < 4; ++i) {
      const auto value = world_.run(clients_.front()->raw().get(counter(i))).result;
      ASSERT_TRUE(value) << describe(value);
      const int stored = *value ? std::stoi(**value) : 0;
      EXPECT_GE(stored, raised_[i]) << counter(i);
      EXPECT_LE(stored, raised_[i] + maybe_[i]) << counter(i);
    }
    const auto all = world_.run(clients_.front()->raw().scan(KeyRange::all()).collect()).result;
    ASSERT_TRUE(all) << describe(all);
    EXPECT_EQ(stock_of(*all), stock_);
  }

  std::mt19937_64 random_;
  World world_;
  Chaos chaos_;
  runtime::TimePoint closing_time_{};
  std::vector<Client*> clients_;
  std::vector<KvPair> stock_;
  RawChecksum sum_;
  std::map<std::uint64_t, int> raised_;
  std::map<std::uint64_t, int> maybe_;
  int reads_ = 0;
  int swaps_ = 0;
  int doubts_ = 0;
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kSeeds = 100;
#else
constexpr std::uint64_t kSeeds = 400;
#endif

TEST(RawSim, NothingIsLostOrDoneTwice) {
  int reads = 0;
  int swaps = 0;
  int doubts = 0;
  for (const std::uint64_t seed : sim_seeds(kSeeds)) {
    SCOPED_TRACE("to see it again: TIKV_SIM_LOG=1 TIKV_SIM_SEED=" + std::to_string(seed));
    Warehouse warehouse(seed);
    warehouse.run();
    reads += warehouse.reads();
    swaps += warehouse.swaps();
    doubts += warehouse.doubts();
    if (HasFailure()) break;
  }
  std::printf("%d reads, %d swaps, %d of unknown outcome\n", reads, swaps, doubts);
}

}  // namespace
}  // namespace tikv::testing
