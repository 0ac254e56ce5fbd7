#pragma once

#include <tikv/error.h>
#include <tikv/metrics.h>
#include <tikv/task.h>
#include <tikv/when_all.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "region/region_cache.h"
#include "route/retry.h"
#include "route/router.h"

namespace tikv::route {

struct BatchLimits {
  /// A batch is closed when it reaches this size; a single larger item makes a batch of its own (client-go's
  /// TxnCommitBatchSize and rawBatchPutSize).
  std::size_t bytes = 16 * 1024;
  /// Items in one batch.
  std::size_t count = 512;
  /// Batches under way at once.
  std::size_t concurrency = 16;
  /// The first failure stops the batches under way, which are of no use without the one that failed.
  bool failure_stops_others = false;
  /// Told how many regions the items lie in, as it looked at first; null for nobody.
  Histogram* regions = nullptr;
};

/// Items of one region that go in one request.
template <class Item>
struct Batch {
  Batch(region::RegionRef r, std::span<Item> i) : region(std::move(r)), items(i) {}
  region::RegionRef region;
  std::span<Item> items;
};

/// Cuts a run of items into batches by size and count.
template <class Item, class SizeOf>
void split_by_size(const region::RegionRef& region, std::span<Item> items, SizeOf size_of, const BatchLimits& limits,
                   std::vector<Batch<Item>>& out) {
  std::size_t begin = 0;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    bytes += size_of(items[i]);
    const bool full = bytes >= limits.bytes || i + 1 - begin >= limits.count;
    if (!full && i + 1 < items.size()) continue;
    out.emplace_back(region, items.subspan(begin, i + 1 - begin));
    begin = i + 1;
    bytes = 0;
  }
}

/// Groups `items`, which are sorted by key and stay in place, by region, and cuts the groups into batches.
template <class Item, class KeyOf, class SizeOf>
Task<Result<std::vector<Batch<Item>>>> group_by_region(region::RegionCache& regions, std::span<Item> items,
                                                       KeyOf key_of, SizeOf size_of, BatchLimits limits) {
  std::vector<Batch<Item>> batches;
  while (!items.empty()) {
    region::RegionRef region = regions.find(key_of(items.front()));
    if (!region) {
      // What lies ahead is likely to be unknown too: ask for many regions at once.
      if (items.size() > 1) {
        KeyRange ahead(std::string(key_of(items.front())), next_key(key_of(items.back())));
        co_await regions.prefetch(std::move(ahead)).or_return();
      }
      std::string key(key_of(items.front()));
      region = co_await regions.locate(std::move(key)).or_return();
    }
    std::size_t n = 1;
    while (n < items.size() && region->contains(key_of(items[n]))) ++n;
    split_by_size(region, items.first(n), size_of, limits, batches);
    items = items.subspan(n);
  }
  co_return batches;
}

/// All `items` as one batch, if they lie in one region that is known and fit in. Costs no allocation, and most
/// operations are of this kind.
template <class Item, class KeyOf, class SizeOf>
std::optional<Batch<Item>> one_batch(region::RegionCache& regions, std::span<Item> items, KeyOf key_of, SizeOf size_of,
                                     const BatchLimits& limits) {
  if (items.empty() || items.size() > limits.count) return std::nullopt;
  std::size_t before_last = 0;
  for (std::size_t i = 0; i + 1 < items.size(); ++i) before_last += size_of(items[i]);
  if (items.size() > 1 && before_last >= limits.bytes) return std::nullopt;
  region::RegionRef region = regions.find(key_of(items.front()));
  if (!region || !region->contains(key_of(items.back()))) return std::nullopt;
  return Batch<Item>(std::move(region), items);
}

/// In how many regions they are; those of one region follow each other.
template <class Item>
std::size_t region_count(const std::vector<Batch<Item>>& batches) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < batches.size(); ++i) count += i == 0 || batches[i].region != batches[i - 1].region;
  return count;
}

/// `error`, which ended what `retry` was for. An error from looking up where items have gone does not know of the
/// request that may have reached them before they went.
inline Error with_doubt(Error error, const Retry& retry) {
  if (retry.doubt()) error.with_applied(Applied::kUnknown);
  return error;
}

/// Batches on their way: several workers take from one queue.
template <class Item, class KeyOf, class SizeOf, class Work>
struct BatchRun {
  struct Waiting {
    Waiting(Batch<Item> b, Retry r) : batch(std::move(b)), retry(std::move(r)) {}
    Batch<Item> batch;
    Retry retry;  // goes with the items, so that a region that never settles comes to an end
  };

