#include <tikv/snapshot.h>

#include <iterator>
#include <utility>

#include "observe/watch.h"
#include "snapshot/handle.h"
#include "snapshot/page_source.h"

namespace tikv {
namespace {

using observe::Operation;
using snapshot::Handle;
using snapshot::PageSource;

/// `task`, on the loop unless the client is closed. Keeps what the task works with until it is done.
template <class R>
Task<R> while_open(std::shared_ptr<Handle> handle, [[maybe_unused]] std::shared_ptr<void> also, Task<R> task) {
  co_await handle->reader.environment().check_open();
  co_return co_await std::move(task);
}

template <class R>
Task<R> on_loop(const std::shared_ptr<Handle>& handle, Operation operation, std::shared_ptr<void> also, Task<R> task) {
  auto call = while_open(handle, std::move(also), std::move(task));
  const observe::Observer& observer = handle->reader.environment().router.observer();
  return runtime::run_on(handle->reader.home(), observe::watch(observer, operation, handle, std::move(call)));
}

SnapshotScan scan_of(const std::shared_ptr<Handle>& handle, KeyRange range, snapshot::Direction direction,
                     ScanOptions options) {
  auto pages = std::make_shared<PageSource>(handle->reader, std::move(range), direction, options);
  return SnapshotScan(handle, std::move(pages));
}

}  // namespace

Snapshot::Snapshot(std::shared_ptr<Handle> handle) noexcept : handle_(std::move(handle)) {}

std::uint64_t Snapshot::timestamp() const noexcept { return handle_->reader.timestamp(); }

// Without `while_open`, which would cost what is left to save here: the reader checks that itself.
Task<Result<std::optional<std::string>>> Snapshot::get(std::string key) const {
  const observe::Observer& observer = handle_->reader.environment().router.observer();
  auto call = handle_->reader.get(std::move(key), handle_);
  return runtime::run_on(handle_->reader.home(),
                         observe::watch(observer, Operation::kSnapshotGet, handle_, std::move(call)));
}

Task<Result<std::vector<std::optional<std::string>>>> Snapshot::batch_get(std::vector<std::string> keys) const {
  return on_loop(handle_, Operation::kSnapshotBatchGet, nullptr, handle_->reader.batch_get(std::move(keys)));
}

SnapshotScan Snapshot::scan(KeyRange range, ScanOptions options) const {
  return scan_of(handle_, std::move(range), snapshot::Direction::kForward, options);
}

SnapshotScan Snapshot::reverse_scan(KeyRange range, ScanOptions options) const {
  return scan_of(handle_, std::move(range), snapshot::Direction::kReverse, options);
}

SnapshotScan::SnapshotScan(std::shared_ptr<Handle> handle, std::shared_ptr<PageSource> pages) noexcept
    : handle_(std::move(handle)), pages_(std::move(pages)) {}

Task<Result<std::optional<std::vector<KvPair>>>> SnapshotScan::next() {
  return on_loop(handle_, Operation::kSnapshotScan, pages_, pages_->next());
}

Task<Result<std::vector<KvPair>>> SnapshotScan::collect() {
  return on_loop(handle_, Operation::kSnapshotScan, pages_, pages_->collect());
}

}  // namespace tikv
