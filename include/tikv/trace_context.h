#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tikv {

/// Which span of which trace something belongs to, as W3C Trace Context (level 1) has it.
struct TraceContext {
  std::array<std::uint8_t, 16> trace_id{};  ///< All zero: none.
  std::array<std::uint8_t, 8> span_id{};    ///< All zero: none.
  std::uint8_t flags = 0;                   ///< Bit 0: sampled.

  bool valid() const noexcept { return trace_id != decltype(trace_id){} && span_id != decltype(span_id){}; }
  bool sampled() const noexcept { return (flags & 1U) != 0; }

  /// The value of a `traceparent` header: "00-<32 hex digits>-<16 hex digits>-<2 hex digits>". Nothing for text that is
  /// none, ids that are all zero included. Later versions are read as far as this one goes, as the standard asks.
  static std::optional<TraceContext> parse(std::string_view traceparent) noexcept;
  /// The same, to be sent.
  std::string traceparent() const;

  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

}  // namespace tikv
