#include <gmock/gmock.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <thread>
#include <vector>

#include "cluster_test.h"

namespace tikv {
namespace {

using ::testing::Optional;

class TransactionTest : public TransactionClusterTest {
 protected:
  Transaction begin() { return client().begin().get().value(); }
  void put(std::string_view name, std::string value) {
    Transaction txn = begin();
    ASSERT_TRUE(txn.put(key(name), std::move(value)));
    ASSERT_TRUE(txn.commit().get());
  }
  std::optional<std::string> get(std::string_view name) { return begin().get(key(name)).get().value(); }
};

TEST_F(TransactionTest, WritesBecomeVisibleAtOnce) {
  Transaction txn = begin();
  for (const auto* name : {"a", "h", "z"}) ASSERT_TRUE(txn.put(key(name), name));
  EXPECT_EQ(get("a"), std::nullopt);
  const auto committed = txn.commit().get();
  ASSERT_TRUE(committed) << committed.error().to_string();
  EXPECT_GT(committed->commit_ts, committed->start_ts);
  for (const auto* name : {"a", "h", "z"}) EXPECT_THAT(get(name), Optional(std::string(name)));
}

TEST_F(TransactionTest, SeesItsOwnWrites) {
  for (const auto* name : {"a", "b", "c"}) put(name, name);
  Transaction txn = begin();
  ASSERT_TRUE(txn.put(key("b"), "new"));
  ASSERT_TRUE(txn.remove(key("c")));
  ASSERT_TRUE(txn.put(key("d"), ""));
  EXPECT_THAT(txn.get(key("b")).get().value(), Optional(std::string("new")));
  EXPECT_THAT(txn.get(key("d")).get().value(), Optional(std::string()));
  const auto pairs = txn.scan(all_keys()).collect().get().value();
  ASSERT_EQ(pairs.size(), 3U);
  EXPECT_EQ(pairs[1].value, "new");
  EXPECT_EQ(txn.reverse_scan(all_keys()).collect().get().value().front().key, key("d"));
}

TEST_F(TransactionTest, SnapshotsStayAsTheyWere) {
  put("k", "old");
  const Snapshot before = client().snapshot(client().timestamp().get().value());
  put("k", "new");
  EXPECT_THAT(before.get(key("k")).get().value(), Optional(std::string("old")));
  const auto values = before.batch_get({key("k"), key("absent")}).get().value();
  EXPECT_THAT(values[0], Optional(std::string("old")));
  EXPECT_EQ(values[1], std::nullopt);
  EXPECT_EQ(before.scan(all_keys()).collect().get().value().size(), 1U);
}

TEST_F(TransactionTest, TheSecondWriterOfAKeyConflicts) {
  Transaction first = begin();
  Transaction second = begin();
  ASSERT_TRUE(first.put(key("k"), "1"));
  ASSERT_TRUE(second.put(key("k"), "2"));
  ASSERT_TRUE(first.commit().get());
  const auto lost = second.commit().get();
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind(), ErrorKind::kConflict);
  EXPECT_EQ(lost.error().applied(), Applied::kNo);
  ASSERT_NE(lost.error().detail<WriteConflict>(), nullptr);
  EXPECT_THAT(get("k"), Optional(std::string("1")));
}

TEST_F(TransactionTest, InsertFindsTheKeyPresent) {
  put("k", "1");
  Transaction txn = begin();
  ASSERT_TRUE(txn.insert(key("k"), "2"));
  const auto refused = txn.commit().get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::kKeyExists);
}

TEST_F(TransactionTest, RolledBackIsForgotten) {
  Transaction txn = begin();
  ASSERT_TRUE(txn.put(key("k"), "1"));
  ASSERT_TRUE(txn.rollback().get());
  EXPECT_EQ(get("k"), std::nullopt);
}

/// Adds one to a counter, as a transaction's body.
Task<Result<void>> increment(Transaction* txn, std::string key) {
  const std::optional<std::string> text = co_await txn->get(key).or_return();
  int count = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), count);
  co_await txn->put(std::move(key), std::to_string(count + 1));
  co_return Result<void>();
}

TEST_F(TransactionTest, NoIncrementIsLost) {
  constexpr int kThreads = 4;
  constexpr int kIncrements = 10;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < kIncrements; ++i) {
        const auto done =
            client()
                .transact([&](Transaction& txn) { return increment(&txn, key("counter")); }, {.max_attempts = 1000})
                .get();
        EXPECT_TRUE(done) << done.error().to_string();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(get("counter"), Optional(std::to_string(kThreads * kIncrements)));
}

TEST_F(TransactionTest, CommitsOfOneKeyDoNotOverlap) {
  constexpr int kThreads = 4;
  constexpr int kCommits = 10;
  std::vector<std::vector<Committed>> commits(kThreads);
  std::vector<std::thread> threads;
  for (std::vector<Committed>& mine : commits) {
    threads.emplace_back([this, &mine] {
      while (mine.size() < kCommits) {
        Transaction txn = begin();
        (void)txn.put(key("k"), "v");
        const Result<Committed> done = txn.commit().get();
        if (done) {
          mine.push_back(*done);
        } else {
          ASSERT_EQ(done.error().kind(), ErrorKind::kConflict) << done.error().to_string();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<Committed> all;
  for (const std::vector<Committed>& mine : commits) all.insert(all.end(), mine.begin(), mine.end());
  std::ranges::sort(all, {}, &Committed::start_ts);
  ASSERT_EQ(all.size(), static_cast<std::size_t>(kThreads * kCommits));
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_LT(all[i - 1].commit_ts, all[i].start_ts);
}

TEST_F(TransactionTest, ManyKeysInEveryRegion) {
  constexpr int kKeys = 2000;
  Transaction txn = begin();
  for (int i = 0; i < kKeys; ++i) {
    ASSERT_TRUE(
        txn.put(key(std::string(1, static_cast<char>('a' + i % 26)) + std::to_string(i)), std::string(100, 'v')));
  }
  const auto committed = txn.commit().get();
  ASSERT_TRUE(committed) << committed.error().to_string();
  EXPECT_EQ(begin().scan(all_keys()).collect().get().value().size(), static_cast<std::size_t>(kKeys));
}

TEST_F(TransactionTest, BadInputIsRefused) {
  Transaction txn = begin();
  EXPECT_EQ(txn.put("", "v").error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(txn.scan({key("b"), key("a")}).collect().get().error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(txn.put(key("k"), std::string(20 << 20, 'x')).error().kind(), ErrorKind::kTooLarge);
}

}  // namespace
}  // namespace tikv
