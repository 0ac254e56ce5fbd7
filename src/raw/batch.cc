#include "raw/batch.h"

#include <tikv/proto/kvrpcpb.pb.h>

#include <algorithm>
#include <span>
#include <utility>

#include "proto/tikv_methods.h"
#include "raw/answer.h"
#include "raw/check.h"
#include "raw/last_of_each.h"
#include "route/batches.h"
#include "route/retry.h"
#include "route/router.h"

namespace tikv::raw {
namespace {

namespace pb = proto::kvrpcpb;

struct PutItem {
  std::string key;
  std::string value;
  std::uint64_t ttl = 0;
};

/// A key that is asked for, and where it stands in the caller's list.
struct GetItem {
  std::string key;
  std::size_t index = 0;
};

constexpr auto kKeyOf = [](const auto& item) -> const std::string& { return item.key; };

route::BatchLimits limits_of_puts(const RawLimits& limits) {
  return {.bytes = limits.batch_bytes, .count = SIZE_MAX, .concurrency = limits.concurrency};
}
route::BatchLimits limits_of_keys(const RawLimits& limits) {
  return {.bytes = SIZE_MAX, .count = limits.batch_keys, .concurrency = limits.concurrency};
}

/// A batch that failed after another was done has been applied in part.
Result<void> whole(Result<void> result, bool any_done) {
  if (!result && any_done) result.error().with_applied(Applied::kUnknown);
  return result;
}

/// Puts the values of a response where the caller's keys stand. `items` are in order and without equals.
void place(pb::RawBatchGetResponse& response, std::span<GetItem> items,
           std::vector<std::optional<std::string>>& values) {
  for (auto& pair : *response.mutable_pairs()) {
    const auto item = std::ranges::lower_bound(items, pair.key(), {}, &GetItem::key);
    if (item != items.end() && item->key == pair.key()) values[item->index] = std::move(*pair.mutable_value());
  }
}

}  // namespace

Task<Result<std::vector<std::optional<std::string>>>> batch_get(SessionRef session, std::vector<std::string> keys) {
  co_await check_open(*session);
  for (const std::string& key : keys) co_await check_key(*session, key);
  std::vector<std::optional<std::string>> values(keys.size());
  std::vector<GetItem> items(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    items[i].key = std::move(keys[i]);
    items[i].index = i;
  }
  std::ranges::sort(items, {}, &GetItem::key);
  // Of a key that is asked for more than once, one is sent and the others copy.
  std::vector<std::pair<std::size_t, std::size_t>> copies;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (kept > 0 && items[kept - 1].key == items[i].key) {
      copies.emplace_back(items[i].index, items[kept - 1].index);
    } else if (kept++ != i) {
      items[kept - 1] = std::move(items[i]);
    }
  }
  items.resize(kept);

  route::Retry retry = session->router.retry(session->budget);
  auto work = [&](route::Retry& own, region::RegionRef region, std::span<GetItem> batch) -> Task<Result<bool>> {
    pb::RawBatchGetRequest request;
    for (const GetItem& item : batch) request.add_keys(item.key);
    request.set_cf(session->column_family);
    auto reply = co_await session->router.send_to_region(own, std::move(region), request, {}).or_return();
    if (reply.moved) co_return true;
    if (const auto text = error_in(reply.response.pairs()); !text.empty()) {
      co_return std::unexpected(read_error(own, "RawBatchGet", text));
    }
    place(reply.response, batch, values);
    co_return false;
  };
  const auto limits = limits_of_keys(session->limits);
  const auto size_of = [](const GetItem& item) { return item.key.size(); };
  co_await route::for_each_batch(session->router, retry, std::span(items), kKeyOf, size_of, limits, work).or_return();
  for (const auto& [to, from] : copies) values[to] = values[from];
  co_return std::move(values);
}

Task<Result<void>> batch_put(SessionRef session, std::vector<KvPair> pairs, std::vector<std::chrono::seconds> ttls) {
  co_await check_open(*session);
  if (ttls.size() != pairs.size()) {
    co_return std::unexpected(Error(ErrorKind::kInvalidArgument, std::to_string(pairs.size()) + " pairs came with " +
                                                                     std::to_string(ttls.size()) + " TTLs"));
  }
  for (const KvPair& pair : pairs) co_await check_entry(*session, pair.key, pair.value);
  for (const auto ttl : ttls) co_await check_ttl(ttl);
  std::vector<PutItem> items(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    items[i].key = std::move(pairs[i].key);
    items[i].value = std::move(pairs[i].value);
    items[i].ttl = static_cast<std::uint64_t>(ttls[i].count());
  }
  keep_last_of_each(items, kKeyOf);

  route::Retry retry = session->router.retry(session->budget);
  route::SendOptions options;
  options.idempotent = !session->atomic;
  bool any_done = false;
  auto work = [&](route::Retry& own, region::RegionRef region, std::span<PutItem> batch) -> Task<Result<bool>> {
    pb::RawBatchPutRequest request;
    for (const PutItem& item : batch) {
      auto& pair = *request.add_pairs();
      pair.set_key(item.key);
      pair.set_value(item.value);
      request.add_ttls(item.ttl);
    }
    request.set_cf(session->column_family);
    request.set_for_cas(session->atomic);
    const auto reply = co_await session->router.send_to_region(own, std::move(region), request, options).or_return();
    if (reply.moved) co_return true;
    if (!reply.response.error().empty()) {
      co_return std::unexpected(write_error(own, "RawBatchPut", reply.response.error(), reply.maybe_sent_before));
    }
    any_done = true;
    co_return false;
  };
  const auto limits = limits_of_puts(session->limits);
  const auto size_of = [](const PutItem& item) { return item.key.size() + item.value.size(); };
  auto put = co_await route::for_each_batch(session->router, retry, std::span(items), kKeyOf, size_of, limits, work);
  co_return whole(std::move(put), any_done);
}

Task<Result<void>> batch_remove(SessionRef session, std::vector<std::string> keys) {
  co_await check_open(*session);
  for (const std::string& key : keys) co_await check_key(*session, key);
  keep_last_of_each(keys, std::identity{});

  route::Retry retry = session->router.retry(session->budget);
  route::SendOptions options;
  options.idempotent = !session->atomic;
  bool any_done = false;
  auto work = [&](route::Retry& own, region::RegionRef region, std::span<std::string> batch) -> Task<Result<bool>> {
    pb::RawBatchDeleteRequest request;
    for (const std::string& key : batch) request.add_keys(key);
    request.set_cf(session->column_family);
    request.set_for_cas(session->atomic);
    const auto reply = co_await session->router.send_to_region(own, std::move(region), request, options).or_return();
    if (reply.moved) co_return true;
    if (!reply.response.error().empty()) {
      co_return std::unexpected(write_error(own, "RawBatchDelete", reply.response.error(), reply.maybe_sent_before));
    }
    any_done = true;
    co_return false;
  };
  const auto limits = limits_of_keys(session->limits);
  const auto size_of = [](const std::string& key) { return key.size(); };
  auto removed =
      co_await route::for_each_batch(session->router, retry, std::span(keys), std::identity{}, size_of, limits, work);
  co_return whole(std::move(removed), any_done);
}

}  // namespace tikv::raw
