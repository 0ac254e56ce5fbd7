#pragma once

#include <cstddef>

namespace tikv {

inline constexpr std::size_t kCacheLine = 64;

/// Asks for the first `lines` cache lines at `begin`, which will be used soon and may have left the processor's caches.
/// Does not look at what is there, so it need not be valid; null is left alone.
inline void fetch_soon(const void* begin, std::size_t lines) noexcept {
  if (begin == nullptr) return;
  const char* const at = static_cast<const char*>(begin);
  for (std::size_t line = 0; line < lines; ++line) __builtin_prefetch(at + line * kCacheLine, 1);
}

}  // namespace tikv
