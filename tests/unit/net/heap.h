#pragma once

#include <malloc.h>

#include <cstddef>

extern "C" [[gnu::weak]] std::size_t __sanitizer_get_current_allocated_bytes();

namespace tikv::testing {

/// Bytes that the process has allocated and not freed.
inline std::size_t heap_bytes() {
  if (&__sanitizer_get_current_allocated_bytes != nullptr) return __sanitizer_get_current_allocated_bytes();
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace tikv::testing
