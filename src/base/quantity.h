#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Durations and sizes as configuration files and command lines have them.
namespace tikv::base {

/// As Go writes durations: a number with a unit, or several of them: "300ms", "1.5h", "2h45m", "-1s", "0". Nothing for
/// anything else, and for what does not fit.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);
/// The same back, in the largest units that say it without a fraction: "90s" is "1m30s".
std::string duration_text(std::chrono::milliseconds duration);

/// Bytes, with a unit or without: "4096", "16KiB", "1.5 MiB". As in TiKV's own configuration, KB, MB, GB and TB are the
/// same as KiB, MiB, GiB and TiB: powers of 1024. Nothing for anything else, for fractions of a byte and for what does
/// not fit.
std::optional<std::int64_t> parse_size(std::string_view text);
/// The same back, in the largest unit that says it without a fraction.
std::string size_text(std::int64_t bytes);

}  // namespace tikv::base
