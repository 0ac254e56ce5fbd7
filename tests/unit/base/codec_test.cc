#include "base/codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace tikv::base {
namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out.push_back(static_cast<char>(value));
  return out;
}

TEST(Codec, EncodesInGroupsOfEightWithAMarker) {
  EXPECT_EQ(encode_bytes(""), bytes({0, 0, 0, 0, 0, 0, 0, 0, 247}));
  EXPECT_EQ(encode_bytes(bytes({1, 2, 3})), bytes({1, 2, 3, 0, 0, 0, 0, 0, 250}));
  EXPECT_EQ(encode_bytes(bytes({1, 2, 3, 0})), bytes({1, 2, 3, 0, 0, 0, 0, 0, 251}));
  EXPECT_EQ(encode_bytes(bytes({1, 2, 3, 4, 5, 6, 7, 8})),
            bytes({1, 2, 3, 4, 5, 6, 7, 8, 255, 0, 0, 0, 0, 0, 0, 0, 0, 247}));
}

TEST(Codec, EncodedKeysOrderAsPlainKeysAndDecodeToThem) {
  std::mt19937 random(7);
  std::vector<std::string> keys;
  for (int i = 0; i < 2000; ++i) {
    std::string key;
    const auto size = random() % 20;
    // Few different bytes, so that keys share prefixes and end in zeros.
    for (std::size_t n = 0; n < size; ++n) key.push_back(static_cast<char>(random() % 3 == 0 ? 0xFF : random() % 2));
    keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(decode_bytes(encode_bytes(keys[i])).value(), keys[i]);
    if (i > 0) EXPECT_EQ(keys[i - 1] < keys[i], encode_bytes(keys[i - 1]) < encode_bytes(keys[i]));
  }
}

TEST(Codec, RefusesWhatIsNoEncodedKey) {
  const std::string good = encode_bytes("abc");
  const std::vector<std::string> bad = {
      "",
      good.substr(0, 8),
      good + "x",
      bytes({1, 2, 3, 4, 5, 6, 7, 8, 255}),
      bytes({1, 2, 3, 4, 0, 0, 0, 0, 246}),
      bytes({1, 2, 3, 4, 5, 0, 0, 0, 251}),
  };
  for (const std::string& encoded : bad) {
    EXPECT_EQ(decode_bytes(encoded).error().kind(), ErrorKind::kInvalidArgument) << encoded.size();
  }
}

}  // namespace
}  // namespace tikv::base
