// What versions, locks and rollbacks mean to those who read and write beside them: the rules that any store of
// transactions must keep, and that client-go's own mock keeps (internal/mockstore/mocktikv).

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "one_region.h"

namespace tikv::testing {
namespace {

using namespace proto::kvrpcpb;

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// A lock's key, primary and transaction.
struct Held {
  std::string key;
  std::string primary;
  std::uint64_t start_ts;
  friend bool operator==(const Held&, const Held&) = default;
  friend void PrintTo(const Held& held, std::ostream* out) {
    *out << held.key << " of " << held.primary << '@' << held.start_ts;
  }
};

class Mvcc : public ::testing::Test {
 protected:
  PrewriteResponse prewrite(const Pairs& writes, const std::string& primary, std::uint64_t start_ts,
                            std::uint64_t ttl_ms = 0, Op op = Op::Put) {
    PrewriteRequest request;
    request.set_primary_lock(primary);
    request.set_start_version(start_ts);
    request.set_lock_ttl(ttl_ms);
    request.set_min_commit_ts(start_ts + 1);
    for (const auto& [key, value] : writes) {
      Mutation& mutation = *request.add_mutations();
      mutation.set_op(op);
      mutation.set_key(key);
      mutation.set_value(value);
    }
    return store_.kv.handle(store_.region, request);
  }
  void must_prewrite(const Pairs& writes, const std::string& primary, std::uint64_t start_ts,
                     std::uint64_t ttl_ms = 0) {
    const PrewriteResponse response = prewrite(writes, primary, start_ts, ttl_ms);
    EXPECT_EQ(response.errors_size(), 0) << response.ShortDebugString();
  }
  CommitResponse commit(const std::string& key, std::uint64_t start_ts, std::uint64_t commit_ts) {
    CommitRequest request;
    request.add_keys(key);
    request.set_start_version(start_ts);
    request.set_commit_version(commit_ts);
    return store_.kv.handle(store_.region, request);
  }
  bool rolled_back(const std::string& key, std::uint64_t start_ts) {
    BatchRollbackRequest request;
    request.add_keys(key);
    request.set_start_version(start_ts);
    return !store_.kv.handle(store_.region, request).has_error();
  }
  void put(const std::string& key, const std::string& value, std::uint64_t start_ts, std::uint64_t commit_ts) {
    must_prewrite({{key, value}}, key, start_ts);
    EXPECT_FALSE(commit(key, start_ts, commit_ts).has_error());
  }
  void remove(const std::string& key, std::uint64_t start_ts, std::uint64_t commit_ts) {
    EXPECT_EQ(prewrite({{key, ""}}, key, start_ts, 0, Op::Del).errors_size(), 0);
    EXPECT_FALSE(commit(key, start_ts, commit_ts).has_error());
  }

