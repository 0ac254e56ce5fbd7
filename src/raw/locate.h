#pragma once

#include <tikv/task.h>

#include "raw/scan_cursor.h"
#include "raw/session.h"
#include "region/region.h"
#include "route/retry.h"

namespace tikv::raw {

/// The region that the cursor is to read next; errors have the history of `retry`.
Task<Result<region::RegionRef>> locate(const Session& session, const route::Retry& retry, const ScanCursor& cursor);

}  // namespace tikv::raw
