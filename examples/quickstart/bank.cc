#include "bank.h"

#include <charconv>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <random>

namespace quickstart {
namespace {

using namespace std::chrono_literals;

bool failed(const char* what, const tikv::Error& error) {
  std::printf("%s failed: %s\n", what, error.to_string().c_str());
  return false;
}

std::int64_t money(const std::optional<std::string>& value) {
  std::int64_t amount = 0;
  if (value) std::from_chars(value->data(), value->data() + value->size(), amount);
  return amount;
}

}  // namespace

std::string Bank::account(int number) const {
  char digits[8];
  std::snprintf(digits, sizeof digits, "%05d", number);
  return prefix_ + digits;
}

bool Bank::open() {
  auto opened = client_
                    .transact([&](tikv::Transaction& txn) -> tikv::Task<tikv::Result<void>> {
                      for (int i = 0; i < kAccounts; ++i) {
                        auto put = txn.put(account(i), std::to_string(kMoneyEach));
                        if (!put) co_return put;
                      }
                      co_return {};
                    })
                    .get();
  return opened || failed("opening the accounts", opened.error());
}

tikv::Task<tikv::Result<void>> Bank::transfer(int from, int to, std::int64_t amount) {
  auto body = [&](tikv::Transaction& txn) -> tikv::Task<tikv::Result<void>> {
    attempts_.fetch_add(1, std::memory_order_relaxed);
    const auto source = co_await txn.get(account(from)).or_return();
    const auto target = co_await txn.get(account(to)).or_return();
    const std::int64_t moved = std::min(amount, money(source));
    auto put = txn.put(account(from), std::to_string(money(source) - moved));
    if (put) put = txn.put(account(to), std::to_string(money(target) + moved));
    co_return put;
  };
  co_return co_await client_.transact(body, {.max_attempts = 1000}).with_timeout(60s);
}

tikv::Task<tikv::Result<void>> Bank::worker(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  while (started_.fetch_add(1) < wanted_) {
    const int from = static_cast<int>(random() % kAccounts);
    const int to = static_cast<int>((from + 1 + static_cast<int>(random() % (kAccounts - 1))) % kAccounts);
    const auto start = Clock::now();
    const auto result = co_await transfer(from, to, static_cast<std::int64_t>(random() % 50));
    if (!result && result.error().kind() == tikv::ErrorKind::kUndetermined) {
      undetermined_.fetch_add(1);  // the money still adds up: a transfer happens as a whole or not at all
    } else if (!result) {
      co_return std::unexpected(result.error());
    }
    latencies_.add(Clock::now() - start);
    done_.fetch_add(1);
  }
  co_return {};
}

bool Bank::run(std::uint64_t transfers, const std::function<void(std::uint64_t)>& on_progress) {
  wanted_ = transfers;
  const auto start = Clock::now();
  std::mutex mutex;
  std::condition_variable changed;
  int running = kWorkers;
  std::optional<tikv::Error> error;
  for (int i = 0; i < kWorkers; ++i) {
    worker(static_cast<std::uint64_t>(i) + 1).start([&](tikv::Result<void> result) {
      const std::lock_guard lock(mutex);
      if (!result) error = result.error();
      --running;
      changed.notify_one();
    });
  }
  std::uint64_t next = transfers / 10;
  std::unique_lock lock(mutex);
  while (running > 0) {
    changed.wait_for(lock, 20ms);
    if (done_.load() >= next) {
      const std::uint64_t done = done_.load();
      next += transfers / 10;
      lock.unlock();
      on_progress(done);
      lock.lock();
    }
  }
  took_ = Clock::now() - start;
  return !error || failed("a transfer", *error);
}

bool Bank::check_and_report() const {
  auto ts = client_.timestamp().get();
  if (!ts) return failed("asking for a timestamp", ts.error());
  std::vector<std::string> keys;
  for (int i = 0; i < kAccounts; ++i) keys.push_back(account(i));
  const auto values = client_.snapshot(*ts).batch_get(keys).get();
  if (!values) return failed("reading the accounts", values.error());
  std::int64_t sum = 0;
  for (const auto& value : *values) sum += money(value);

  const std::uint64_t done = done_.load();
  std::printf("%llu transfers, %.0f per second, %llu run again after a conflict or an error, %llu of unknown outcome\n",
              static_cast<unsigned long long>(done), per_second(done, took_),
              static_cast<unsigned long long>(attempts_.load() - done),
              static_cast<unsigned long long>(undetermined_.load()));
  std::printf("  %s\n", latencies_.to_string().c_str());
  const bool right = sum == kAccounts * kMoneyEach;
  std::printf("the accounts hold %lld of %lld: %s\n", static_cast<long long>(sum),
              static_cast<long long>(kAccounts * kMoneyEach), right ? "the money adds up" : "MONEY WAS MADE OR LOST");
  return right;
}

bool Bank::close_accounts() {
  auto closed = client_
                    .transact([&](tikv::Transaction& txn) -> tikv::Task<tikv::Result<void>> {
                      for (int i = 0; i < kAccounts; ++i) {
                        auto removed = txn.remove(account(i));
                        if (!removed) co_return removed;
                      }
                      co_return {};
                    })
                    .get();
  return closed || failed("closing the accounts", closed.error());
}

}  // namespace quickstart
