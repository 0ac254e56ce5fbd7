#include <charconv>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "workloads/workload.h"

namespace tikv::testing {
namespace {

using namespace std::chrono_literals;

constexpr int kMoney = 100;

enum class Said : std::uint8_t { kCommitted, kNot, kUnknown };

struct Transfer {
  std::size_t from = 0;
  std::size_t to = 0;
  int amount = 0;
  std::string receipt;
};

int number(const std::optional<std::string>& text) {
  int value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

class Bank final : public Workload {
 public:
  explicit Bank(Stage& stage) : stage_(stage), accounts_(4 + stage.pick(8)) {}

  void prepare() override {
    Transaction txn = stage_.world().run(stage_.any_client().begin()).result.value();
    for (std::size_t i = 0; i < accounts_; ++i) EXPECT_TRUE(txn.put(account(i), std::to_string(kMoney)));
    const Result<Committed> done = stage_.world().run(txn.commit()).result;
    EXPECT_TRUE(done) << describe(done);
  }

  Task<bool> step(Client& client, std::size_t) override {
    const std::uint64_t choice = stage_.pick(10);
    if (choice >= 7) {
      Task<Result<int>> task = stage_.one_in(2) ? sum_by_scan(client) : sum_by_keys(client);
      const Result<int> sum = co_await stage_.call(std::move(task));
      stage_.world().tell([&] { return "audit: " + describe(sum); });
      if (sum) EXPECT_EQ(*sum, total()) << "seen by an audit";
      if (!sum) EXPECT_EQ(sum.error().applied(), Applied::kNo);
      co_return true;
    }
    const Transfer one = some_transfer();
    if (choice < 6) {
      auto body = [this, &one](Transaction& txn) { return move(txn, one); };
      Task<Result<void>> task = client.transact(body, {.max_attempts = 100});
      const Result<void> done = co_await stage_.call(std::move(task), kSettle);
      note(one, done);
      co_await look_for(one, done.has_value());
    } else {
      Task<Result<Committed>> task = by_hand(client, one);
      const Result<Committed> done = co_await stage_.call(std::move(task), kSettle);
      note(one, done);
      co_await look_for(one, done.has_value());
    }
    co_return true;
  }

  void check() override {
    const std::map<std::string, std::string> all = read_all();
    std::vector<int> balances(accounts_, kMoney);
    for (const auto& [receipt, said] : said_) {
      const auto stored = all.find(receipt);
      if (said == Said::kCommitted) {
        EXPECT_TRUE(stored != all.end()) << receipt << " was said to be committed";
      } else if (said == Said::kNot) {
        EXPECT_TRUE(stored == all.end()) << receipt << " was said not to be committed";
      }
      if (stored == all.end()) continue;
      std::istringstream note(stored->second);
      std::size_t from = 0;
      std::size_t to = 0;
      int amount = 0;
      note >> from >> to >> amount;
      balances[from] -= amount;
      balances[to] += amount;
    }
    for (std::size_t i = 0; i < accounts_; ++i) {
      const auto stored = all.find(account(i));
      EXPECT_EQ(stored == all.end() ? 0 : number(stored->second), balances[i]) << account(i);
    }
  }

 private:
  std::string account(std::size_t i) const { return Stage::key(i, accounts_, "account"); }
  int total() const { return kMoney * static_cast<int>(accounts_); }

  Transfer some_transfer() {
    Transfer transfer;
    transfer.from = stage_.pick(accounts_);
    transfer.to = (transfer.from + 1 + stage_.pick(accounts_ - 1)) % accounts_;
    transfer.amount = static_cast<int>(1 + stage_.pick(20));
    // In the region of either account, or in one of its own.
    const std::string name = "receipt/" + std::to_string(stage_.next_number());
    transfer.receipt = Stage::key(stage_.pick(26), 26, name);
    return transfer;
  }

  Task<Result<void>> move(Transaction& txn, const Transfer& transfer) {
    std::vector<std::string> keys;
    keys.push_back(account(transfer.from));
    keys.push_back(account(transfer.to));
    const auto before = co_await txn.batch_get(keys).or_return();
    int amount = transfer.amount;
    const int left = number(before[0]) - amount;
    if (left < 0) amount = number(before[0]);
    // An empty account is no account: removes and inserts are part of the game.
    if (left <= 0) {
      co_await txn.remove(keys[0]);
    } else {
      co_await txn.put(keys[0], std::to_string(left));
    }
    if (before[1]) {
      co_await txn.put(keys[1], std::to_string(number(before[1]) + amount));
    } else if (amount > 0) {
      co_await txn.insert(keys[1], std::to_string(amount));
    }
    std::string note = std::to_string(transfer.from) + " " + std::to_string(transfer.to) + " " + std::to_string(amount);
    co_await txn.insert(transfer.receipt, std::move(note));
    co_return Result<void>();
  }

  Task<Result<Committed>> by_hand(Client& client, const Transfer& one) {
    Transaction txn = co_await client.begin().or_return();
    co_await move(txn, one).or_return();
    co_return co_await txn.commit();
  }

  template <class T>
  void note(const Transfer& one, const Result<T>& done) {
    stage_.world().tell([&] { return one.receipt + ": " + describe(done); });
    const bool unknown = !done && done.error().applied() == Applied::kUnknown;
    said_[one.receipt] = done ? Said::kCommitted : unknown ? Said::kUnknown : Said::kNot;
    if (!done) {
      EXPECT_EQ(unknown, done.error().kind() == ErrorKind::kUndetermined) << one.receipt << ": " << describe(done);
    }
    stage_.count(done ? "transfers committed" : unknown ? "transfers undetermined" : "transfers not committed");
  }

  /// Whoever reads after a commit has returned sees it, on any client.
  Task<bool> look_for(const Transfer& one, bool committed) {
    if (!committed || !stage_.one_in(3)) co_return true;
    const Client& reader = stage_.any_client();
    const Result<std::uint64_t> now = co_await reader.timestamp().with_timeout(20s);
    if (!now) co_return true;
    const auto found = co_await reader.snapshot(*now).get(one.receipt).with_timeout(20s);
    if (found) {
      EXPECT_TRUE(found->has_value()) << one.receipt << " was committed before the read at " << *now;
    }
    co_return true;
  }

  Task<Result<int>> sum_by_keys(Client& client) {
    const std::uint64_t now = co_await client.timestamp().or_return();
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < accounts_; ++i) keys.push_back(account(i));
    const auto values = co_await client.snapshot(now).batch_get(std::move(keys)).or_return();
    int sum = 0;
    for (const auto& value : values) sum += number(value);
    co_return sum;
  }

  Task<Result<int>> sum_by_scan(Client& client) {
    Transaction txn = co_await client.begin().or_return();
    const bool reverse = stage_.one_in(2);
    TransactionScan scan =
        reverse ? txn.reverse_scan(KeyRange::all(), {.page = 7}) : txn.scan(KeyRange::all(), {.page = 7});
    const auto pairs = co_await scan.collect().or_return();
    int sum = 0;
    for (const KvPair& pair : pairs) {
      if (pair.key.ends_with("/account")) sum += number(pair.value);
    }
    co_return sum;
  }

  std::map<std::string, std::string> read_all() {
    std::map<std::string, std::string> all;
    const std::uint64_t now = stage_.world().run(stage_.any_client().timestamp()).result.value();
    const auto pairs = stage_.world().run(stage_.any_client().snapshot(now).scan(KeyRange::all()).collect()).result;
    EXPECT_TRUE(pairs) << describe(pairs);
    if (!pairs) return all;
    for (const KvPair& pair : *pairs) all.emplace(pair.key, pair.value);
    return all;
  }

  Stage& stage_;
  std::size_t accounts_;
  std::map<std::string, Said> said_;
};

}  // namespace

std::unique_ptr<Workload> bank(Stage& stage) { return std::make_unique<Bank>(stage); }

}  // namespace tikv::testing
