#pragma once

#include <atomic>
#include <cstdint>

namespace tikv::runtime {

/// The kernel's word to sleep on, for threads of one process.
using FutexWord = std::atomic<std::uint32_t>;
inline constexpr std::uint32_t kAnyBit = ~std::uint32_t{0};

/// Sleeps if `word` is still `expected`, until it is woken with a bit of `bits`. May return for no reason.
void futex_wait(FutexWord& word, std::uint32_t expected, std::uint32_t bits = kAnyBit) noexcept;
/// Wakes at most `most` of those that sleep with a bit of `bits`.
///
/// The word may be gone by now if its sleeper has seen what it slept for: the kernel takes the address for a name, and
/// at worst, somebody who sleeps there now looks again.
void futex_wake(FutexWord& word, int most, std::uint32_t bits = kAnyBit) noexcept;

}  // namespace tikv::runtime
