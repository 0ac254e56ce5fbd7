#include <gtest/gtest.h>

#include <map>
#include <random>

#include "sim_fixture.h"

// Gets and scans of snapshots and transactions on a simulated cluster.
namespace tikv::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ReadsTest : public SimTest {
 protected:
  void SetUp() override {
    Transaction txn = client.begin();
    for (int i = 0; i < 100; ++i) {
      const std::string key = std::string(1, static_cast<char>('a' + i / 4)) + std::to_string(i);
      stored_[key] = "v" + std::to_string(i);
      (void)txn.put(key, stored_[key]);
    }
    ASSERT_TRUE(txn.commit().get().has_value());
    client.settle();
  }
  static std::vector<KvPair> slice(const std::map<std::string, std::string>& from, const KeyRange& range,
                                   bool forward) {
    std::vector<KvPair> pairs;
    for (const auto& [key, value] : from) {
      if (range.contains(key)) pairs.emplace_back(key, value);
    }
    if (!forward) std::reverse(pairs.begin(), pairs.end());
    return pairs;
  }
  std::map<std::string, std::string> stored_;
};

TEST_F(ReadsTest, BatchGetGivesValuesInTheOrderAsked) {
  std::vector<std::string> keys = {"y99", "missing", "a0", "y99", "h30"};
  const std::vector<std::optional<std::string>> values = other.snapshot().batch_get(keys).get().value();
  const std::vector<std::optional<std::string>> expected = {"v99", std::nullopt, "v0", "v99", "v30"};
  EXPECT_EQ(values, expected);
  const std::uint64_t before = requests("KvBatchGet");
  std::vector<std::string> none;
  EXPECT_TRUE(other.snapshot().batch_get(none).get().value().empty());
  EXPECT_EQ(requests("KvBatchGet"), before);
}