  /// The value, "-" if there is none, "locked" if a lock is in the way.
  std::string get(const std::string& key, std::uint64_t version, IsolationLevel level = SI) {
    GetRequest request;
    request.set_key(key);
    request.set_version(version);
    request.mutable_context()->set_isolation_level(level);
    const GetResponse response = store_.kv.handle(store_.region, request);
    if (response.error().has_locked()) return "locked";
    EXPECT_FALSE(response.has_error()) << response.ShortDebugString();
    return response.not_found() ? "-" : response.value();
  }
  ScanRequest scan_request(const std::string& start, const std::string& end, std::uint32_t limit,
                           std::uint64_t version) {
    ScanRequest request;
    request.set_start_key(start);
    request.set_end_key(end);
    request.set_limit(limit);
    request.set_version(version);
    return request;
  }
  Pairs read(const ScanRequest& request) {
    const ScanResponse response = store_.kv.handle(store_.region, request);
    Pairs pairs;
    for (const KvPair& pair : response.pairs()) {
      EXPECT_FALSE(pair.has_error()) << pair.ShortDebugString();
      pairs.emplace_back(pair.key(), pair.value());
    }
    return pairs;
  }
  Pairs scan(const std::string& start, const std::string& end, std::uint32_t limit, std::uint64_t version) {
    return read(scan_request(start, end, limit, version));
  }
  /// Down from `high`, which is left out, to `low`.
  Pairs scan_down(const std::string& low, const std::string& high, std::uint32_t limit, std::uint64_t version) {
    ScanRequest request = scan_request(high, low, limit, version);
    request.set_reverse(true);
    return read(request);
  }
  std::vector<Held> locks(std::uint64_t max_version, const std::string& start = "", const std::string& end = "") {
    ScanLockRequest request;
    request.set_start_key(start);
    request.set_end_key(end);
    request.set_max_version(max_version);
    const ScanLockResponse response = store_.kv.handle(store_.region, request);
    std::vector<Held> held;
    for (const LockInfo& lock : response.locks()) {
      held.push_back({lock.key(), lock.primary_lock(), lock.lock_version()});
    }
    return held;
  }
  /// Ends transactions: a commit timestamp of 0 rolls back.
  void resolve(std::initializer_list<std::pair<std::uint64_t, std::uint64_t>> ends) {
    ResolveLockRequest request;
    for (const auto& [start_ts, commit_ts] : ends) {
      TxnInfo& info = *request.add_txn_infos();
      info.set_txn(start_ts);
      info.set_status(commit_ts);
    }
    EXPECT_FALSE(store_.kv.handle(store_.region, request).has_error());
  }
  CheckTxnStatusResponse status(const std::string& primary, std::uint64_t start_ts, std::uint64_t caller_start_ts,
                                std::uint64_t current_ts, bool rollback_if_absent = false) {
    CheckTxnStatusRequest request;
    request.set_primary_key(primary);
    request.set_lock_ts(start_ts);
    request.set_caller_start_ts(caller_start_ts);
    request.set_current_ts(current_ts);
    request.set_rollback_if_not_exist(rollback_if_absent);
    return store_.kv.handle(store_.region, request);
  }
  CleanupResponse clean_up(const std::string& key, std::uint64_t start_ts, std::uint64_t current_ts) {
    CleanupRequest request;
    request.set_key(key);
    request.set_start_version(start_ts);
    request.set_current_ts(current_ts);
    return store_.kv.handle(store_.region, request);
  }

