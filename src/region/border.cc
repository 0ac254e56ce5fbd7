#include "region/border.h"

#include <algorithm>
#include <cstddef>

namespace tikv::region {
namespace {

// The form, as in base/codec.h: groups of eight bytes, each followed by a marker; 0xFF after eight bytes of the key,
// 0xFF minus the number of padding zeros after the last group.
constexpr std::size_t kGroup = 8;
constexpr unsigned kMarker = 0xFF;

std::size_t without_trailing_zeros(std::string_view bytes) {
  while (!bytes.empty() && bytes.back() == '\0') bytes.remove_suffix(1);
  return bytes.size();
}

}  // namespace

std::string first_key_from(std::string_view border) {
  std::string key;
  // Whole groups that go on are in the key as they are.
  while (border.size() > kGroup && static_cast<unsigned char>(border[kGroup]) == kMarker) {
    key += border.substr(0, kGroup);
    border.remove_prefix(kGroup + 1);
  }
  // What is left compares with a last group: its bytes, then the marker, which is the higher the more of the bytes
  // belong to the key.
  const std::string_view bytes = border.substr(0, kGroup);
  std::size_t length = without_trailing_zeros(bytes);
  if (border.size() > kGroup) {
    const unsigned marker = static_cast<unsigned char>(border[kGroup]);
    const std::size_t wanted = marker < kMarker - kGroup ? 0 : marker - (kMarker - kGroup);
    length = std::max(length, wanted);
    // Bytes after a last group: the key of exactly that form is still below.
    if (length == wanted && marker >= kMarker - kGroup && border.size() > kGroup + 1) ++length;
  }
  key += bytes.substr(0, length);
  return key;
}

}  // namespace tikv::region
