#include "testkit/store/farm_hash.h"

#include <bit>
#include <cstring>
#include <utility>

namespace tikv::testing::store {

namespace {

constexpr std::uint64_t k0 = 0xc3a5c85c97cb3127;
constexpr std::uint64_t k1 = 0xb492b66fbe98f273;
constexpr std::uint64_t k2 = 0x9ae16a3b2f90404f;

static_assert(std::endian::native == std::endian::little, "words are read in the order of bytes");

std::uint64_t word(const char* at) {
  std::uint64_t value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

std::uint64_t half_word(const char* at) {
  std::uint32_t value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

std::uint64_t mix(std::uint64_t value) { return value ^ (value >> 47); }

std::uint64_t fold(std::uint64_t u, std::uint64_t v, std::uint64_t factor) {
  const std::uint64_t a = mix((u ^ v) * factor);
  return mix((v ^ a) * factor) * factor;
}

std::uint64_t up_to_16(std::string_view s) {
  const std::size_t size = s.size();
  const std::uint64_t factor = k2 + size * 2;
  if (size >= 8) {
    const std::uint64_t a = word(s.data()) + k2;
    const std::uint64_t b = word(s.data() + size - 8);
    return fold(std::rotr(b, 37) * factor + a, (std::rotr(a, 25) + b) * factor, factor);
  }
  if (size >= 4) return fold(size + (half_word(s.data()) << 3), half_word(s.data() + size - 4), factor);
  if (size == 0) return k2;
  const auto byte = [&](std::size_t at) { return static_cast<std::uint64_t>(static_cast<unsigned char>(s[at])); };
  const std::uint64_t y = byte(0) + (byte(size >> 1) << 8);
  const std::uint64_t z = size + (byte(size - 1) << 2);
  return mix(y * k2 ^ z * k0) * k2;
}

std::uint64_t up_to_32(std::string_view s) {
  const char* end = s.data() + s.size();
  const std::uint64_t factor = k2 + s.size() * 2;
  const std::uint64_t a = word(s.data()) * k1;
  const std::uint64_t b = word(s.data() + 8);
  const std::uint64_t c = word(end - 8) * factor;
  const std::uint64_t d = word(end - 16) * k2;
  return fold(std::rotr(a + b, 43) + std::rotr(c, 30) + d, a + std::rotr(b + k2, 18) + c, factor);
}

std::uint64_t up_to_64(std::string_view s) {
  const char* end = s.data() + s.size();
  const std::uint64_t factor = k2 + s.size() * 2;
  const std::uint64_t a = word(s.data()) * k2;
  const std::uint64_t b = word(s.data() + 8);
  const std::uint64_t c = word(end - 8) * factor;
  const std::uint64_t d = word(end - 16) * k2;
  const std::uint64_t y = std::rotr(a + b, 43) + std::rotr(c, 30) + d;
  const std::uint64_t z = fold(y, a + std::rotr(b + k2, 18) + c, factor);
  const std::uint64_t e = word(s.data() + 16) * factor;
  const std::uint64_t f = word(s.data() + 24);
  const std::uint64_t g = (y + word(end - 32)) * factor;
  const std::uint64_t h = (z + word(end - 24)) * factor;
  return fold(std::rotr(e + f, 43) + std::rotr(g, 30) + h, e + std::rotr(f + a, 18) + g, factor);
}

using Pair = std::pair<std::uint64_t, std::uint64_t>;

Pair weak_hash_32(const char* s, std::uint64_t a, std::uint64_t b) {
  a += word(s);
  b = std::rotr(b + a + word(s + 24), 21);
  const std::uint64_t c = a;
  a += word(s + 8) + word(s + 16);
  b += std::rotr(a, 44);
  return {a + word(s + 24), b + c};
}

/// 64 bytes a round over 56 bytes of state; the last 64 bytes, which may overlap, are mixed differently.
std::uint64_t longer(std::string_view bytes) {
  constexpr std::uint64_t kSeed = 81;
  const char* s = bytes.data();
  const std::size_t size = bytes.size();
  std::uint64_t x = kSeed;
  std::uint64_t y = kSeed * k1 + 113;
  std::uint64_t z = mix(y * k2 + 113) * k2;
  Pair v{0, 0};
  Pair w{0, 0};
  x = x * k2 + word(s);

  const char* last_round = s + ((size - 1) / 64) * 64;
  const char* last_64 = last_round + ((size - 1) & 63) - 63;
  for (; s != last_round; s += 64) {
    x = std::rotr(x + y + v.first + word(s + 8), 37) * k1;
    y = std::rotr(y + v.second + word(s + 48), 42) * k1;
    x ^= w.second;
    y += v.first + word(s + 40);
    z = std::rotr(z + w.first, 33) * k1;
    v = weak_hash_32(s, v.second * k1, x + w.first);
    w = weak_hash_32(s + 32, z + w.second, y + word(s + 16));
    std::swap(z, x);
  }
  const std::uint64_t factor = k1 + ((z & 0xff) << 1);
  s = last_64;
  w.first += (size - 1) & 63;
  v.first += w.first;
  w.first += v.first;
  x = std::rotr(x + y + v.first + word(s + 8), 37) * factor;
  y = std::rotr(y + v.second + word(s + 48), 42) * factor;
  x ^= w.second * 9;
  y += v.first * 9 + word(s + 40);
  z = std::rotr(z + w.first, 33) * factor;
  v = weak_hash_32(s, v.second * factor, x + w.first);
  w = weak_hash_32(s + 32, z + w.second, y + word(s + 16));
  std::swap(z, x);
  return fold(fold(v.first, w.first, factor) + mix(y) * k0 + z, fold(v.second, w.second, factor) + x, factor);
}

}  // namespace

std::uint64_t farm_fingerprint64(std::string_view bytes) {
  if (bytes.size() <= 16) return up_to_16(bytes);
  if (bytes.size() <= 32) return up_to_32(bytes);
  if (bytes.size() <= 64) return up_to_64(bytes);
  return longer(bytes);
}

}  // namespace tikv::testing::store