  OneRegion store_;
};

TEST_F(Mvcc, AValueIsSeenFromItsCommitOn) {
  EXPECT_EQ(get("x", 10), "-");
  put("x", "x", 5, 10);
  EXPECT_EQ(get("x", 9), "-");
  EXPECT_EQ(get("x", 10), "x");
  EXPECT_EQ(get("x", 11), "x");
}

TEST_F(Mvcc, ARemovedKeyIsGoneFromItsCommitOn) {
  put("x", "x5", 5, 10);
  remove("x", 15, 20);
  const std::pair<std::uint64_t, std::string> expected[] = {{5, "-"},   {9, "-"},  {10, "x5"},
                                                            {19, "x5"}, {20, "-"}, {21, "-"}};
  for (const auto& [version, value] : expected) EXPECT_EQ(get("x", version), value) << version;
}

TEST_F(Mvcc, LocksThatHoldNoValueAndLocksOfPrimariesAtTheLatestVersionDoNotBlockReads) {
  put("key", "value", 5, 10);
  EXPECT_EQ(prewrite({{"key", ""}}, "key", 20, 0, Op::Lock).errors_size(), 0);
  EXPECT_EQ(get("key", 25), "value");
  EXPECT_FALSE(commit("key", 20, 30).has_error());
  must_prewrite({{"key", "value2"}, {"key2", "v5"}}, "key", 40);
  EXPECT_EQ(get("key", 39), "value");
  EXPECT_EQ(get("key", 41), "locked");
  EXPECT_EQ(get("key2", kMax), "locked");
  EXPECT_EQ(get("key", kMax), "value");
}

TEST_F(Mvcc, ReadCommittedPassesLocks) {
  put("key", "v1", 5, 10);
  must_prewrite({{"key", "v2"}}, "key", 15);
  EXPECT_EQ(get("key", 20), "locked");
  EXPECT_EQ(get("key", 12, RC), "v1");
  EXPECT_EQ(get("key", 20, RC), "v1");
}

TEST_F(Mvcc, ACommittedTransactionCannotBeRolledBack) {
  put("secondary", "s0", 1, 2);
  must_prewrite({{"primary", "p5"}, {"secondary", "s5"}}, "primary", 5);
  EXPECT_EQ(get("secondary", 8), "locked");
  EXPECT_EQ(get("secondary", 12), "locked");
  EXPECT_FALSE(commit("primary", 5, 10).has_error());
  EXPECT_FALSE(rolled_back("primary", 5));
  EXPECT_EQ(get("primary", 10), "p5");
}

/// Five keys whose versions come and go: at 10 A, C, E; at 20 B and D come; at 30 A and D go; at 40 B goes and C and D
/// are written.
class MvccScans : public Mvcc {
 protected:
  static Pairs pairs(std::string_view text) {
    Pairs all;
    for (std::size_t at = 0; at + 3 <= text.size(); at += 4) all.emplace_back(text.substr(at, 1), text.substr(at, 3));
    return all;
  }
  /// "A10 C10": what is seen, forwards; backwards it must be the same the other way round.
  void expect(std::uint64_t version, const std::string& low, const std::string& high, std::string_view seen) {
    const Pairs all = pairs(seen);
    for (std::uint32_t limit = 0; limit <= all.size() + 2; ++limit) {
      SCOPED_TRACE(std::to_string(version) + " [" + low + ", " + high + ") limit " + std::to_string(limit));
      const auto count = static_cast<std::ptrdiff_t>(std::min<std::size_t>(limit, all.size()));
      EXPECT_EQ(scan(low, high, limit, version), Pairs(all.begin(), all.begin() + count));
      EXPECT_EQ(scan_down(low, high, limit, version), Pairs(all.rbegin(), all.rbegin() + count));
    }
  }
  void expect_at_10() {
    expect(10, "", "Z", "A10 C10 E10");
    expect(10, "A", "Z", "A10 C10 E10");
    expect(10, std::string("A\0", 2), "Z", "C10 E10");
    expect(10, "C", "Z", "C10 E10");
    expect(10, "F", "Z", "");
    expect(10, "", "E", "A10 C10");
    expect(10, "", std::string("C\0", 2), "A10 C10");
    expect(10, "", "B", "A10");
    expect(10, std::string("A\0", 2), "C", "");
  }
  void expect_at_20() {
    expect(20, "", "Z", "A10 B20 C10 D20 E10");
    expect(20, "C", "Z", "C10 D20 E10");
    expect(20, std::string("D\0", 2), "Z", "E10");
    expect(20, "B", "D", "B20 C10");
    expect(20, "B", std::string("D\0", 2), "B20 C10 D20");
    expect(20, std::string("B\0", 2), std::string("D\0", 2), "C10 D20");
  }
  void expect_at_30() {
    expect(30, "", "Z", "B20 C10 E10");
    expect(30, "A", "C", "B20");
    expect(30, std::string("C\0", 2), "Z", "E10");
  }
  void expect_at_40() {
    expect(40, "", "Z", "C40 D40 E10");
    expect(100, "", "Z", "C40 D40 E10");
  }
};

TEST_F(MvccScans, BothWaysSeeWhatWasThereAtTheirVersion) {
  for (const std::string key : {"A", "C", "E"}) put(key, key + "10", 5, 10);
  expect_at_10();
  for (const std::string key : {"B", "D"}) put(key, key + "20", 15, 20);
  expect_at_10();
  expect_at_20();
  for (const std::string key : {"A", "D"}) remove(key, 25, 30);
  expect_at_10();
  expect_at_20();
  expect_at_30();
  remove("B", 35, 40);
  for (const std::string key : {"C", "D"}) put(key, key + "40", 35, 40);
  expect_at_10();
  expect_at_20();
  expect_at_30();
  expect_at_40();
}

TEST_F(Mvcc, ABatchOfKeysIsReadAtOneVersion) {
  put("k1", "v1", 1, 2);
  put("k2", "v2", 1, 2);
  put("k2", "w2", 3, 4);
  put("k3", "v3", 1, 2);
  BatchGetRequest request;
  for (const char* key : {"k1", "k2", "k3", "k4"}) request.add_keys(key);
  request.set_version(5);
  const BatchGetResponse response = store_.kv.handle(store_.region, request);
  ASSERT_EQ(response.pairs_size(), 3);
  EXPECT_EQ(response.pairs(0).value(), "v1");
  EXPECT_EQ(response.pairs(1).value(), "w2");
  EXPECT_EQ(response.pairs(2).value(), "v3");
}

TEST_F(Mvcc, LocksAreFoundByRangeAndAge) {
  put("k1", "v1", 1, 2);
  must_prewrite({{"p1", "v5"}, {"s1", "v5"}}, "p1", 5);
  must_prewrite({{"p2", "v10"}, {"s2", "v10"}}, "p2", 10);
  must_prewrite({{"p3", "v20"}, {"s3", "v20"}}, "p3", 20);
  EXPECT_EQ(locks(12, "a", "r"), (std::vector<Held>{{"p1", "p1", 5}, {"p2", "p2", 10}}));
  EXPECT_EQ(locks(10), (std::vector<Held>{{"p1", "p1", 5}, {"p2", "p2", 10}, {"s1", "p1", 5}, {"s2", "p2", 10}}));
}

TEST_F(Mvcc, AScanPassesTheLocksThatItsCallerHasResolved) {
  must_prewrite({{"p1", "v5"}, {"s1", "v5"}}, "p1", 5);
  must_prewrite({{"p2", "v10"}, {"s2", "v10"}}, "p1", 5);
  ScanRequest request = scan_request("p1", "", 3, 10);
  const ScanResponse blocked = store_.kv.handle(store_.region, request);
  ASSERT_GE(blocked.pairs_size(), 2);
  EXPECT_TRUE(blocked.pairs(0).error().has_locked());
  EXPECT_TRUE(blocked.pairs(1).error().has_locked());
  request.mutable_context()->add_resolved_locks(blocked.pairs(0).error().locked().lock_version());
  EXPECT_EQ(read(request), Pairs()) << "resolved means rolled back, or committed later";
}

TEST_F(Mvcc, ACommitFindsItsLockOrNothing) {
  must_prewrite({{"x", "A"}}, "x", 5);
  EXPECT_TRUE(prewrite({{"x", "B"}}, "x", 10).errors(0).has_locked());
  EXPECT_TRUE(rolled_back("x", 5));
  EXPECT_TRUE(commit("x", 5, 10).has_error()) << "its lock was removed";
  must_prewrite({{"x", "B"}}, "x", 10);
  EXPECT_TRUE(commit("x", 5, 20).has_error()) << "the lock is another's";
  EXPECT_FALSE(commit("x", 10, 20).has_error());
  EXPECT_FALSE(commit("x", 10, 20).has_error()) << "a repeated commit";
  EXPECT_EQ(get("x", 20), "B");
}

TEST_F(Mvcc, ResolvingCommitsAndRollsBack) {
  must_prewrite({{"p1", "v5"}, {"s1", "v5"}}, "p1", 5);
  must_prewrite({{"p2", "v10"}, {"s2", "v10"}}, "p2", 10);
  for (const auto& [start_ts, commit_ts] : {std::pair<std::uint64_t, std::uint64_t>{5, 0}, {10, 20}}) {
    ResolveLockRequest request;
    request.set_start_version(start_ts);
    request.set_commit_version(commit_ts);
    EXPECT_FALSE(store_.kv.handle(store_.region, request).has_error());
  }
  EXPECT_EQ(get("p1", 20), "-");
  EXPECT_EQ(get("s1", 30), "-");
  EXPECT_EQ(get("p2", 20), "v10");
  EXPECT_EQ(get("s2", 30), "v10");
  EXPECT_TRUE(locks(30).empty());
}

TEST_F(Mvcc, ManyTransactionsAreResolvedAtOnce) {
  must_prewrite({{"p1", "v11"}, {"s1", "v11"}}, "p1", 11);
  must_prewrite({{"p2", "v12"}, {"s2", "v12"}}, "p2", 12);
  must_prewrite({{"p3", "v13"}}, "p3", 13);
  must_prewrite({{"p4", "v14"}, {"s3", "v14"}, {"s4", "v14"}}, "p4", 14);
  must_prewrite({{"p5", "v15"}, {"s5", "v15"}}, "p5", 15);
  resolve({{11, 0}, {12, 22}, {13, 0}, {14, 24}});
  EXPECT_EQ(get("p1", 20), "-");
  EXPECT_EQ(get("p3", 30), "-");
  EXPECT_EQ(get("p2", 30), "v12");
  EXPECT_EQ(get("s4", 30), "v14");
  EXPECT_EQ(locks(30), (std::vector<Held>{{"p5", "p5", 15}, {"s5", "p5", 15}}));
  resolve({{15, 0}});
  EXPECT_TRUE(locks(30).empty());
}

TEST_F(Mvcc, GarbageBelowTheSafePointIsGoneAndNothingElse) {
  put("k1", "v1", 1, 2);
  put("k1", "v2", 11, 12);
  put("k2", "v1", 1, 2);
  put("k2", "v2", 11, 12);
  put("k2", "v3", 101, 102);
  put("k3", "v1", 1, 2);
  put("k3", "v2", 11, 12);
  remove("k3", 101, 102);
  put("k4", "v1", 1, 2);
  remove("k4", 11, 12);
  struct Row {
    const char* key;
    std::uint64_t version;
    const char* before;
    const char* after;
  };
  const Row rows[] = {{"k1", 5, "v1", "-"},    {"k1", 15, "v2", "v2"}, {"k2", 5, "v1", "-"},   {"k2", 15, "v2", "v2"},
                      {"k2", 105, "v3", "v3"}, {"k3", 5, "v1", "-"},   {"k3", 15, "v2", "v2"}, {"k3", 105, "-", "-"},
                      {"k4", 5, "v1", "-"},    {"k4", 105, "-", "-"}};
  for (const Row& row : rows) EXPECT_EQ(get(row.key, row.version), row.before) << row.key << '@' << row.version;
  store_.kv.collect_garbage(100);
  for (const Row& row : rows) EXPECT_EQ(get(row.key, row.version), row.after) << row.key << '@' << row.version;
}

TEST_F(Mvcc, ARollbackDoesNotHideALaterConflict) {
  put("test", "test", 1, 3);
  const PrewriteResponse late = prewrite({{"lock", "lock"}, {"test", "test1"}}, "test", 2, 2);
  ASSERT_EQ(late.errors_size(), 1);
  EXPECT_TRUE(late.errors(0).has_conflict());
  EXPECT_TRUE(locks(kMax).empty()) << "one conflict leaves no lock behind";
  put("test", "test2", 5, 8);
  EXPECT_FALSE(clean_up("test", 2, kMax).has_error());
  const PrewriteResponse again = prewrite({{"test", "test3"}}, "test", 6, 1);
  ASSERT_EQ(again.errors_size(), 1);
  EXPECT_TRUE(again.errors(0).has_conflict());
}

TEST_F(Mvcc, ARangeIsDeletedUpToItsEnd) {
  for (int i = 1; i <= 5; ++i) {
    put(std::to_string(i), "v", static_cast<std::uint64_t>(1 + 2 * i), static_cast<std::uint64_t>(2 + 2 * i));
  }
  const auto delete_range = [this](const std::string& start, const std::string& end) {
    DeleteRangeRequest request;
    request.set_start_key(start);
    request.set_end_key(end);
    EXPECT_EQ(store_.kv.handle(store_.region, request).error(), "");
    std::string left;
    for (const auto& [key, value] : scan("0", "", 10, 30)) left += key;
    return left;
  };
  EXPECT_EQ(delete_range("2", "4"), "145");
  EXPECT_EQ(delete_range("5", "5"), "145");
  EXPECT_EQ(delete_range("41", "42"), "145");
  EXPECT_EQ(delete_range(std::string("4\0", 2), std::string("5\0", 2)), "14");
  EXPECT_EQ(delete_range("0", "9"), "");
}

class MvccStatus : public Mvcc {
 protected:
  static constexpr std::uint64_t kStart = std::uint64_t{5} << 18;
};

TEST_F(MvccStatus, OfALiveTransactionPushesItsCommit) {
  must_prewrite({{"pk", "val"}}, "pk", kStart, 666);
  const CheckTxnStatusResponse alive = status("pk", kStart, kStart + 100, 666);
  EXPECT_EQ(alive.lock_ttl(), 666U);
  EXPECT_EQ(alive.commit_version(), 0U);
  EXPECT_EQ(alive.action(), MinCommitTSPushed);
  // The latest version pushes nothing, and is told that it need not wait.
  const CheckTxnStatusResponse latest = status("pk", kStart, kMax, 666);
  EXPECT_EQ(latest.lock_ttl(), 666U);
  EXPECT_EQ(latest.action(), MinCommitTSPushed);
  EXPECT_TRUE(commit("pk", kStart, kStart + 100).error().has_commit_ts_expired());
  EXPECT_FALSE(commit("pk", kStart, kStart + 101).has_error());
  const CheckTxnStatusResponse committed = status("pk", kStart, 0, 666);
  EXPECT_EQ(committed.lock_ttl(), 0U);
  EXPECT_EQ(committed.commit_version(), kStart + 101);
}

TEST_F(MvccStatus, OfARolledBackOneAndOfOneWhoseTimeIsUp) {
  must_prewrite({{"pk1", "val"}}, "pk1", kStart, 666);
  EXPECT_TRUE(rolled_back("pk1", kStart));
  const CheckTxnStatusResponse over = status("pk1", kStart, 0, 666);
  EXPECT_EQ(over.lock_ttl(), 0U);
  EXPECT_EQ(over.commit_version(), 0U);
  EXPECT_EQ(over.action(), NoAction);

  must_prewrite({{"pk2", "val"}}, "pk2", kStart, 666);
  const CheckTxnStatusResponse expired = status("pk2", kStart, 0, std::uint64_t{777} << 18);
  EXPECT_EQ(expired.lock_ttl(), 0U);
  EXPECT_EQ(expired.commit_version(), 0U);
  EXPECT_EQ(expired.action(), TTLExpireRollback);
}

TEST_F(MvccStatus, OfOneThatNeverWasIsAnErrorOrBecomesARollback) {
  const CheckTxnStatusResponse absent = status("absent", 5, 0, 666);
  ASSERT_TRUE(absent.error().has_txn_not_found()) << absent.ShortDebugString();
  EXPECT_EQ(absent.error().txn_not_found().start_ts(), 5U);
  EXPECT_EQ(absent.error().txn_not_found().primary_key(), "absent");

  const CheckTxnStatusResponse ended = status("absent", 5, 0, 666, true);
  EXPECT_EQ(ended.lock_ttl(), 0U);
  EXPECT_EQ(ended.commit_version(), 0U);
  EXPECT_EQ(ended.action(), LockNotExistRollback);
  EXPECT_GT(prewrite({{"absent", "val"}}, "absent", 5).errors_size(), 0) << "it comes too late";
  EXPECT_GT(prewrite({{"absent", "val"}}, "absent", 4).errors_size(), 0) << "and so does an older one";
}

TEST_F(Mvcc, ACommitBelowWhatAReaderWasPromisedIsRefused) {
  must_prewrite({{"x", "A"}}, "x", 5);
  EXPECT_EQ(status("x", 5, 100, 100).action(), MinCommitTSPushed);
  const CommitResponse early = commit("x", 5, 10);
  ASSERT_TRUE(early.error().has_commit_ts_expired()) << early.ShortDebugString();
  EXPECT_EQ(early.error().commit_ts_expired().min_commit_ts(), 101U);
}

TEST_F(Mvcc, AKeysLockIsShown) {
  must_prewrite({{"q1", "v5"}}, "p1", 5);
  MvccGetByKeyRequest request;
  request.set_key("q1");
  const MvccInfo info = store_.kv.handle(store_.region, request).info();
  EXPECT_EQ(info.lock().type(), Op::Put);
  EXPECT_EQ(info.lock().start_ts(), 5U);
  EXPECT_EQ(info.lock().primary(), "p1");
  EXPECT_EQ(info.lock().short_value(), "v5");
}

TEST_F(Mvcc, HeartbeatsOnlyProlong) {
  must_prewrite({{"pk", "val"}}, "pk", 5, 666);
  const auto beat = [this](std::uint64_t ttl_ms) {
    TxnHeartBeatRequest request;
    request.set_primary_lock("pk");
    request.set_start_version(5);
    request.set_advise_lock_ttl(ttl_ms);
    return store_.kv.handle(store_.region, request);
  };
  EXPECT_EQ(beat(888).lock_ttl(), 888U);
  EXPECT_EQ(beat(300).lock_ttl(), 888U);
  EXPECT_FALSE(clean_up("pk", 5, kMax).has_error());
  EXPECT_TRUE(beat(1000).has_error());
}

}  // namespace
}  // namespace tikv::testing
