#include <tikv/transaction.h>

#include <utility>

#include "observe/watch.h"
#include "txn/handle.h"

namespace tikv {
namespace {

using observe::Operation;
using txn::Handle;

/// `task`, on the loop unless the client is closed. Keeps what the task works with until it is done.
template <class R>
Task<R> while_open(std::shared_ptr<Handle> handle, [[maybe_unused]] std::shared_ptr<void> also, Task<R> task) {
  co_await handle->transaction.environment().check_open();
  co_return co_await std::move(task);
}

template <class R>
Task<R> on_loop(const std::shared_ptr<Handle>& handle, Operation operation, std::shared_ptr<void> also, Task<R> task) {
  txn::Environment& environment = handle->transaction.environment();
  auto call = while_open(handle, std::move(also), std::move(task));
  return runtime::run_on(environment.home,
                         observe::watch(environment.router.observer(), operation, handle, std::move(call)));
}

/// Off the loop: what is known without asking anybody.
Task<Result<std::optional<std::string>>> at_hand(std::optional<std::string> value) { co_return value; }

TransactionScan scan_of(const std::shared_ptr<Handle>& handle, KeyRange range, snapshot::Direction direction,
                        ScanOptions options) {
  auto scan = std::make_shared<txn::MergedScan>(handle->transaction, std::move(range), direction, options);
  return TransactionScan(handle, std::move(scan));
}

}  // namespace

Transaction::Transaction(std::shared_ptr<Handle> handle) noexcept : handle_(std::move(handle)) {}
Transaction::Transaction(Transaction&&) noexcept = default;
Transaction& Transaction::operator=(Transaction&&) noexcept = default;
Transaction::~Transaction() = default;

std::uint64_t Transaction::start_ts() const noexcept { return handle_->transaction.start_ts(); }

Task<Result<std::optional<std::string>>> Transaction::get(std::string key) const {
  if (handle_->transaction.check_active()) {
    if (const txn::Write* own = handle_->transaction.writes().find(key)) return at_hand(own->value);
  }
  return on_loop(handle_, Operation::kTxnGet, nullptr, handle_->transaction.get(std::move(key)));
}

Task<Result<std::vector<std::optional<std::string>>>> Transaction::batch_get(std::vector<std::string> keys) const {
  return on_loop(handle_, Operation::kTxnBatchGet, nullptr, handle_->transaction.batch_get(std::move(keys)));
}

TransactionScan Transaction::scan(KeyRange range, ScanOptions options) const {
  return scan_of(handle_, std::move(range), snapshot::Direction::kForward, options);
}

TransactionScan Transaction::reverse_scan(KeyRange range, ScanOptions options) const {
  return scan_of(handle_, std::move(range), snapshot::Direction::kReverse, options);
}

Result<void> Transaction::put(std::string key, std::string value) {
  return handle_->transaction.put(std::move(key), std::move(value));
}

Result<void> Transaction::insert(std::string key, std::string value) {
  return handle_->transaction.insert(std::move(key), std::move(value));
}

Result<void> Transaction::remove(std::string key) { return handle_->transaction.remove(std::move(key)); }

std::size_t Transaction::write_count() const noexcept { return handle_->transaction.writes().size(); }
std::size_t Transaction::write_bytes() const noexcept { return handle_->transaction.writes().bytes(); }

Task<Result<Committed>> Transaction::commit() {
  txn::Environment& environment = handle_->transaction.environment();
  auto call = handle_->transaction.commit(handle_);
  return runtime::run_on(
      environment.home, observe::watch(environment.router.observer(), Operation::kTxnCommit, handle_, std::move(call)));
}

Task<Result<void>> Transaction::rollback() {
  return on_loop(handle_, Operation::kTxnRollback, nullptr, handle_->transaction.rollback());
}

TransactionScan::TransactionScan(std::shared_ptr<Handle> handle, std::shared_ptr<txn::MergedScan> scan) noexcept
    : handle_(std::move(handle)), scan_(std::move(scan)) {}

Task<Result<std::optional<std::vector<KvPair>>>> TransactionScan::next() {
  return on_loop(handle_, Operation::kTxnScan, scan_, scan_->next());
}

Task<Result<std::vector<KvPair>>> TransactionScan::collect() {
  return on_loop(handle_, Operation::kTxnScan, scan_, scan_->collect());
}

}  // namespace tikv