  BatchRun(Router& r, Retry& p, KeyOf k, SizeOf s, BatchLimits l, Work& w)
      : router(r), parent(p), key_of(std::move(k)), size_of(std::move(s)), limits(l), work(w) {}

  Router& router;
  Retry& parent;
  KeyOf key_of;
  SizeOf size_of;
  BatchLimits limits;
  Work& work;
  std::deque<Waiting> queue;
  std::optional<Error> failure;
  std::stop_source stop{std::nostopstate};  // of those under way

  /// Starts with `batches`, and stays until all is done.
  Task<Result<void>> run_all(std::vector<Batch<Item>> batches) {
    if (limits.failure_stops_others && batches.size() > 1) stop = std::stop_source();
    for (Batch<Item>& batch : batches) queue.emplace_back(std::move(batch), parent.fork());
    std::vector<Task<bool>> workers;
    const std::size_t count = std::min(std::max<std::size_t>(limits.concurrency, 1), batches.size());
    for (std::size_t i = 0; i < count; ++i) workers.push_back(run());
    // With a single batch there is nothing to run at once, until it is grouped anew; then it stays one after another.
    co_await when_all(std::move(workers));
    if (failure) co_return std::unexpected(std::move(*failure));
    co_return Result<void>();
  }

  /// One of the workers: until nothing is queued or something failed.
  Task<bool> run() {
    while (!queue.empty() && !failure) {
      Waiting next = std::move(queue.front());
      queue.pop_front();
      Task<Result<bool>> task = work(next.retry, next.batch.region, next.batch.items);
      if (stop.stop_possible()) task = std::move(task).with_stop(stop.get_token());
      Result<bool> moved = co_await std::move(task);
      if (moved && *moved) moved = co_await regroup(next);
      if (!moved) note(std::move(moved).error(), next.retry);
      parent.absorb(next.retry);
    }
    co_return true;
  }

  /// The first error is the result; that a write may have been applied is kept of any.
  void note(Error error, const Retry& own) {
    error = with_doubt(std::move(error), own);
    if (!failure) {
      failure = std::move(error);
      stop.request_stop();
    } else if (error.applied() == Applied::kUnknown) {
      failure->with_applied(Applied::kUnknown);
    }
  }

  Task<Result<bool>> regroup(Waiting& moved) {
    std::vector<Batch<Item>> batches =
        co_await group_by_region(router.regions(), moved.batch.items, key_of, size_of, limits).or_return();
    for (Batch<Item>& batch : batches) queue.emplace_back(std::move(batch), moved.retry.fork());
    co_return true;
  }
};

/// Does `work` for all items, which stay where they are until all is done: sorted by key (which should be different
/// ones: batches with equal keys may run in any order), grouped by region and cut into batches that run at once, at
/// most `limits.concurrency`. A batch whose region moved is grouped anew by itself. After the first error no further
/// batch starts; those under way are waited for, and that error is the result; it says `applied() == kUnknown` if any
/// of them does.
///
/// `work(Retry& retry, region::RegionRef region, std::span<Item> items)` returns `Task<Result<bool>>`: true if the
/// region moved (`Reply::moved`) and nothing was done. Its arguments stay in place until it is done. `key_of(item)`
/// gives a string_view into the item, `size_of(item)` its bytes in a request.
template <class Item, class KeyOf, class SizeOf, class Work>
Task<Result<void>> for_each_batch(Router& router, Retry& retry, std::span<Item> items, KeyOf key_of, SizeOf size_of,
                                  BatchLimits limits, Work work) {
  const auto by_key = [&](const Item& a, const Item& b) { return key_of(a) < key_of(b); };
  if (!std::is_sorted(items.begin(), items.end(), by_key)) std::sort(items.begin(), items.end(), by_key);
  if (std::optional<Batch<Item>> only = one_batch(router.regions(), items, key_of, size_of, limits)) {
    if (limits.regions != nullptr) limits.regions->observe(1);
    limits.regions = nullptr;
    Result<bool> moved = co_await work(retry, std::move(only->region), only->items);
    if (!moved) co_return std::unexpected(with_doubt(std::move(moved).error(), retry));
    if (!*moved) co_return Result<void>();
  }
  Result<std::vector<Batch<Item>>> batches = co_await group_by_region(router.regions(), items, key_of, size_of, limits);
  if (!batches) co_return std::unexpected(with_doubt(std::move(batches).error(), retry));
  if (limits.regions != nullptr) limits.regions->observe(static_cast<double>(region_count(*batches)));
  BatchRun<Item, KeyOf, SizeOf, Work> run(router, retry, key_of, size_of, limits, work);
  co_return co_await run.run_all(std::move(*batches));
}

}  // namespace tikv::route
