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

TEST(WriteBuffer, TakeLeavesItEmpty) {
  WriteBuffer writes{TransactionLimits()};
  ASSERT_TRUE(writes.put("k", "v").has_value());
  EXPECT_EQ(writes.take().size(), 1u);
  EXPECT_TRUE(writes.empty());
  EXPECT_EQ(writes.bytes(), 0u);
}

}  // namespace
}  // namespace tikv::txn
