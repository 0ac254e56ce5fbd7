#pragma once

#include <tikv/client.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "report.h"

namespace quickstart {

/// Accounts with money, and transfers between them that many workers make at once. Whatever happens to the cluster
/// meanwhile, no money is made or lost.
class Bank {
 public:
  static constexpr int kAccounts = 100;
  static constexpr int kWorkers = 32;
  static constexpr std::int64_t kMoneyEach = 1000;

  Bank(tikv::Client& client, std::string prefix) : client_(client), prefix_(std::move(prefix)) {}

  bool open();
  /// Makes `transfers` transfers. `on_progress` is called on this thread, with how many are done, after each tenth.
  bool run(std::uint64_t transfers, const std::function<void(std::uint64_t done)>& on_progress);
  /// Adds up all accounts in one snapshot and says what the work cost.
  bool check_and_report() const;
  bool close_accounts();

  std::string account(int number) const;

 private:
  tikv::Task<tikv::Result<void>> worker(std::uint64_t seed);
  tikv::Task<tikv::Result<void>> transfer(int from, int to, std::int64_t amount);

  tikv::Client& client_;
  std::string prefix_;
  std::uint64_t wanted_ = 0;
  std::atomic<std::uint64_t> started_{0};
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> attempts_{0};
  std::atomic<std::uint64_t> undetermined_{0};
  Clock::duration took_{};
  Latencies latencies_;
};

}  // namespace quickstart
