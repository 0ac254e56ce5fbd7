#pragma once

#include <tikv/error.h>
#include <tikv/key.h>
#include <tikv/raw.h>

#include <chrono>
#include <string_view>

#include "raw/session.h"

// What a call must satisfy before anything is sent. Each gives the error to end the call with.
namespace tikv::raw {

/// `kClosed` after the client was closed.
Result<void> check_open(const Session& session);
/// Open, and a key that is neither empty nor too long.
Result<void> check_key(const Session& session, std::string_view key);
/// A key as above, and a pair that is not too large.
Result<void> check_entry(const Session& session, std::string_view key, std::string_view value);
/// Open, and a range that is not reversed and whose borders are not too long.
Result<void> check_range(const Session& session, const KeyRange& range);
/// Not negative.
Result<void> check_ttl(std::chrono::seconds ttl);
/// A page the server may be asked for.
Result<void> check_scan(const RawScanOptions& options);

}  // namespace tikv::raw