TEST_F(ReadsTest, BadArgumentsAreRefusedBeforeAnythingIsSent) {
  const Snapshot snapshot = other.snapshot();
  std::vector<std::string> keys = {"a", ""};
  EXPECT_EQ(snapshot.get("").get().error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(snapshot.batch_get(keys).get().error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(snapshot.scan(KeyRange("b", "a")).next().get().error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(snapshot.scan(KeyRange::all(), {.page = 0}).next().get().error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(snapshot.scan(KeyRange("a", "a")).next().get().value(), std::nullopt);
  Transaction txn = other.begin();
  EXPECT_EQ(txn.get("").get().error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(txn.scan(KeyRange("b", "a")).next().get().error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(txn.scan(KeyRange("a", "a")).next().get().value(), std::nullopt);
  EXPECT_EQ(requests("KvGet") + requests("KvBatchGet") + requests("KvScan"), 0u);
}

TEST_F(ReadsTest, ScansGoThroughRegionsPageByPage) {
  for (const std::size_t page : {1u, 7u, 100u, 256u}) {
    const ScanOptions options{.page = page};
    EXPECT_EQ(other.snapshot().scan(KeyRange::all(), options).collect().get().value(),
              slice(stored_, KeyRange::all(), true));
    EXPECT_EQ(other.snapshot().reverse_scan(KeyRange::all(), options).collect().get().value(),
              slice(stored_, KeyRange::all(), false));
    const KeyRange middle("c", "s");
    EXPECT_EQ(other.snapshot().scan(middle, options).collect().get().value(), slice(stored_, middle, true));
    EXPECT_EQ(other.snapshot().reverse_scan(middle, options).collect().get().value(), slice(stored_, middle, false));
  }
}

TEST_F(ReadsTest, ALimitHoldsOverAllPages) {
  SnapshotScan scan = other.snapshot().scan(KeyRange::all(), {.limit = 10, .page = 4});
  std::size_t pairs = 0;
  while (auto page = scan.next().get().value()) {
    EXPECT_LE(page->size(), 4u);
    pairs += page->size();
  }
  EXPECT_EQ(pairs, 10u);
  EXPECT_EQ(scan.next().get().value(), std::nullopt);
}

TEST_F(ReadsTest, RegionsMayMoveInTheMiddleOfAScan) {
  for (const bool forward : {true, false}) {
    const Snapshot snapshot = other.snapshot();
    const ScanOptions options{.page = 5};
    SnapshotScan scan =
        forward ? snapshot.scan(KeyRange::all(), options) : snapshot.reverse_scan(KeyRange::all(), options);
    std::vector<KvPair> all;
    int step = 0;
    while (auto page = scan.next().get().value()) {
      std::move(page->begin(), page->end(), std::back_inserter(all));
      ++step;
      if (step == 2) split(forward ? "c" : "v");
      if (step == 4) ASSERT_TRUE(cluster.model().move_leader(base::encode_bytes("k"), forward ? 2 : 3).has_value());
      if (step == 6) ASSERT_TRUE(cluster.model().merge(base::encode_bytes(forward ? "c" : "m")).has_value());
    }
    EXPECT_EQ(all, slice(stored_, KeyRange::all(), forward));
  }
}

// Regions split after the client has got to know them, and a lock is in the way.
TEST_F(ReadsTest, ABatchGetGoesThroughSplitsAndLocks) {
  const std::vector<std::string> keys{"a0", "b", "c8"};
  const std::vector<std::optional<std::string>> expected{"v0", std::nullopt, "v8"};
  EXPECT_EQ(other.snapshot().batch_get(keys).get(), expected);
  split("b");
  EXPECT_EQ(other.snapshot().batch_get(keys).get(), expected);
  split("c");
  EXPECT_EQ(other.snapshot().batch_get(keys).get(), expected);
  add(delay("KvCommit", FaultKind::kDelayRequest, milliseconds(100)));
  Transaction txn = client.begin();
  (void)txn.put("a0", "new");
  Started<Result<Committed>> committing(txn.commit());
  loop.run_until([&] { return requests("KvCommit") > 1; });
  EXPECT_EQ(other.snapshot().batch_get(keys).get(), expected);
  EXPECT_TRUE(committing.wait(loop).has_value());
  add(fault("KvBatchGet", FaultKind::kDropReply, 0, 1));
  EXPECT_EQ(other.snapshot().batch_get(keys).get().value()[0], "new") << "a lost answer is asked for again";
}

// The store that refuses a request tells what became of the region; PD need not be asked.
TEST_F(ReadsTest, ASplitIsLearntFromTheStoreWhilePdIsAway) {
  const std::vector<std::string> keys{"a0", "c8"};
  const Snapshot snapshot = other.snapshot();
  ASSERT_EQ(snapshot.batch_get(keys).get().value()[1], "v8");
  split("b");
  ASSERT_TRUE(cluster.model().kill(cluster::ServerId::pd(1)).has_value());
  EXPECT_EQ(snapshot.get("a0").with_timeout(seconds(1)).get(), "v0");
  EXPECT_EQ(snapshot.get("c8").with_timeout(seconds(1)).get(), "v8");
  ASSERT_TRUE(cluster.model().restart(cluster::ServerId::pd(1)).has_value());
}

TEST_F(ReadsTest, AScanStepThatFailsCanBeTakenAgain) {
  SnapshotScan scan = other.snapshot().scan(KeyRange::all(), {.page = 10});
  ASSERT_TRUE(scan.next().get().value().has_value());
  const FaultId lost = add(fault("KvScan", FaultKind::kDropReply, 0, 0));
  const auto before = loop.now();
  const auto failed = scan.next().with_timeout(milliseconds(100)).get();
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().kind(), ErrorKind::kDeadline);
  EXPECT_LE(loop.now() - before, milliseconds(101));
  cluster.model().faults().remove(lost);
  EXPECT_EQ(scan.collect().get().value().size(), 90u);
}

TEST_F(ReadsTest, ATransactionsScansSeeItsWrites) {
  std::mt19937 random(7);
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE(round);
    Transaction txn = other.begin();
    std::map<std::string, std::string> both = stored_;
    for (int i = 0; i < 30; ++i) {
      const std::string key = std::string(1, static_cast<char>('a' + random() % 26)) + std::to_string(random() % 100);
      if (random() % 2 == 0) {
        (void)txn.put(key, "own");
        both[key] = "own";
      } else {
        (void)txn.remove(key);
        both.erase(key);
      }
    }
    std::string low(1, static_cast<char>('a' + random() % 26));
    std::string high(1, static_cast<char>('a' + random() % 26));
    if (high < low) std::swap(low, high);
    const KeyRange range = round % 4 == 0 ? KeyRange::all() : KeyRange(low, high);
    const ScanOptions options{.page = 1 + random() % 20};
    EXPECT_EQ(txn.scan(range, options).collect().get().value(), slice(both, range, true));
    EXPECT_EQ(txn.reverse_scan(range, options).collect().get().value(), slice(both, range, false));
    std::vector<std::string> keys;
    for (int i = 0; i < 20; ++i) {
      keys.push_back(std::string(1, static_cast<char>('a' + random() % 26)) + std::to_string(random() % 100));
    }
    const auto values = txn.batch_get(keys).get().value();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto found = both.find(keys[i]);
      EXPECT_EQ(values[i], found == both.end() ? std::nullopt : std::optional<std::string>(found->second)) << keys[i];
    }
  }
}

TEST_F(ReadsTest, ALimitedScanOfATransaction) {
  Transaction txn = other.begin();
  (void)txn.put("a00", "own");
  TransactionScan scan = txn.scan(KeyRange::all(), {.limit = 3, .page = 2, .key_only = true});
  const std::vector<KvPair> all = scan.collect().get().value();
  const std::vector<KvPair> expected = {KvPair("a0", ""), KvPair("a00", ""), KvPair("a1", "")};
  EXPECT_EQ(all, expected);
}

TEST_F(ReadsTest, ASnapshotDoesNotMove) {
  const Snapshot before = other.snapshot();
  Transaction txn = client.begin();
  (void)txn.put("a0", "new");
  (void)txn.remove("y99");
  (void)txn.put("new", "new");
  ASSERT_TRUE(txn.commit().get().has_value());
  EXPECT_EQ(before.get("a0").get().value(), "v0");
  EXPECT_EQ(before.get("new").get().value(), std::nullopt);
  EXPECT_EQ(before.scan(KeyRange::all()).collect().get().value(), slice(stored_, KeyRange::all(), true));
  EXPECT_EQ(other.read("a0"), "new");
}

// Each step of a read fails in each way, and the read says the right thing.
TEST_F(ReadsTest, EveryStepMayFail) {
  Fault moved = fault("", FaultKind::kRegionError);
  moved.region_error = RegionErrorKind::kEpochNotMatch;
  Fault busy = fault("", FaultKind::kRegionError);
  busy.region_error = RegionErrorKind::kServerIsBusy;
  const Fault ways[] = {fault("", FaultKind::kDropRequest),
                        fault("", FaultKind::kDropReply),
                        fault("", FaultKind::kBreakBefore),
                        fault("", FaultKind::kStatus),
                        delay("", FaultKind::kDelayReply, seconds(40)),
                        moved,
                        busy};
  for (const Fault& way : ways) {
    for (std::uint64_t step = 0;; ++step) {
      SCOPED_TRACE("way " + std::to_string(static_cast<int>(way.kind)) + ", step " + std::to_string(step));
      const Snapshot snapshot = other.snapshot();
      Fault at_step = way;
      at_step.skip = step;
      const FaultId id = add(at_step);
      std::vector<std::string> keys = {"a0", "y99", "none"};
      const auto value = snapshot.get("h30").get();
      const auto many = snapshot.batch_get(keys).get();
      const auto all = snapshot.scan(KeyRange::all(), {.page = 30}).collect().get();
      const bool hit = hits(id) == 1;
      cluster.model().faults().clear();
      ASSERT_TRUE(value.has_value()) << value.error().to_string();
      EXPECT_EQ(*value, "v30");
      ASSERT_TRUE(many.has_value()) << many.error().to_string();
      EXPECT_EQ((*many)[1], "v99");
      ASSERT_TRUE(all.has_value()) << all.error().to_string();
      EXPECT_EQ(*all, slice(stored_, KeyRange::all(), true));
      if (hit) continue;
      EXPECT_GE(step, 7u) << "a get, two of a batch, four pages";
      break;
    }
  }
}

}  // namespace
}  // namespace tikv::testing
