#pragma once

#include <cstdint>

namespace tikv {

/// A timestamp as PD hands them out: milliseconds since 1970 in the upper 46 bits, a counter within the millisecond in
/// the lower 18 (PD's `physicalShiftBits`). Timestamps compare as numbers; 0 is none.
inline constexpr unsigned kTimestampLogicalBits = 18;
inline constexpr std::uint64_t kTimestampLogicalMask = (std::uint64_t{1} << kTimestampLogicalBits) - 1;

/// A counter above 18 bits carries into the milliseconds, as it does in PD's own arithmetic.
std::uint64_t compose_timestamp(std::int64_t physical_ms, std::int64_t logical) noexcept;
/// Milliseconds since 1970.
std::int64_t timestamp_physical_ms(std::uint64_t timestamp) noexcept;
std::int64_t timestamp_logical(std::uint64_t timestamp) noexcept;

}  // namespace tikv
