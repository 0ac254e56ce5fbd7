#include "txn/transaction.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "runtime/frame_allocator.h"
#include "txn/committer.h"

namespace tikv::txn {

Transaction::Transaction(Environment& environment, std::uint64_t start_ts, TransactionOptions options)
    : environment_(environment),
      options_(options),
      began_(environment.loop.recent()),
      reader_(environment.reads(), start_ts, SnapshotOptions{.priority = options.priority}),
      writes_(environment.limits, environment.router.observer().redaction()) {}

Result<void> Transaction::check_active() const {
  if (!ended_) return {};
  return std::unexpected(Error(ErrorKind::kClosed, "the transaction has ended"));
}

Result<void> Transaction::put(std::string key, std::string value) {
  if (Result<void> active = check_active(); !active) return active;
  return writes_.put(std::move(key), std::move(value));
}

Result<void> Transaction::insert(std::string key, std::string value) {
  if (Result<void> active = check_active(); !active) return active;
  return writes_.insert(std::move(key), std::move(value));
}

Result<void> Transaction::remove(std::string key) {
  if (Result<void> active = check_active(); !active) return active;
  return writes_.remove(std::move(key));
}

Task<Result<std::optional<std::string>>> Transaction::get(std::string key) {
  co_await check_active();
  if (const Write* own = writes_.find(key)) co_return own->value;
  co_return co_await reader_.get(std::move(key));
}

Task<Result<std::vector<std::optional<std::string>>>> Transaction::batch_get(std::vector<std::string> keys) {
  co_await check_active();
  std::vector<std::optional<std::string>> values(keys.size());
  std::vector<std::string> others;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (const Write* own = writes_.find(keys[i])) {
      values[i] = own->value;
    } else {
      others.push_back(std::move(keys[i]));
      places.push_back(i);
    }
  }
  std::vector<std::optional<std::string>> stored = co_await reader_.batch_get(std::move(others)).or_return();
  for (std::size_t i = 0; i < places.size(); ++i) values[places[i]] = std::move(stored[i]);
  co_return values;
}

Task<Result<Committed>> Transaction::commit([[maybe_unused]] std::shared_ptr<const void> keep) {
  co_await environment_.check_open();
  co_await check_active();
  ended_ = true;
  if (writes_.refused()) co_return std::unexpected(*writes_.refused());
  const std::uint64_t start = start_ts();
  if (writes_.empty()) co_return Committed{.start_ts = start, .commit_ts = start};
  // By the clock itself: locks that are given too little time are taken for abandoned.
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(environment_.loop.now() - began_);
  CommitPlan plan(writes_.take());
  const auto committer = std::allocate_shared<Committer>(runtime::FrameAllocator<Committer>(), environment_, start,
                                                         std::move(plan), options_, elapsed);
  Result<Committed> committed = co_await committer->run();
  committer->report(committed);
  co_return committed;
}

Task<Result<void>> Transaction::rollback() {
  co_await check_active();
  ended_ = true;
  (void)writes_.take();
  co_return Result<void>();
}

MergedScan::MergedScan(Transaction& transaction, KeyRange range, snapshot::Direction direction, ScanOptions options)
    : transaction_(transaction),
      options_(options),
      stored_(transaction.reader(), range, direction, options),
      merge_(std::move(range), direction, options.key_only) {}

Task<Result<std::optional<std::vector<KvPair>>>> MergedScan::next() {
  co_await transaction_.check_active();
  co_await Result<void>(stored_.check());
  const std::size_t left = options_.limit == 0 ? options_.page : std::min(options_.page, options_.limit - given_);
  while (left > 0) {
    std::vector<KvPair> page = merge_.take(transaction_.writes(), left);
    if (!page.empty()) {
      given_ += page.size();
      co_return std::optional<std::vector<KvPair>>(std::move(page));
    }
    if (merge_.at_end()) break;
    std::vector<KvPair> pairs = co_await stored_.read(left).or_return();
    merge_.feed(std::move(pairs), stored_.cursor().position());
    if (stored_.cursor().at_end()) merge_.feed_end();
  }
  co_return std::optional<std::vector<KvPair>>();
}

Task<Result<std::vector<KvPair>>> MergedScan::collect() {
  std::vector<KvPair> all;
  for (;;) {
    std::optional<std::vector<KvPair>> page = co_await next().or_return();
    if (!page) co_return all;
    std::move(page->begin(), page->end(), std::back_inserter(all));
  }
}

}  // namespace tikv::txn
