#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace tikv::cli {

/// Bytes as they come, and as they are likely to break something: quotes, backslashes, line ends, pieces of UTF-8.
inline std::string random_bytes(std::mt19937& random, std::size_t most) {
  static const std::string kLikely =
      std::string("\\\t\n\r\0\"'x0aF \x7f", 13) + "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xed\xa0";
  std::string bytes;
  for (std::size_t left = random() % (most + 1); left > 0; --left) {
    const std::uint32_t number = random();
    bytes += number % 2 == 0 ? kLikely[(number / 2) % kLikely.size()] : static_cast<char>(number >> 8);
  }
  return bytes;
}

}  // namespace tikv::cli
