#include "testkit/store/key.h"

#include <utility>

#include "base/codec.h"

namespace tikv::testing::store {

Key::Key(std::string_view raw) : raw_(raw), encoded_(base::encode_bytes(raw)) {}

Key::Key(std::string raw, std::string encoded) : raw_(std::move(raw)), encoded_(std::move(encoded)) {}

Key Key::from_encoded(std::string encoded) {
  std::string raw = base::decode_bytes(encoded).value_or(std::string());
  return Key(std::move(raw), std::move(encoded));
}

std::string internal_key(const Key& key, unsigned long long commit_ts) {
  std::string bytes = key.encoded();
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>((~commit_ts >> shift) & 0xff));
  return bytes;
}

}  // namespace tikv::testing::store
