#include "txn/write_buffer.h"

#include <gtest/gtest.h>

namespace tikv::txn {
namespace {

TEST(WriteBuffer, TheLastWriteOfAKeyCounts) {
  WriteBuffer writes{TransactionLimits()};
  ASSERT_TRUE(writes.put("k", "one").has_value());
  ASSERT_TRUE(writes.put("k", "three").has_value());
  EXPECT_EQ(writes.find("k")->value, "three");
  EXPECT_EQ(writes.size(), 1u);
  EXPECT_EQ(writes.bytes(), 6u);
  ASSERT_TRUE(writes.remove("k").has_value());
  EXPECT_EQ(writes.find("k")->value, std::nullopt);
  EXPECT_EQ(writes.bytes(), 1u);
  ASSERT_TRUE(writes.put("k", "").has_value());
  EXPECT_EQ(writes.find("k")->value, "") << "an empty value is a value";
  EXPECT_EQ(writes.find("other"), nullptr);
}

TEST(WriteBuffer, EachOfManyKeysKeepsItsValueThroughOverwrites) {
  constexpr std::uint32_t kKeys = 10000;
  const auto number = [](std::uint32_t n) {
    std::string bytes;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes.push_back(static_cast<char>(n >> shift & 0xFFU));
    return bytes;
  };
  WriteBuffer writes{TransactionLimits()};
  for (std::uint32_t i = 0; i < kKeys; ++i) ASSERT_TRUE(writes.put(number(i), number(i)));
  for (std::uint32_t i = 0; i < kKeys; ++i) ASSERT_EQ(writes.find(number(i))->value, number(i));
  const std::size_t bytes = writes.bytes();
  for (std::uint32_t i = 0; i < kKeys; i += 3) ASSERT_TRUE(writes.put(number(i), number(i * 10)));
  EXPECT_EQ(writes.size(), kKeys);
  EXPECT_EQ(writes.bytes(), bytes);
  std::uint32_t next = 0;
  for (const auto& [key, write] : writes.writes()) {
    ASSERT_EQ(key, number(next)) << "in the order of their bytes";
    ASSERT_EQ(write.value, number(next % 3 == 0 ? next * 10 : next));
    ++next;
  }
  EXPECT_EQ(next, kKeys);
}

TEST(WriteBuffer, InsertsAreRememberedThroughLaterWrites) {
  WriteBuffer writes{TransactionLimits()};
  ASSERT_TRUE(writes.insert("k", "v").has_value());
  EXPECT_TRUE(writes.find("k")->must_be_absent);
  ASSERT_TRUE(writes.put("k", "w").has_value());
  EXPECT_TRUE(writes.find("k")->must_be_absent);
  ASSERT_TRUE(writes.remove("k").has_value());
  EXPECT_TRUE(writes.find("k")->must_be_absent);
  ASSERT_TRUE(writes.insert("k", "x").has_value());
  EXPECT_EQ(writes.find("k")->value, "x");
}

TEST(WriteBuffer, RemoveThenInsertChecksNothing) {
  WriteBuffer writes{TransactionLimits()};
  ASSERT_TRUE(writes.remove("k").has_value());
  ASSERT_TRUE(writes.insert("k", "v").has_value());
  EXPECT_FALSE(writes.find("k")->must_be_absent);
  EXPECT_FALSE(writes.refused().has_value());
}

TEST(WriteBuffer, InsertOverAnOwnWriteIsRefused) {
  WriteBuffer writes{TransactionLimits()};
  ASSERT_TRUE(writes.put("k", "v").has_value());
  const Result<void> inserted = writes.insert("k", "w");
  ASSERT_FALSE(inserted.has_value());
  EXPECT_EQ(inserted.error().kind(), ErrorKind::kKeyExists);
  EXPECT_EQ(inserted.error().detail<KeyExists>()->key, "k");
  EXPECT_EQ(writes.find("k")->value, "v");
}

TEST(WriteBuffer, RefusesWhatIsTooLargeAndSaysHowMuch) {
  WriteBuffer writes{TransactionLimits{.max_key_bytes = 4, .max_entry_bytes = 10, .max_total_bytes = 15}};
  ASSERT_FALSE(writes.put("", "v").has_value());
  EXPECT_EQ(writes.refused()->kind(), ErrorKind::kInvalidArgument) << "the first refusal is kept";

  const Result<void> key = writes.put("12345", "v");
  ASSERT_FALSE(key.has_value());
  EXPECT_EQ(key.error().kind(), ErrorKind::kTooLarge);
  EXPECT_EQ(key.error().detail<SizeLimit>()->size, 5u);
  EXPECT_EQ(key.error().detail<SizeLimit>()->limit, 4u);

  const Result<void> entry = writes.put("k", std::string(10, 'v'));
  ASSERT_FALSE(entry.has_value());
  EXPECT_EQ(entry.error().detail<SizeLimit>()->size, 11u);
  EXPECT_EQ(entry.error().detail<SizeLimit>()->limit, 10u);

  ASSERT_TRUE(writes.put("a", std::string(9, 'v')).has_value());
  const Result<void> total = writes.put("b", std::string(5, 'v'));
  ASSERT_FALSE(total.has_value());
  EXPECT_EQ(total.error().detail<SizeLimit>()->size, 16u);
  EXPECT_EQ(total.error().detail<SizeLimit>()->limit, 15u);
  EXPECT_TRUE(writes.put("a", std::string(1, 'v')).has_value()) << "a smaller value makes room";
  EXPECT_TRUE(writes.put("b", std::string(5, 'v')).has_value());
  EXPECT_EQ(writes.refused()->kind(), ErrorKind::kInvalidArgument);
}

TEST(WriteBuffer, AValueMayBeLongerThanAnyKey) {
  constexpr std::size_t kLongest = 65535;
  WriteBuffer writes{TransactionLimits{.max_key_bytes = kLongest}};
  EXPECT_TRUE(writes.put(std::string(kLongest, 'k'), std::string(kLongest + 1, 'v')));
  const Result<void> refused = writes.put(std::string(kLongest + 1, 'k'), std::string(kLongest, 'v'));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kTooLarge);
  EXPECT_EQ(refused.error().detail<SizeLimit>()->size, kLongest + 1);
}

TEST(WriteBuffer, RemovedKeysCountTowardsTheLimits) {
  WriteBuffer writes{TransactionLimits{.max_key_bytes = 1000, .max_entry_bytes = 500, .max_total_bytes = 1000}};
  EXPECT_FALSE(writes.put("x", std::string(500, 'v')));
  EXPECT_TRUE(writes.put("x", std::string(499, 'v')));
  EXPECT_FALSE(writes.put("yz", std::string(499, 'v')));
  EXPECT_TRUE(writes.remove(std::string(499, 'k')));
  EXPECT_FALSE(writes.remove(std::string(500, 'k')));
  EXPECT_EQ(writes.bytes(), 999U);
}

TEST(WriteBuffer, TakeLeavesItEmpty) {
  WriteBuffer writes{TransactionLimits()};
  ASSERT_TRUE(writes.put("k", "v").has_value());
  EXPECT_EQ(writes.take().size(), 1u);
  EXPECT_TRUE(writes.empty());
  EXPECT_EQ(writes.find("k"), nullptr);
  EXPECT_EQ(writes.bytes(), 0u);
}

}  // namespace
}  // namespace tikv::txn
