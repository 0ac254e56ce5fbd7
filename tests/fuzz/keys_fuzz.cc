// Keys: the memory-comparable form, ranges, and the places of PD's borders among plain keys.

#include <tikv/key.h>

#include <string>

#include "base/codec.h"
#include "input.h"
#include "region/border.h"

namespace tikv {
namespace {

void check_codec(std::string_view a, std::string_view b) {
  const std::string encoded_a = base::encode_bytes(a);
  const std::string encoded_b = base::encode_bytes(b);
  FUZZ_CHECK((a < b) == (encoded_a < encoded_b));
  FUZZ_CHECK(base::decode_bytes(encoded_a).value() == a);
  // Whatever decodes is what encoding makes.
  if (const auto decoded = base::decode_bytes(a)) FUZZ_CHECK(base::encode_bytes(*decoded) == a);
}

void check_border(std::string_view border, std::string_view key) {
  const std::string first = region::first_key_from(border);
  FUZZ_CHECK(base::encode_bytes(first) >= border);
  if (key < first) FUZZ_CHECK(base::encode_bytes(key) < border);
  if (const auto decoded = base::decode_bytes(border)) FUZZ_CHECK(*decoded == first);
}

void check_ranges(std::string_view prefix, std::string_view key) {
  const KeyRange range = KeyRange::prefix(prefix);
  FUZZ_CHECK(range.contains(key) == key.starts_with(prefix));
  FUZZ_CHECK(!range.reversed());
  const std::string next = next_key(key);
  FUZZ_CHECK(next > key);
  FUZZ_CHECK(!KeyRange(std::string(key), next).reversed());
  FUZZ_CHECK(key_text(key).size() <= 2 * kKeyTextBytes + 40);
}

}  // namespace
}  // namespace tikv

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tikv::fuzz::Input input(data, size);
  const std::string_view a = input.take(input.byte());
  const std::string_view b = input.rest();
  tikv::check_codec(a, b);
  tikv::check_border(a, b);
  tikv::check_border(b, a);
  tikv::check_ranges(a, b);
  return 0;
}
