#include "testkit/store/crc64.h"

#include <array>

namespace tikv::testing::store {

namespace {

/// ECMA-182's polynomial with its bits reversed.
constexpr std::uint64_t kPolynomial = 0xC96C5795D7870F42;

constexpr std::array<std::uint64_t, 256> make_table() {
  std::array<std::uint64_t, 256> table{};
  for (std::uint64_t byte = 0; byte < table.size(); ++byte) {
    std::uint64_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? (crc >> 1) ^ kPolynomial : crc >> 1;
    table[byte] = crc;
  }
  return table;
}

constexpr std::array<std::uint64_t, 256> kTable = make_table();

}  // namespace

void Crc64::add(std::string_view bytes) {
  for (const char byte : bytes) {
    state_ = kTable[(state_ ^ static_cast<unsigned char>(byte)) & 0xff] ^ (state_ >> 8);
  }
}

}  // namespace tikv::testing::store
