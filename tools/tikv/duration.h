#pragma once

#include <tikv/error.h>

#include <chrono>
#include <string>
#include <string_view>

namespace tikv::cli {

/// "250ms", "5s", "2m", "1h"; a number alone is seconds. `kInvalidArgument` for anything else.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "2026-01-31 23:59:59.123 UTC".
std::string print_time(std::chrono::sys_time<std::chrono::milliseconds> time);
/// RFC 3339, for JSON: "2026-01-31T23:59:59.123Z".
std::string rfc3339(std::chrono::sys_time<std::chrono::milliseconds> time);

}  // namespace tikv::cli
