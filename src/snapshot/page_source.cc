#include "snapshot/page_source.h"

#include <tikv/proto/kvrpcpb.pb.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/probe.h"
#include "lock/key_error.h"
#include "route/scan_order.h"

namespace tikv::snapshot {

namespace kvrpcpb = proto::kvrpcpb;

namespace {

// A locked key may be in the lock alone.
std::string_view key_of(const kvrpcpb::KvPair& pair) {
  return pair.has_error() && pair.key().empty() ? pair.error().locked().key() : pair.key();
}

}  // namespace

PageSource::PageSource(Reader& reader, KeyRange range, Direction direction, ScanOptions options)
    : reader_(reader),
      options_(options),
      checked_(check_scan(range, options, reader.environment().router.observer().redaction())),
      cursor_(std::move(range), direction) {}

Task<Result<std::optional<std::vector<KvPair>>>> PageSource::next() {
  if (!checked_) co_return std::unexpected(checked_.error());
  const std::size_t left = options_.limit == 0 ? options_.page : std::min(options_.page, options_.limit - given_);
  while (left > 0 && !cursor_.at_end()) {
    std::vector<KvPair> pairs = co_await read(left).or_return();
    if (pairs.empty()) continue;
    given_ += pairs.size();
    co_return std::optional<std::vector<KvPair>>(std::move(pairs));
  }
  co_return std::optional<std::vector<KvPair>>();
}

Task<Result<std::vector<KvPair>>> PageSource::collect() {
  std::vector<KvPair> all;
  for (;;) {
    std::optional<std::vector<KvPair>> page = co_await next().or_return();
    if (!page) co_return all;
    std::move(page->begin(), page->end(), std::back_inserter(all));
  }
}

Task<Result<std::vector<KvPair>>> PageSource::read(std::size_t count) {
  if (!checked_) co_return std::unexpected(checked_.error());
  route::Retry retry = reader_.environment().router.retry(reader_.environment().patience);
  while (!cursor_.at_end()) {
    std::optional<std::vector<KvPair>> pairs = co_await read(retry, count).or_return();
    if (pairs) co_return std::move(*pairs);
  }
  co_return std::vector<KvPair>();
}

kvrpcpb::ScanRequest PageSource::request_to(const region::Region& region, std::size_t count) const {
  kvrpcpb::ScanRequest request;
  request.set_start_key(cursor_.request_start(reader_.environment().longest_key));
  request.set_end_key(cursor_.limit_in(region));
  request.set_limit(static_cast<std::uint32_t>(count));
  request.set_version(reader_.timestamp());
  request.set_key_only(options_.key_only);
  request.set_reverse(cursor_.direction() == Direction::kReverse);
  reader_.stamp(request);
  return request;
}

// One request; null if it has to be asked again.
Task<Result<std::optional<std::vector<KvPair>>>> PageSource::read(route::Retry& retry, std::size_t count) {
  const bool forward = cursor_.direction() == Direction::kForward;
  route::Router& router = reader_.environment().router;
  std::string position = cursor_.position();
  Task<Result<region::RegionRef>> locating =
      forward ? router.regions().locate(std::move(position)) : router.regions().locate_end(std::move(position));
  const region::RegionRef region = co_await std::move(locating).or_return();

  kvrpcpb::ScanRequest request = request_to(*region, count);
  const route::SendOptions sending{.timeout = route::kReadTimeoutMedium};
  auto reply = co_await router.send_to_region(retry, region, request, sending).or_return();
  TIKV_PROBE_IF(reply.moved, "scan: the region is another one");
  if (reply.moved) co_return std::optional<std::vector<KvPair>>();
  if (reply.response.has_error()) {
    if (!reply.response.error().has_locked()) {
      co_return std::unexpected(retry.annotate(lock::error_of(reply.response.error(), retry.redaction())));
    }
    std::vector<lock::Lock> locks;
    lock::append_locks(reply.response.error().locked(), locks);
    co_await reader_.pass(retry, std::move(locks), false).or_return();
    co_return std::optional<std::vector<KvPair>>();
  }

  const route::ScanQuestion question{request.start_key(), request.end_key(), !forward, count};
  const auto& answer = reply.response.pairs();
  const bool refused = std::ranges::any_of(
      answer, [](const kvrpcpb::KvPair& pair) { return pair.has_error() && !pair.error().has_locked(); });
  if (!refused && !route::answers_scan(answer, question, key_of)) {
    co_return std::unexpected(retry.fail(ErrorKind::kServer, "KvScan: " + std::string(route::kNoScanAnswer)));
  }

  std::vector<KvPair> pairs;
  std::vector<lock::Lock> locks;
  std::vector<std::string> locked;
  std::string last;
  for (kvrpcpb::KvPair& pair : *reply.response.mutable_pairs()) {
    if (!pair.has_error()) {
      last = pair.key();
      pairs.emplace_back(std::move(*pair.mutable_key()), std::move(*pair.mutable_value()));
      continue;
    }
    if (!pair.error().has_locked())
      co_return std::unexpected(retry.annotate(lock::error_of(pair.error(), retry.redaction())));
    last = key_of(pair);
    lock::append_locks(pair.error().locked(), locks);
    locked.push_back(last);
  }
  TIKV_PROBE_IF(!locks.empty(), "scan: some pairs of a page are locked");
  if (!locks.empty()) co_await fill_locked(retry, std::move(locks), std::move(locked), pairs).or_return();
  if (static_cast<std::size_t>(reply.response.pairs_size()) < count) {
    cursor_.leave(*region);
  } else {
    cursor_.pass(std::move(last));
  }
  co_return std::optional<std::vector<KvPair>>(std::move(pairs));
}

// Reads the keys of a page that were locked one by one, and puts those that have a value where they belong.
Task<Result<void>> PageSource::fill_locked(route::Retry& retry, std::vector<lock::Lock> locks,
                                           std::vector<std::string> keys, std::vector<KvPair>& pairs) {
  co_await reader_.pass(retry, std::move(locks), false).or_return();
  std::vector<std::optional<std::string>> values = co_await reader_.batch_get(retry, keys).or_return();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!values[i]) continue;
    std::string value;
    if (!options_.key_only) value = std::move(*values[i]);
    pairs.emplace_back(std::move(keys[i]), std::move(value));
  }
  const bool forward = cursor_.direction() == Direction::kForward;
  std::sort(pairs.begin(), pairs.end(),
            [forward](const KvPair& a, const KvPair& b) { return forward ? a.key < b.key : b.key < a.key; });
  co_return Result<void>();
}

}  // namespace tikv::snapshot
