#include <tikv/snapshot.h>

#include <utility>

#include "snapshot/handle.h"
#include "snapshot/page_source.h"

namespace tikv {
namespace {

// On the loop. The handle in the coroutine keeps everything alive until the call is over.

Task<Result<std::optional<std::string>>> get_of(std::shared_ptr<snapshot::Handle> handle, std::string key) {
  co_return co_await handle->reader.get(std::move(key));
}

Task<Result<std::vector<std::optional<std::string>>>> batch_get_of(std::shared_ptr<snapshot::Handle> handle,
                                                                   std::vector<std::string> keys) {
  co_return co_await handle->reader.batch_get(std::move(keys));
}

Task<Result<std::optional<std::vector<KvPair>>>> next_of([[maybe_unused]] std::shared_ptr<snapshot::Handle> handle,
                                                         std::shared_ptr<snapshot::PageSource> pages) {
  co_return co_await pages->next();
}

Task<Result<std::vector<KvPair>>> collect_of([[maybe_unused]] std::shared_ptr<snapshot::Handle> handle,
                                             std::shared_ptr<snapshot::PageSource> pages) {
  std::vector<KvPair> all;
  for (;;) {
    std::optional<std::vector<KvPair>> page = co_await pages->next().or_return();
    if (!page) co_return all;
    std::move(page->begin(), page->end(), std::back_inserter(all));
  }
}

SnapshotScan scan_of(const std::shared_ptr<snapshot::Handle>& handle, KeyRange range, snapshot::Direction direction,
                     ScanOptions options) {
  auto pages = std::make_shared<snapshot::PageSource>(handle->reader, std::move(range), direction, options);
  return SnapshotScan(handle, std::move(pages));
}

}  // namespace

Snapshot::Snapshot(std::shared_ptr<snapshot::Handle> handle) noexcept : handle_(std::move(handle)) {}

std::uint64_t Snapshot::timestamp() const noexcept { return handle_->reader.timestamp(); }

Task<Result<std::optional<std::string>>> Snapshot::get(std::string key) const {
  return runtime::run_on(handle_->reader.loop(), get_of(handle_, std::move(key)));
}

Task<Result<std::vector<std::optional<std::string>>>> Snapshot::batch_get(std::vector<std::string> keys) const {
  return runtime::run_on(handle_->reader.loop(), batch_get_of(handle_, std::move(keys)));
}

SnapshotScan Snapshot::scan(KeyRange range, ScanOptions options) const {
  return scan_of(handle_, std::move(range), snapshot::Direction::kForward, options);
}

SnapshotScan Snapshot::reverse_scan(KeyRange range, ScanOptions options) const {
  return scan_of(handle_, std::move(range), snapshot::Direction::kReverse, options);
}

SnapshotScan::SnapshotScan(std::shared_ptr<snapshot::Handle> handle,
                           std::shared_ptr<snapshot::PageSource> pages) noexcept
    : handle_(std::move(handle)), pages_(std::move(pages)) {}

Task<Result<std::optional<std::vector<KvPair>>>> SnapshotScan::next() {
  return runtime::run_on(handle_->reader.loop(), next_of(handle_, pages_));
}

Task<Result<std::vector<KvPair>>> SnapshotScan::collect() {
  return runtime::run_on(handle_->reader.loop(), collect_of(handle_, pages_));
}

}  // namespace tikv
