#include <algorithm>
#include <utility>

#include "testkit/store/answers.h"
#include "testkit/store/kv_store.h"

namespace tikv::testing::store {

using namespace proto::kvrpcpb;

namespace {

std::vector<std::string> strings(const google::protobuf::RepeatedPtrField<std::string>& keys) {
  return {keys.begin(), keys.end()};
}

/// One time to live holds for all pairs; none lives forever.
std::vector<std::uint64_t> ttls_of(const RawBatchPutRequest& request) {
  const auto pairs = static_cast<std::size_t>(request.pairs_size());
  if (request.ttls().empty()) return std::vector<std::uint64_t>(pairs, 0);
  if (request.ttls_size() == 1) return std::vector<std::uint64_t>(pairs, request.ttls(0));
  return {request.ttls().begin(), request.ttls().end()};
}

void add_pairs(google::protobuf::RepeatedPtrField<KvPair>& out, std::vector<RawPair> pairs) {
  for (RawPair& pair : pairs) {
    KvPair& added = *out.Add();
    added.set_key(std::move(pair.key));
    added.set_value(std::move(pair.value));
  }
}

/// A failed scan is told in a pair.
template <class Response>
void answer_scan(Response& response, Outcome<std::vector<RawPair>> pairs) {
  if (pairs) {
    add_pairs(*response.mutable_kvs(), *std::move(pairs));
  } else if (pairs.error().kind == FailureKind::kRegion) {
    *response.mutable_region_error() = std::move(pairs.error().region_error);
  } else {
    *response.add_kvs()->mutable_error() = std::move(pairs.error().key_error);
  }
}

template <class Response>
Response answer_write(Outcome<void> done) {
  Response response;
  if (!done) set_failure_text(response, std::move(done.error()));
  return response;
}

/// The end of a range of a batch, where an empty one is the next range's start, or unbounded for the last.
std::string end_of(const RawBatchScanRequest& request, int index) {
  const KeyRange& range = request.ranges(index);
  if (!range.end_key().empty() || index + 1 == request.ranges_size()) return range.end_key();
  return request.ranges(index + 1).start_key();
}

bool ranges_are_ordered(const RawBatchScanRequest& request) {
  for (int i = 0; i < request.ranges_size(); ++i) {
    const std::string& start = request.ranges(i).start_key();
    const std::string end = end_of(request, i);
    if (end.empty()) continue;
    if (request.reverse() ? start <= end : start >= end) return false;
  }
  return true;
}

auto key_too_large(std::size_t size, std::size_t limit) {
  return aborted("max key size exceeded, size: " + std::to_string(size) + ", limit: " + std::to_string(limit));
}

}  // namespace

std::optional<std::unexpected<Failure>> KvStore::check_raw_key(const Context& context, const std::string& key) const {
  if (auto failure = check_api(options_.api, context.api_version(), CommandData::kRaw, key)) return failure;
  return std::nullopt;
}

RawGetResponse KvStore::handle(const RegionView& region, const RawGetRequest& request) {
  RawGetResponse response;
  if (auto failure = check_raw_key(request.context(), request.key())) {
    set_failure_text(response, std::move(failure->error()));
    return response;
  }
  Outcome<std::optional<std::string>> value = raw_.get(region, request.cf(), request.key());
  if (!value) {
    set_failure_text(response, std::move(value.error()));
  } else if (*value) {
    response.set_value(**std::move(value));
  } else {
    response.set_not_found(true);
  }
  return response;
}

RawBatchGetResponse KvStore::handle(const RegionView& region, const RawBatchGetRequest& request) {
  RawBatchGetResponse response;
  std::optional<std::unexpected<Failure>> refused;
  for (const std::string& key : request.keys()) {
    if (!refused) refused = check_raw_key(request.context(), key);
  }
  if (Outcome<std::string> family = raw_.family(request.cf()); !refused && !family) refused = failed(family);
  if (refused) {
    *response.add_pairs()->mutable_error() = std::move(refused->error().key_error);
    return response;
  }
  for (const std::string& key : request.keys()) {
    Outcome<std::optional<std::string>> value = raw_.get(region, request.cf(), key);
    if (!value) {
      *response.add_pairs()->mutable_error() = std::move(value.error().key_error);
    } else if (*value) {
      KvPair& pair = *response.add_pairs();
      pair.set_key(key);
      pair.set_value(**std::move(value));
    }
  }
  return response;
}

Outcome<void> KvStore::raw_put(const RegionView& region, const Context& context, const std::string& cf,
                               const std::vector<RawPair>& pairs, bool atomic) {
  for (const RawPair& pair : pairs) {
    if (auto failure = check_raw_key(context, pair.key)) return *std::move(failure);
    if (!atomic && pair.key.size() > options_.max_key_bytes)
      return key_too_large(pair.key.size(), options_.max_key_bytes);
    if (pair.ttl != 0 && !raw_.has_ttl()) return aborted("ttl is not enabled, but get put request with ttl");
  }
  if (Outcome<std::string> family = raw_.family(cf); !family) return failed(family);
  if (pairs.empty() && !atomic) return aborted("an empty request");
  return raw_.put(region, cf, pairs);
}

RawPutResponse KvStore::handle(const RegionView& region, const RawPutRequest& request) {
  const std::vector<RawPair> pairs{{.key = request.key(), .value = request.value(), .ttl = request.ttl()}};
  return answer_write<RawPutResponse>(raw_put(region, request.context(), request.cf(), pairs, request.for_cas()));
}

RawBatchPutResponse KvStore::handle(const RegionView& region, const RawBatchPutRequest& request) {
  const std::vector<std::uint64_t> ttls = ttls_of(request);
  if (raw_.has_ttl() && ttls.size() != static_cast<std::size_t>(request.pairs_size())) {
    return answer_write<RawBatchPutResponse>(aborted("The length of ttls does not equal to the length of pairs"));
  }
  std::vector<RawPair> pairs;
  for (int i = 0; i < std::min(request.pairs_size(), static_cast<int>(ttls.size())); ++i) {
    pairs.push_back(
        {.key = request.pairs(i).key(), .value = request.pairs(i).value(), .ttl = ttls[static_cast<std::size_t>(i)]});
  }
  return answer_write<RawBatchPutResponse>(raw_put(region, request.context(), request.cf(), pairs, request.for_cas()));
}

Outcome<void> KvStore::raw_delete(const RegionView& region, const Context& context, const std::string& cf,
                                  const std::vector<std::string>& keys, bool atomic) {
  for (const std::string& key : keys) {
    if (auto failure = check_raw_key(context, key)) return *std::move(failure);
    if (!atomic && key.size() > options_.max_key_bytes) return key_too_large(key.size(), options_.max_key_bytes);
  }
  if (Outcome<std::string> family = raw_.family(cf); !family) return failed(family);
  if (keys.empty() && !atomic) return aborted("an empty request");
  return raw_.remove(region, cf, keys);
}

RawDeleteResponse KvStore::handle(const RegionView& region, const RawDeleteRequest& request) {
  return answer_write<RawDeleteResponse>(
      raw_delete(region, request.context(), request.cf(), {request.key()}, request.for_cas()));
}

RawBatchDeleteResponse KvStore::handle(const RegionView& region, const RawBatchDeleteRequest& request) {
  return answer_write<RawBatchDeleteResponse>(
      raw_delete(region, request.context(), request.cf(), strings(request.keys()), request.for_cas()));
}

RawDeleteRangeResponse KvStore::handle(const RegionView& region, const RawDeleteRangeRequest& request) {
  const std::size_t longest = std::max(request.start_key().size(), request.end_key().size());
  if (longest > options_.max_key_bytes) {
    return answer_write<RawDeleteRangeResponse>(key_too_large(longest, options_.max_key_bytes));
  }
  if (auto failure = check_api_range(options_.api, request.context().api_version(), CommandData::kRaw,
                                     request.start_key(), request.end_key())) {
    return answer_write<RawDeleteRangeResponse>(*std::move(failure));
  }
  return answer_write<RawDeleteRangeResponse>(
      raw_.remove_range(region, request.cf(), request.start_key(), request.end_key()));
}

RawScanResponse KvStore::handle(const RegionView& region, const RawScanRequest& request) {
  RawScanResponse response;
  // Backwards the range is given end first.
  if (auto failure = check_api_range(options_.api, request.context().api_version(), CommandData::kRaw,
                                     request.reverse() ? request.end_key() : request.start_key(),
                                     request.reverse() ? request.start_key() : request.end_key())) {
    answer_scan(response, *std::move(failure));
    return response;
  }
  answer_scan(response, raw_.scan(region, request.cf(),
                                  {.start = request.start_key(),
                                   .end = request.end_key().empty() ? std::nullopt : std::optional(request.end_key()),
                                   .reverse = request.reverse(),
                                   .key_only = request.key_only(),
                                   .limit = request.limit()}));
  return response;
}

Outcome<std::vector<RawPair>> KvStore::raw_batch_scan(const RegionView& region, const RawBatchScanRequest& request) {
  for (const KeyRange& range : request.ranges()) {
    if (auto failure = check_raw_key(request.context(), range.start_key())) return *std::move(failure);
  }
  if (Outcome<std::string> family = raw_.family(request.cf()); !family) return failed(family);
  if (!ranges_are_ordered(request)) return aborted("invalid key ranges");
  std::vector<RawPair> all;
  for (int i = 0; i < request.ranges_size(); ++i) {
    const std::string end = end_of(request, i);
    Outcome<std::vector<RawPair>> pairs = raw_.scan(region, request.cf(),
                                                    {.start = request.ranges(i).start_key(),
                                                     .end = end.empty() ? std::nullopt : std::optional(end),
                                                     .reverse = request.reverse(),
                                                     .key_only = request.key_only(),
                                                     .limit = request.each_limit()});
    if (!pairs) return pairs;
    std::ranges::move(*pairs, std::back_inserter(all));
  }
  return all;
}

RawBatchScanResponse KvStore::handle(const RegionView& region, const RawBatchScanRequest& request) {
  RawBatchScanResponse response;
  answer_scan(response, raw_batch_scan(region, request));
  return response;
}

RawGetKeyTTLResponse KvStore::handle(const RegionView& region, const RawGetKeyTTLRequest& request) {
  RawGetKeyTTLResponse response;
  if (auto failure = check_raw_key(request.context(), request.key())) {
    set_failure_text(response, std::move(failure->error()));
    return response;
  }
  Outcome<std::optional<std::uint64_t>> ttl = raw_.ttl(region, request.cf(), request.key());
  if (!ttl) {
    set_failure_text(response, std::move(ttl.error()));
  } else if (*ttl) {
    response.set_ttl(**ttl);
  } else {
    response.set_not_found(true);
  }
  return response;
}

RawCASResponse KvStore::handle(const RegionView& region, const RawCASRequest& request) {
  RawCASResponse response;
  std::optional<std::unexpected<Failure>> refused = check_raw_key(request.context(), request.key());
  if (!refused && request.ttl() != 0 && !raw_.has_ttl())
    refused = aborted("ttl is not enabled, but get put request with ttl");
  if (refused) {
    set_failure_text(response, std::move(refused->error()));
    return response;
  }
  const RawSwap swap{.key = request.key(),
                     .expected = request.previous_not_exist() ? std::nullopt : std::optional(request.previous_value()),
                     .value = request.value(),
                     .ttl = request.ttl(),
                     .remove = request.delete_()};
  Outcome<RawSwapped> swapped = raw_.compare_and_swap(region, request.cf(), swap);
  if (!swapped) {
    set_failure_text(response, std::move(swapped.error()));
    return response;
  }
  response.set_succeed(swapped->succeeded);
  if (swapped->previous) {
    response.set_previous_value(*std::move(swapped->previous));
  } else {
    response.set_previous_not_exist(true);
  }
  return response;
}

RawChecksumResponse KvStore::handle(const RegionView& region, const RawChecksumRequest& request) {
  RawChecksumResponse response;
  std::vector<std::pair<std::string, std::string>> ranges;
  for (const KeyRange& range : request.ranges()) {
    if (auto failure = check_raw_key(request.context(), range.start_key())) {
      set_failure_text(response, std::move(failure->error()));
      return response;
    }
    ranges.emplace_back(range.start_key(), range.end_key());
  }
  Outcome<RawChecksum> sum = raw_.checksum(region, ranges);
  if (!sum) {
    set_failure_text(response, std::move(sum.error()));
    return response;
  }
  response.set_checksum(sum->crc64_xor);
  response.set_total_kvs(sum->kvs);
  response.set_total_bytes(sum->bytes);
  return response;
}

}  // namespace tikv::testing::store
