#include "region/border.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include <tikv/key.h>

#include "base/codec.h"

namespace tikv::region {
namespace {

std::string random_bytes(std::mt19937& random, std::size_t longest, bool extreme) {
  std::string bytes(random() % (longest + 1), '\0');
  // Few different bytes, so that prefixes, zeros and markers meet.
  const char few[] = {'\0', '\0', '\x01', '\xF7', '\xF8', '\xFE', '\xFF', '\xFF', 'a'};
  for (char& byte : bytes) byte = extreme ? few[random() % sizeof(few)] : static_cast<char>(random());
  return bytes;
}

TEST(Border, AnEncodedKeyIsItsOwnBorder) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    const std::string key = random_bytes(random, 20, i % 2 == 0);
    EXPECT_EQ(first_key_from(base::encode_bytes(key)), key);
  }
}

TEST(Border, EmptyIsTheFirstKey) { EXPECT_EQ(first_key_from(""), ""); }

TEST(Border, RawKeysAreBordersToo) {
  EXPECT_EQ(first_key_from("apple"), "apple");
  EXPECT_EQ(first_key_from(std::string("a\0\0", 3)), "a");
  // "watermelon" in PD: groups of "watermel" go on with the marker 0xFF > 'o'.
  EXPECT_EQ(first_key_from("watermelon"), "watermel");
}

// The definition: the form of the key found is not below the border, and that of any smaller key is.
TEST(Border, AnyBytesHaveAnExactPlace) {
  std::mt19937 random(2);
  for (int i = 0; i < 20000; ++i) {
    const std::string border = random_bytes(random, 22, i % 4 != 0);
    const std::string key = first_key_from(border);
    EXPECT_GE(base::encode_bytes(key), border);
    for (int j = 0; j < 8; ++j) {
      // Keys around the one found: some bytes cut off or changed.
      std::string other = key.substr(0, random() % (key.size() + 1)) + random_bytes(random, 2, true);
      if (other < key) {
        EXPECT_LT(base::encode_bytes(other), border) << key_text(border) << ' ' << key_text(other);
      }
    }
    // The closest smaller keys: without a last zero, or with the last byte one less and a long tail.
    if (!key.empty()) {
      std::string below = key;
      if (below.back() == '\0') {
        below.pop_back();
      } else {
        below.back() = static_cast<char>(below.back() - 1);
        below += std::string(40, '\xFF');
      }
      EXPECT_LT(base::encode_bytes(below), border) << key_text(border);
    }
  }
}

}  // namespace
}  // namespace tikv::region
