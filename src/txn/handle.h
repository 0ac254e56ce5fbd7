#pragma once

#include <tikv/transaction.h>

#include <memory>

#include "txn/environment.h"
#include "txn/transaction.h"

namespace tikv::txn {

/// What a `tikv::Transaction` holds: the transaction, and what keeps the client's parts alive for it.
struct Handle {
  Handle(std::shared_ptr<void> keep, Environment& environment, std::uint64_t start_ts, TransactionOptions options)
      : keep_alive(std::move(keep)), transaction(environment, start_ts, options) {}

  std::shared_ptr<void> keep_alive;
  Transaction transaction;
};

/// A new transaction, at a fresh timestamp. The task is bound to the environment's loop; `keep_alive` is what the
/// environment belongs to.
Task<Result<tikv::Transaction>> begin(std::shared_ptr<void> keep_alive, Environment& environment,
                                      TransactionOptions options);

/// Begins the transactions of a `transact`, and waits between them.
class TransactHost final : public tikv::detail::TransactHost {
 public:
  TransactHost(std::shared_ptr<void> keep_alive, Environment& environment)
      : keep_alive_(std::move(keep_alive)), environment_(environment) {}

  Task<Result<tikv::Transaction>> begin(TransactionOptions options) override;
  Task<Result<void>> pause(std::uint32_t failures) override;

 private:
  std::shared_ptr<void> keep_alive_;
  Environment& environment_;
};

}  // namespace tikv::txn
