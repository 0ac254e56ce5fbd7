#pragma once

#include <cstdint>
#include <string_view>

namespace tikv::testing::store {

/// CRC-64/XZ, the digest of TiKV's checksums, over pieces of bytes.
class Crc64 {
 public:
  void add(std::string_view bytes);
  std::uint64_t sum() const { return ~state_; }

 private:
  std::uint64_t state_ = ~std::uint64_t{0};
};

}  // namespace tikv::testing::store
