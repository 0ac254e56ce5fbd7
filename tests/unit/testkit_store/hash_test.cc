#include <gtest/gtest.h>

#include <string>

#include "testkit/store/crc64.h"
#include "testkit/store/farm_hash.h"

namespace tikv::testing::store {
namespace {

TEST(Crc64, HasTheCheckValueOfItsCatalogueEntry) {
  Crc64 crc;
  crc.add("1234");
  crc.add("56789");
  EXPECT_EQ(crc.sum(), 0x995DC9BBDF1939FAU);
}

TEST(Crc64, OfNothingIsZero) { EXPECT_EQ(Crc64().sum(), 0U); }

// Values that BigQuery's documentation gives for FARM_FINGERPRINT.
TEST(FarmFingerprint64, GivesPublishedValues) {
  EXPECT_EQ(static_cast<std::int64_t>(farm_fingerprint64("1footrue")), -1541654101129638711);
  EXPECT_EQ(static_cast<std::int64_t>(farm_fingerprint64("2applefalse")), 2794438866806483259);
  EXPECT_EQ(static_cast<std::int64_t>(farm_fingerprint64("3true")), -4880158226897771312);
}

TEST(FarmFingerprint64, UsesEveryByteOfEachLengthClass) {
  for (const std::size_t size : {1U, 3U, 7U, 16U, 17U, 32U, 33U, 64U, 65U, 128U, 129U, 300U}) {
    const std::string bytes(size, 'a');
    for (std::size_t i = 0; i < size; ++i) {
      std::string other = bytes;
      other[i] = 'b';
      EXPECT_NE(farm_fingerprint64(bytes), farm_fingerprint64(other)) << size << " " << i;
    }
  }
}

}  // namespace
}  // namespace tikv::testing::store
