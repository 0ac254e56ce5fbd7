#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <random>

#include "runtime/wait.h"
#include "sim_fixture.h"

// The bank: transfers between accounts of many workers on two clients, while regions split, leaders move, stores die
// and messages get lost. Nobody may ever see the money not add up, and what a commit said must be so.
namespace tikv::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kAccounts = 12;
constexpr int kMoney = 100;

std::string account(int i) { return std::string(1, static_cast<char>('a' + 2 * i)) + "/account"; }

int amount(const std::optional<std::string>& text) {
  int value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

struct Tally {
  int done = 0;
  int undetermined = 0;
  int failed = 0;
  int audits = 0;
};

class BankTest : public SimTest, public ::testing::WithParamInterface<std::uint64_t> {
 protected:
  BankTest() : SimTest(GetParam()), random_(GetParam()) {}

  Task<void> worker(SimClient* by, int transfers) {
    for (int i = 0; i < transfers; ++i) {
      const int from = static_cast<int>(random_() % kAccounts);
      const int to = static_cast<int>((static_cast<std::uint64_t>(from) + 1 + random_() % (kAccounts - 1)) % kAccounts);
      const int sum = 1 + static_cast<int>(random_() % 10);
      // Each transfer leaves a receipt of its own, which tells later whether it happened.
      const std::string receipt = "receipt/" + std::to_string(++receipts_);
      auto body = [=](Transaction& txn) -> Task<Result<void>> {
        std::string from_key = account(from);
        std::string to_key = account(to);
        const auto from_before = co_await txn.get(from_key).or_return();
        const auto to_before = co_await txn.get(to_key).or_return();
        (void)txn.put(from_key, std::to_string(amount(from_before) - sum));
        (void)txn.put(to_key, std::to_string(amount(to_before) + sum));
        (void)txn.insert(receipt, "");
        co_return Result<void>();
      };
      const TransactOptions options{.max_attempts = 50};
      Task<Result<void>> transfer = detail::transact(by->host(), body, options);
      const bool hurried = random_() % 4 == 0;
      if (hurried) transfer = std::move(transfer).with_timeout(milliseconds(50 + random_() % 500));
      const Result<void> done = co_await std::move(transfer);
      if (done) {
        ++tally_.done;
        expected_.push_back({receipt, true});
      } else if (done.error().kind() == ErrorKind::kUndetermined) {
        ++tally_.undetermined;
      } else {
        ++tally_.failed;
        EXPECT_EQ(done.error().applied(), Applied::kNo) << done.error().to_string();
        expected_.push_back({receipt, false});
      }
    }
  }

  Task<void> auditor(SimClient* by) {
    while (!over_) {
      const Result<std::uint64_t> now = co_await by->pd.get_timestamp();
      if (now) {
        const Snapshot snapshot = by->snapshot_at(*now);
        Result<std::vector<KvPair>> all =
            co_await snapshot.scan(KeyRange("a", "zz")).collect().with_timeout(seconds(1));
        if (all) check_sum(*all);
      }
      if (co_await runtime::sleep(milliseconds(20)) != runtime::Wake::kReady) co_return;
    }
  }

  void check_sum(const std::vector<KvPair>& pairs) {
    int sum = 0;
    for (const KvPair& pair : pairs) {
      if (pair.key.ends_with("/account")) sum += amount(pair.value);
    }
    EXPECT_EQ(sum, kAccounts * kMoney);
    ++tally_.audits;
  }

  /// Splits regions, moves leaders, kills and restarts one store at a time.
  Task<void> trouble() {
    std::uint64_t down = 0;
    while (!over_) {
      if (co_await runtime::sleep(milliseconds(50 + random_() % 300)) != runtime::Wake::kReady) co_return;
      const std::string key = base::encode_bytes(account(static_cast<int>(random_() % kAccounts)));
      switch (random_() % 6) {
        case 0:
          (void)cluster.model().split(key);
          break;
        case 1:
        case 2:
          (void)cluster.model().move_leader(key, 1 + random_() % 3);
          break;
        case 3:
          (void)cluster.model().merge(key);
          break;
        default:
          if (down != 0) {
            (void)cluster.model().restart(cluster::ServerId::store(down));
            down = 0;
          } else {
            down = 1 + random_() % 3;
            (void)cluster.model().kill(cluster::ServerId::store(down));
          }
      }
    }
    if (down != 0) (void)cluster.model().restart(cluster::ServerId::store(down));
  }

  void lose_messages() {
    const FaultKind kinds[] = {FaultKind::kDropRequest, FaultKind::kDropReply, FaultKind::kBreakBefore,
                               FaultKind::kBreakAfter, FaultKind::kDuplicate};
    for (int i = 0; i < 40; ++i) {
      add(fault(i % 3 == 0 ? "KvCommit" : i % 3 == 1 ? "KvPrewrite" : "", kinds[random_() % 5], random_() % 400));
    }
  }

  std::mt19937_64 random_;
  int receipts_ = 0;
  bool over_ = false;
  Tally tally_;
  struct Expected {
    std::string receipt;
    bool there;
  };
  std::vector<Expected> expected_;
};

TEST_P(BankTest, TheMoneyAddsUp) {
  Transaction opening = client.begin();
  for (int i = 0; i < kAccounts; ++i) (void)opening.put(account(i), std::to_string(kMoney));
  ASSERT_TRUE(opening.commit().get().has_value());
  lose_messages();

  runtime::Scope workers(loop);
  runtime::Scope others(loop);
  for (int i = 0; i < 4; ++i) {
    workers.spawn(worker(&client, 20));
    workers.spawn(worker(&other, 20));
  }
  others.spawn(auditor(&other));
  others.spawn(trouble());
  ASSERT_TRUE(loop.run_until([&] { return workers.running() == 0; }));
  over_ = true;
  ASSERT_TRUE(loop.run_until([&] { return others.running() == 0; }));
  cluster.model().faults().clear();
  client.settle();
  other.settle();

  check_sum(client.snapshot().scan(KeyRange("a", "zz")).collect().get().value());
  for (const Expected& expected : expected_) {
    EXPECT_EQ(other.read(expected.receipt).has_value(), expected.there) << expected.receipt;
  }
  EXPECT_GT(tally_.done, 100);
  EXPECT_GT(tally_.audits, 0);
  RecordProperty("done", tally_.done);
  RecordProperty("failed", tally_.failed);
  RecordProperty("undetermined", tally_.undetermined);
}

/// 20, or as many as TIKV_SIM_SEEDS says.
std::uint64_t seeds() {
  const char* const wanted = std::getenv("TIKV_SIM_SEEDS");
  return wanted == nullptr ? 20 : std::strtoull(wanted, nullptr, 10);
}

INSTANTIATE_TEST_SUITE_P(Seeds, BankTest, ::testing::Range<std::uint64_t>(1, seeds() + 1));

}  // namespace
}  // namespace tikv::testing
