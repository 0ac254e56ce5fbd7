#pragma once

#include <tikv/key.h>
#include <tikv/raw.h>
#include <tikv/task.h>

#include "raw/session.h"

// Calls on a range, region by region. Each runs on the session's loop.
namespace tikv::raw {

Task<Result<void>> remove_range(SessionRef session, KeyRange range);
Task<Result<RawChecksum>> checksum(SessionRef session, KeyRange range);

}  // namespace tikv::raw
