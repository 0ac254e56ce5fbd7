#pragma once

#include <chrono>
#include <cstdint>

namespace tikv {

// Timestamps as PD hands them out (`Client::timestamp`, `Transaction::start_ts`, `Committed::commit_ts`): milliseconds
// since 1970 in the upper 46 bits, a counter within the millisecond in the lower 18 (PD's `physicalShiftBits`). They
// compare as numbers; 0 is none. All of these are pure and cost nothing.

inline constexpr unsigned kTimestampLogicalBits = 18;
inline constexpr std::uint64_t kTimestampLogicalMask = (std::uint64_t{1} << kTimestampLogicalBits) - 1;

/// `physical_ms`: milliseconds since 1970. A counter above 18 bits carries into the milliseconds, as it does in PD's
/// own arithmetic.
constexpr std::uint64_t compose_timestamp(std::int64_t physical_ms, std::int64_t logical) noexcept {
  return (static_cast<std::uint64_t>(physical_ms) << kTimestampLogicalBits) + static_cast<std::uint64_t>(logical);
}

/// Milliseconds since 1970.
constexpr std::int64_t timestamp_physical_ms(std::uint64_t timestamp) noexcept {
  return static_cast<std::int64_t>(timestamp >> kTimestampLogicalBits);
}

/// The counter within the millisecond.
constexpr std::int64_t timestamp_logical(std::uint64_t timestamp) noexcept {
  return static_cast<std::int64_t>(timestamp & kTimestampLogicalMask);
}

/// The time by PD's clock, which runs ahead of the real time after a jump back of that.
constexpr std::chrono::sys_time<std::chrono::milliseconds> timestamp_time(std::uint64_t timestamp) noexcept {
  return std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(timestamp_physical_ms(timestamp)));
}

/// The first timestamp of a millisecond: what was committed before `time` is below it, what is committed later is not,
/// as far as the clock behind `time` agrees with PD's. For snapshots of the past; `time` is not before 1970.
constexpr std::uint64_t timestamp_at(std::chrono::system_clock::time_point time) noexcept {
  const auto since = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
  return compose_timestamp(since.count(), 0);
}

}  // namespace tikv
