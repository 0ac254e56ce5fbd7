#pragma once

#include <cstdint>
#include <string>

// What all benchmark programs do, peers/ included, which repeat these numbers: keys of 20 bytes and values of 64, in
// regions of kRegionKeys. Reads go through the first kReadKeys; each caller writes keys of its own, so that nothing
// conflicts.
namespace tikv::bench {

inline constexpr std::uint64_t kReadKeys = 10'000;
inline constexpr std::uint64_t kRegionKeys = 2'500;
/// A caller that writes the same keys again at once would wait for the clean-up of its last transaction.
inline constexpr std::uint64_t kKeySets = 4;
inline constexpr std::uint64_t kKeysApart = 10;
inline constexpr std::size_t kValueSize = 64;

inline std::string key(std::uint64_t number) {
  std::string text = "bench/key/0000000000";
  for (std::size_t at = text.size(); number > 0; number /= 10) text[--at] = static_cast<char>('0' + number % 10);
  return text;
}

inline std::string value() { return std::string(kValueSize, 'v'); }

/// What the caller of this index reads in its n-th operation.
inline std::uint64_t read_key(std::uint64_t caller, std::uint64_t n) { return (caller * 7919 + n) % kReadKeys; }
/// The first key that it writes.
inline std::uint64_t first_written(std::uint64_t callers, std::uint64_t caller, std::uint64_t n) {
  return kReadKeys + (n % kKeySets * callers + caller) * kKeysApart;
}

}  // namespace tikv::bench
