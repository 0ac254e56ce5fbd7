#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "base/codec.h"
#include "chaos.h"
#include "runtime/wait.h"
#include "world.h"

// Transfers between accounts, from several clients at once, while everything goes wrong that can. Each transfer leaves
// a receipt in the same transaction, so that afterwards it is known which took effect.
namespace tikv::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

constexpr int kMoney = 100;
/// How long beyond its deadline a commit looks for its outcome (Transaction::commit).
constexpr auto kSettle = 3s;

enum class Outcome : std::uint8_t { kCommitted, kNot, kUnknown };

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

class Bank {
 public:
  explicit Bank(std::uint64_t seed) : random_(seed), world_(options(seed)), chaos_(world_, seed, borders(), methods()) {
    accounts_ = 4 + pick(8);
    const std::size_t clients = 2 + pick(3);
    for (std::size_t i = 0; i < clients; ++i) clients_.push_back(&world_.add_client());
    open();
  }

  void run() {
    std::vector<std::unique_ptr<Started<Result<void>>>> running;
    const auto start = [&](Task<Result<void>> task) {
      running.push_back(std::make_unique<Started<Result<void>>>(runtime::run_on(world_.loop, std::move(task))));
    };
    const auto open_for = std::chrono::seconds(3 + pick(10));
    closing_time_ = world_.now() + open_for;
    start(chaos_.run(open_for));
    if (pick(3) == 0) close_one_in(std::chrono::milliseconds(pick(3000)));
    for (Client* client : clients_) {
      for (std::size_t i = 0, workers = 1 + pick(3); i < workers; ++i) start(work(*client));
    }
    const auto done = [&] { return std::ranges::all_of(running, [](const auto& task) { return task->done(); }); };
    ASSERT_TRUE(world_.loop.run_until(done, world_.now() + 30min)) << "a worker never ends";
    for (const auto& task : running) EXPECT_TRUE(task->value()) << describe(task->value());
    world_.heal();
    check();
    world_.finish();
  }

  const std::map<Outcome, int>& outcomes() const { return outcomes_; }
  int audits() const { return audits_; }

 private:
  static WorldOptions options(std::uint64_t seed) {
    std::mt19937_64 random(seed * 7919);
    WorldOptions options;
    options.seed = seed;
    options.stores = 3 + random() % 3;
    options.pds = random() % 2 == 0 ? 1 : 3;
    options.replicas = random() % 5 == 0 ? 1 : 3;
    return options;
  }
  static std::vector<std::string> borders() {
    std::vector<std::string> all;
    for (char c = 'b'; c <= 'y'; ++c) all.push_back(base::encode_bytes(std::string(1, c)));
    return all;
  }
  static std::vector<std::string> methods() {
    return {"KvPrewrite",      "KvPrewrite",     "KvCommit", "KvCommit",         "KvCommit",
            "KvGet",           "KvBatchGet",     "KvScan",   "KvCheckTxnStatus", "KvResolveLock",
            "KvBatchRollback", "KvTxnHeartBeat", "Tso",      "GetRegion"};
  }
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  std::string account(std::size_t i) const {
    return std::string(1, static_cast<char>('a' + i * 26 / accounts_)) + "/account";
  }
  int total() const { return kMoney * static_cast<int>(accounts_); }
  Client& any_client() { return *clients_[pick(clients_.size() - 1)]; }

  void open() {
    Transaction txn = world_.run(clients_.front()->begin()).result.value();
    for (std::size_t i = 0; i < accounts_; ++i) EXPECT_TRUE(txn.put(account(i), std::to_string(kMoney)));
    const Result<Committed> done = world_.run(txn.commit()).result;
    EXPECT_TRUE(done) << describe(done);
  }

  /// Closes the last client in the middle of its work.
  void close_one_in(std::chrono::nanoseconds delay) {
    world_.cluster.host().run_after(delay, [this] {
      sim_log(world_, "close a client");
      closed_ = clients_.back();
      clients_.back()->close();
    });
  }

  // ---- what workers do

