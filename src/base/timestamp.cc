#include "base/timestamp.h"

namespace tikv {

std::uint64_t compose_timestamp(std::int64_t physical_ms, std::int64_t logical) noexcept {
  return (static_cast<std::uint64_t>(physical_ms) << kTimestampLogicalBits) + static_cast<std::uint64_t>(logical);
}

std::int64_t timestamp_physical_ms(std::uint64_t timestamp) noexcept {
  return static_cast<std::int64_t>(timestamp >> kTimestampLogicalBits);
}

std::int64_t timestamp_logical(std::uint64_t timestamp) noexcept {
  return static_cast<std::int64_t>(timestamp & kTimestampLogicalMask);
}

}  // namespace tikv
