#include "raw/range.h"

#include <tikv/proto/kvrpcpb.pb.h>

#include <utility>

#include "proto/tikv_methods.h"
#include "raw/answer.h"
#include "raw/check.h"
#include "raw/locate.h"
#include "raw/scan_cursor.h"
#include "route/router.h"

namespace tikv::raw {
namespace {

namespace pb = proto::kvrpcpb;

ScanCursor forward(const Session& session, KeyRange range) {
  return ScanCursor(std::move(range), ScanCursor::Direction::kForward, session.limits.max_key_bytes);
}

/// Empties the next region, and moves the cursor on.
Task<Result<void>> remove_in_region(const Session& session, ScanCursor& cursor) {
  route::Retry retry = session.router.retry(session.budget);
  for (;;) {
    const region::RegionRef region = co_await locate(session, retry, cursor).or_return();
    auto borders = cursor.borders(region->start_key, region->end_key);
    pb::RawDeleteRangeRequest request;
    request.set_start_key(std::move(borders.start));
    request.set_end_key(std::move(borders.end));
    request.set_cf(session.column_family);
    const auto reply = co_await session.router.send_to_region(retry, region, request).or_return();
    if (reply.moved) continue;
    if (!reply.response.error().empty()) {
      co_return std::unexpected(write_error(retry, "RawDeleteRange", reply.response.error(), reply.maybe_sent_before));
    }
    cursor.finish_region(region->start_key, region->end_key);
    co_return {};
  }
}

/// Adds the next region's sum, and moves the cursor on.
Task<Result<void>> sum_region(const Session& session, ScanCursor& cursor, RawChecksum& sum) {
  route::Retry retry = session.router.retry(session.budget);
  for (;;) {
    const region::RegionRef region = co_await locate(session, retry, cursor).or_return();
    auto borders = cursor.borders(region->start_key, region->end_key);
    pb::RawChecksumRequest request;
    request.set_algorithm(pb::Crc64_Xor);
    pb::KeyRange& range = *request.add_ranges();
    range.set_start_key(std::move(borders.start));
    range.set_end_key(std::move(borders.end));
    const auto reply = co_await session.router.send_to_region(retry, region, request).or_return();
    if (reply.moved) continue;
    if (!reply.response.error().empty()) {
      co_return std::unexpected(read_error(retry, "RawChecksum", reply.response.error()));
    }
    sum.crc64_xor ^= reply.response.checksum();
    sum.total_kvs += reply.response.total_kvs();
    sum.total_bytes += reply.response.total_bytes();
    cursor.finish_region(region->start_key, region->end_key);
    co_return {};
  }
}

}  // namespace

Task<Result<void>> remove_range(SessionRef session, KeyRange range) {
  co_await check_range(*session, range);
  ScanCursor cursor = forward(*session, range);
  while (!cursor.done()) {
    auto removed = co_await remove_in_region(*session, cursor);
    if (removed) continue;
    // What lies before the cursor is gone.
    if (cursor.position() != range.start) removed.error().with_applied(Applied::kUnknown);
    co_return removed;
  }
  co_return {};
}

Task<Result<RawChecksum>> checksum(SessionRef session, KeyRange range) {
  co_await check_range(*session, range);
  if (!session->column_family.empty() && session->column_family != "default") {
    co_return std::unexpected(
        Error(ErrorKind::kInvalidArgument,
              "TiKV sums the default column family alone, and this handle is of " + session->column_family));
  }
  ScanCursor cursor = forward(*session, std::move(range));
  RawChecksum sum;
  while (!cursor.done()) co_await sum_region(*session, cursor, sum).or_return();
  co_return sum;
}

}  // namespace tikv::raw
