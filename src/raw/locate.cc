#include "raw/locate.h"

#include <utility>

#include "route/router.h"

namespace tikv::raw {

Task<Result<region::RegionRef>> locate(const Session& session, const route::Retry& retry, const ScanCursor& cursor) {
  region::RegionCache& regions = session.router.regions();
  std::string position = cursor.position();
  region::RegionRef known = cursor.reverse() ? regions.find_by_end(position) : regions.find(position);
  if (known) co_return std::move(known);
  auto asking = cursor.reverse() ? regions.locate_end(std::move(position)) : regions.locate(std::move(position));
  auto region = co_await std::move(asking);
  if (region) co_return std::move(region);
  Error error = retry.annotate(std::move(region).error());
  // A write may have reached the region before it went elsewhere.
  if (retry.doubt()) error.with_applied(Applied::kUnknown);
  co_return std::unexpected(std::move(error));
}

}  // namespace tikv::raw
