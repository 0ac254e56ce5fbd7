#include <tikv/raw.h>

#include <utility>

#include "observe/watch.h"
#include "raw/batch.h"
#include "raw/point.h"
#include "raw/range.h"
#include "raw/scanner.h"
#include "raw/session.h"
#include "route/router.h"
#include "runtime/loop.h"

namespace tikv {

namespace {

using observe::Operation;

/// `task` as a call of a user's, on the session's home.
template <class R>
Task<R> call(const raw::SessionRef& session, Operation operation, Task<R> task) {
  return runtime::run_on(session->home,
                         observe::watch(session->router.observer(), operation, session, std::move(task)));
}

}  // namespace

RawClient RawClient::with_column_family(std::string name) const {
  auto session = std::make_shared<raw::Session>(*session_);
  session->column_family = std::move(name);
  return RawClient(std::move(session));
}

RawClient RawClient::atomic() const {
  auto session = std::make_shared<raw::Session>(*session_);
  session->atomic = true;
  return RawClient(std::move(session));
}

bool RawClient::is_atomic() const noexcept { return session_->atomic; }
const std::string& RawClient::column_family() const noexcept { return session_->column_family; }

Task<Result<std::optional<std::string>>> RawClient::get(std::string key) const {
  return call(session_, Operation::kRawGet, raw::get(session_, std::move(key)));
}

Task<Result<void>> RawClient::put(std::string key, std::string value, RawPutOptions options) const {
  return call(session_, Operation::kRawPut, raw::put(session_, std::move(key), std::move(value), options));
}

Task<Result<void>> RawClient::remove(std::string key) const {
  return call(session_, Operation::kRawRemove, raw::remove(session_, std::move(key)));
}

Task<Result<std::optional<std::chrono::seconds>>> RawClient::get_ttl(std::string key) const {
  return call(session_, Operation::kRawGetTtl, raw::get_ttl(session_, std::move(key)));
}

Task<Result<RawSwap>> RawClient::compare_and_swap(std::string key, std::optional<std::string> expected,
                                                  std::string value, RawPutOptions options) const {
  return call(session_, Operation::kRawCompareAndSwap,
              raw::compare_and_swap(session_, std::move(key), std::move(expected), std::move(value), options));
}

Task<Result<std::vector<std::optional<std::string>>>> RawClient::batch_get(std::vector<std::string> keys) const {
  return call(session_, Operation::kRawBatchGet, raw::batch_get(session_, std::move(keys)));
}

Task<Result<void>> RawClient::batch_put(std::vector<KvPair> pairs, RawPutOptions options) const {
  std::vector<std::chrono::seconds> ttls(pairs.size(), options.ttl);
  return call(session_, Operation::kRawBatchPut, raw::batch_put(session_, std::move(pairs), std::move(ttls)));
}

Task<Result<void>> RawClient::batch_put_with_ttls(std::vector<KvPair> pairs,
                                                  std::vector<std::chrono::seconds> ttls) const {
  return call(session_, Operation::kRawBatchPut, raw::batch_put(session_, std::move(pairs), std::move(ttls)));
}

Task<Result<void>> RawClient::batch_remove(std::vector<std::string> keys) const {
  return call(session_, Operation::kRawBatchRemove, raw::batch_remove(session_, std::move(keys)));
}

RawScan RawClient::scan(KeyRange range, RawScanOptions options) const {
  return RawScan(
      std::make_shared<raw::Scanner>(session_, std::move(range), raw::ScanCursor::Direction::kForward, options));
}

RawScan RawClient::reverse_scan(KeyRange range, RawScanOptions options) const {
  return RawScan(
      std::make_shared<raw::Scanner>(session_, std::move(range), raw::ScanCursor::Direction::kReverse, options));
}

Task<Result<void>> RawClient::remove_range(KeyRange range) const {
  return call(session_, Operation::kRawRemoveRange, raw::remove_range(session_, std::move(range)));
}

Task<Result<RawChecksum>> RawClient::checksum(KeyRange range) const {
  return call(session_, Operation::kRawChecksum, raw::checksum(session_, std::move(range)));
}

Task<Result<std::optional<std::vector<KvPair>>>> RawScan::next() {
  return call(scanner_->session(), scanner_->operation(), raw::Scanner::next(scanner_));
}

Task<Result<std::vector<KvPair>>> RawScan::collect() {
  return call(scanner_->session(), scanner_->operation(), raw::Scanner::collect(scanner_));
}

}  // namespace tikv