  Task<Result<void>> work(Client& client) {
    while (world_.now() < closing_time_ && closed_ != &client) {
      (void)co_await runtime::sleep(std::chrono::milliseconds(pick(120)));
      const std::uint64_t choice = pick(10);
      if (choice < 6) {
        co_await transfer(client);
      } else if (choice < 7) {
        co_await transfer_by_hand(client);
      } else {
        co_await audit(client);
      }
    }
    co_return Result<void>();
  }

  std::chrono::nanoseconds some_timeout() {
    const std::uint64_t choice = pick(4);
    if (choice == 0) return std::chrono::milliseconds(20 + pick(500));
    return choice == 1 ? 2s : 45s;
  }

  Transfer some_transfer() {
    Transfer transfer;
    transfer.from = pick(accounts_);
    transfer.to = (transfer.from + 1 + pick(accounts_ - 1)) % accounts_;
    transfer.amount = static_cast<int>(1 + pick(20));
    // In the region of either account, or in one of its own.
    transfer.receipt = std::string(1, static_cast<char>('a' + pick(26))) + "/receipt/" + std::to_string(++receipts_);
    return transfer;
  }

  /// Ends the operation early, now and then.
  std::stop_token some_stop() {
    if (pick(8) != 0) return {};
    auto source = std::make_shared<std::stop_source>();
    world_.cluster.host().run_after(std::chrono::milliseconds(pick(300)), [source] { source->request_stop(); });
    return source->get_token();
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

  Task<bool> transfer(Client& client) {
    const Transfer one = some_transfer();
    const auto timeout = some_timeout();
    const auto began = world_.now();
    auto body = [this, &one](Transaction& txn) { return move(txn, one); };
    Task<Result<void>> task = client.transact(body, {.max_attempts = 100}).with_timeout(timeout).with_stop(some_stop());
    const Result<void> done = co_await std::move(task);
    note(one, done, began, timeout + kSettle);
    co_await look_for(one, done.has_value());
    co_return true;
  }

  Task<bool> transfer_by_hand(Client& client) {
    const Transfer one = some_transfer();
    const auto timeout = some_timeout();
    const auto began = world_.now();
    Task<Result<Committed>> task = by_hand(client, one);
    const Result<Committed> done = co_await std::move(task).with_timeout(timeout).with_stop(some_stop());
    note(one, done, began, timeout + kSettle);
    co_await look_for(one, done.has_value());
    co_return true;
  }

  Task<Result<Committed>> by_hand(Client& client, const Transfer& one) {
    Transaction txn = co_await client.begin().or_return();
    co_await move(txn, one).or_return();
    co_return co_await txn.commit();
  }

  template <class T>
  void note(const Transfer& one, const Result<T>& done, runtime::TimePoint began, std::chrono::nanoseconds limit) {
    const Outcome outcome = done                                     ? Outcome::kCommitted
                            : done.error().applied() == Applied::kNo ? Outcome::kNot
                                                                     : Outcome::kUnknown;
    sim_log(world_, one.receipt + ": " + describe(done));
    ++outcomes_[outcome];
    said_[one.receipt] = outcome;
    EXPECT_LE(world_.now() - began, limit) << one.receipt << ": " << describe(done);
    if (done) return;
    const ErrorKind kind = done.error().kind();
    EXPECT_EQ(outcome == Outcome::kUnknown, kind == ErrorKind::kUndetermined) << one.receipt << ": " << describe(done);
    EXPECT_THAT(kind, ::testing::AnyOf(ErrorKind::kUndetermined, ErrorKind::kDeadline, ErrorKind::kCancelled,
                                       ErrorKind::kConflict, ErrorKind::kAborted, ErrorKind::kUnavailable,
                                       ErrorKind::kKeyExists, ErrorKind::kClosed))
        << one.receipt << ": " << describe(done);
  }

  /// Whoever reads after a commit has returned sees it, on any client.
  Task<bool> look_for(const Transfer& one, bool committed) {
    if (!committed || pick(3) != 0) co_return true;
    const Client& reader = any_client();
    const Result<std::uint64_t> now = co_await reader.timestamp().with_timeout(20s);
    if (!now) co_return true;
    const auto found = co_await reader.snapshot(*now).get(one.receipt).with_timeout(20s);
    if (found) {
      EXPECT_TRUE(found->has_value()) << one.receipt << " was committed before the read at " << *now;
    }
    co_return true;
  }

  Task<bool> audit(Client& client) {
    const auto timeout = some_timeout();
    const auto began = world_.now();
    Task<Result<int>> task = pick(2) == 0 ? sum_by_scan(client) : sum_by_keys(client);
    const Result<int> sum = co_await std::move(task).with_timeout(timeout).with_stop(some_stop());
    sim_log(world_, "audit: " + describe(sum));
    EXPECT_LE(world_.now() - began, timeout) << describe(sum);
    if (sum) {
      ++audits_;
      EXPECT_EQ(*sum, total()) << "seen by an audit";
    } else {
      EXPECT_EQ(sum.error().applied(), Applied::kNo);
      EXPECT_THAT(sum.error().kind(), ::testing::AnyOf(ErrorKind::kDeadline, ErrorKind::kCancelled,
                                                       ErrorKind::kUnavailable, ErrorKind::kClosed))
          << describe(sum);
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
    const bool reverse = pick(2) == 0;
    TransactionScan scan =
        reverse ? txn.reverse_scan(KeyRange::all(), {.page = 7}) : txn.scan(KeyRange::all(), {.page = 7});
    const auto pairs = co_await scan.collect().or_return();
    int sum = 0;
    for (const KvPair& pair : pairs) {
      if (pair.key.ends_with("/account")) sum += number(pair.value);
    }
    co_return sum;
  }

  // ---- the end

  std::map<std::string, std::string> read_all() {
    std::map<std::string, std::string> all;
    // A fresh timestamp for each region's worth, so that each lock is met; nobody writes any more.
    for (char c = 'a'; c <= 'z'; ++c) {
      const std::uint64_t now = world_.run(any_client().timestamp()).result.value();
      const KeyRange range = KeyRange::prefix(std::string(1, c));
      const auto pairs = world_.run(any_client().snapshot(now).scan(range).collect()).result;
      EXPECT_TRUE(pairs) << describe(pairs);
      if (!pairs) continue;
      for (const KvPair& pair : *pairs) all.emplace(pair.key, pair.value);
    }
    return all;
  }

  void check() {
    world_.loop.run_for(30s);  // until locks that were left behind have expired
    const std::map<std::string, std::string> all = read_all();
    world_.settle();
    (void)read_all();  // what lay behind the pages of the first reading
    world_.settle();
    EXPECT_THAT(world_.locked_keys(), IsEmpty());

    std::vector<int> balances(accounts_, kMoney);
    for (const auto& [receipt, outcome] : said_) {
      const auto stored = all.find(receipt);
      if (outcome == Outcome::kCommitted) {
        EXPECT_TRUE(stored != all.end()) << receipt << " was said to be committed";
      } else if (outcome == Outcome::kNot) {
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

  std::mt19937_64 random_;
  World world_;
  Chaos chaos_;
  runtime::TimePoint closing_time_{};
  std::size_t accounts_ = 0;
  std::vector<Client*> clients_;
  const Client* closed_ = nullptr;
  int receipts_ = 0;
  std::map<std::string, Outcome> said_;
  std::map<Outcome, int> outcomes_;
  int audits_ = 0;
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kSeeds = 100;
#else
constexpr std::uint64_t kSeeds = 400;
#endif

TEST(BankSim, MoneyAddsUpWhateverHappens) {
  std::map<Outcome, int> outcomes;
  int audits = 0;
  for (const std::uint64_t seed : sim_seeds(kSeeds)) {
    SCOPED_TRACE("to see it again: TIKV_SIM_LOG=1 TIKV_SIM_SEED=" + std::to_string(seed));
    Bank bank(seed);
    bank.run();
    for (const auto& [outcome, count] : bank.outcomes()) outcomes[outcome] += count;
    audits += bank.audits();
    if (HasFailure()) break;
  }
  std::printf("%d transfers committed, %d not, %d undetermined; %d audits\n", outcomes[Outcome::kCommitted],
              outcomes[Outcome::kNot], outcomes[Outcome::kUnknown], audits);
}

}  // namespace
}  // namespace tikv::testing
