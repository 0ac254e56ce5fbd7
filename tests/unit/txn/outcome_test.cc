#include <gtest/gtest.h>

#include <stop_token>

#include "sim_fixture.h"
#include "txn/committer.h"

// What a commit says when replies are lost, the caller gives up, or a step fails.
namespace tikv::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class OutcomeTest : public SimTest {
 protected:
  Transaction two_regions() {
    Transaction txn = client.begin();
    (void)txn.put("a", "1");
    (void)txn.put("z", "1");
    return txn;
  }
  void expect_both(const std::optional<std::string>& value) {
    EXPECT_EQ(other.read("a"), value);
    EXPECT_EQ(other.read("z"), value);
  }
};

TEST_F(OutcomeTest, ALostReplyToAPrewriteIsAskedForAgain) {
  for (const FaultKind kind : {FaultKind::kBreakAfter, FaultKind::kDropReply}) {
    cluster.model().faults().clear();
    const FaultId lost = add(fault("KvPrewrite", kind));
    Transaction txn = two_regions();
    const Result<Committed> done = txn.commit().get();
    ASSERT_TRUE(done.has_value()) << done.error().to_string();
    EXPECT_EQ(hits(lost), 1u);
    client.settle();
    expect_both("1");
  }
}

TEST_F(OutcomeTest, ALostReplyToThePrimarysCommitIsAskedForAgain) {
  for (const FaultKind kind : {FaultKind::kBreakAfter, FaultKind::kDropReply}) {
    cluster.model().faults().clear();
    const FaultId lost = add(fault("KvCommit", kind));
    Transaction txn = two_regions();
    const Result<Committed> done = txn.commit().get();
    ASSERT_TRUE(done.has_value()) << done.error().to_string();
    EXPECT_EQ(hits(lost), 1u);
    EXPECT_EQ(other.snapshot_at(done->commit_ts).get("a").get().value(), "1");
    EXPECT_EQ(other.snapshot_at(done->commit_ts - 1).get("a").get().value_or("older"), std::nullopt);
    client.settle();
    expect_both("1");
    Transaction clean = client.begin();
    (void)clean.remove("a");
    (void)clean.remove("z");
    ASSERT_TRUE(clean.commit().get().has_value());
  }
}

TEST_F(OutcomeTest, AnUndeterminedResultIsAskedForAgain) {
  Fault undetermined = fault("KvCommit", FaultKind::kRegionError);
  undetermined.region_error = RegionErrorKind::kUndeterminedResult;
  const FaultId hit = add(undetermined);
  Transaction txn = two_regions();
  const Result<Committed> done = txn.commit().get();
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  EXPECT_EQ(hits(hit), 1u);
  expect_both("1");
}

// The deadline passes while the reply is missing. The store is asked, beyond the deadline, and says yes.
TEST_F(OutcomeTest, ACommitWhoseReplyIsLostAtTheDeadlineIsKnownToHaveHappened) {
  add(fault("KvCommit", FaultKind::kDropReply));
  Transaction txn = two_regions();
  const auto began = loop.now();
  const Result<Committed> done = txn.commit().with_timeout(milliseconds(200)).get();
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  EXPECT_GE(requests("KvCheckTxnStatus"), 1u);
  EXPECT_LT(loop.now() - began, milliseconds(250));
  EXPECT_EQ(other.snapshot_at(done->commit_ts).get("a").get().value(), "1");
  client.settle();
  expect_both("1");
}

// The request itself was lost: the store is asked, says that the lock is still there, and gets the commit again.
TEST_F(OutcomeTest, ACommitThatNeverArrivedIsSentAgain) {
  add(fault("KvCommit", FaultKind::kDropRequest));
  Transaction txn = two_regions();
  const Result<Committed> done = txn.commit().with_timeout(milliseconds(200)).get();
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  client.settle();
  expect_both("1");
}

TEST_F(OutcomeTest, ACancelWhileTheReplyIsMissingStillTellsTheOutcome) {
  add(fault("KvCommit", FaultKind::kDropReply));
  Transaction txn = two_regions();
  std::stop_source stop;
  Started<Result<Committed>> committing(txn.commit().with_stop(stop.get_token()));
  loop.run_until([&] { return requests("KvCommit") == 1; });
  loop.run_for(milliseconds(10));
  ASSERT_FALSE(committing.done());
  stop.request_stop();
  const Result<Committed> done = committing.wait(loop);
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  expect_both("1");
}

TEST_F(OutcomeTest, OnlyWhenNobodyCanBeAskedTheOutcomeIsUnknown) {
  add(fault("KvCommit", FaultKind::kDropReply, 0, 0));
  add(fault("KvCheckTxnStatus", FaultKind::kDropRequest, 0, 0));
  Transaction txn = two_regions();
  const auto began = loop.now();
  const Result<Committed> done = txn.commit().with_timeout(milliseconds(200)).get();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind(), ErrorKind::kUndetermined);
  EXPECT_EQ(done.error().applied(), Applied::kUnknown);
  EXPECT_EQ(done.error().advice(), Advice::kOutcomeUnknown);
  EXPECT_LE(loop.now() - began, milliseconds(200) + txn::Committer::kSettleTime + milliseconds(1));
  cluster.model().faults().clear();
  expect_both("1");
  EXPECT_EQ(requests("KvBatchRollback"), 0u) << "what may be committed must not be rolled back";
}

// The commit was lost, and before it is sent again another client rolls the transaction back.
TEST_F(OutcomeTest, ALostCommitOfARolledBackTransactionIsAborted) {
  add(fault("KvCommit", FaultKind::kDropRequest));
  add(fault("KvTxnHeartBeat", FaultKind::kDropRequest, 0, 0));
  Transaction txn = two_regions();
  Started<Result<Committed>> committing(txn.commit().with_timeout(seconds(20)));
  loop.run_for(seconds(10));
  ASSERT_FALSE(committing.done());
  EXPECT_EQ(other.read("a"), std::nullopt) << "rolls back what has expired";
  const Result<Committed> done = committing.wait(loop);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind(), ErrorKind::kAborted);
  EXPECT_EQ(done.error().applied(), Applied::kNo);
  EXPECT_EQ(done.error().advice(), Advice::kRetryTransaction);
  client.settle();
  expect_both(std::nullopt);
}

// A reader at a newer timestamp moves the commit on.
TEST_F(OutcomeTest, AReaderMayAskForALaterCommitTimestamp) {
  add(delay("KvCommit", FaultKind::kDelayRequest, milliseconds(500)));
  Transaction txn = two_regions();
  Started<Result<Committed>> committing(txn.commit());
  loop.run_until([&] { return requests("KvCommit") == 1; });
  const Snapshot later = other.snapshot();
  EXPECT_EQ(later.get("a").get().value(), std::nullopt);
  EXPECT_FALSE(committing.done()) << "the reader did not wait for the writer";
  const Result<Committed> done = committing.wait(loop);
  ASSERT_TRUE(done.has_value()) << done.error().to_string();
  EXPECT_GT(done->commit_ts, later.timestamp());
  EXPECT_EQ(requests("KvCommit"), 2u);
  EXPECT_EQ(later.get("a").get().value(), std::nullopt) << "the snapshot stays what it was";
  client.settle();
  expect_both("1");
}

TEST_F(OutcomeTest, GivingUpBeforeTheCommitMeansNothingIsWritten) {
  add(fault("KvPrewrite", FaultKind::kDropReply,
            1));  // one region is prewritten and says so, the other one's says nothing
  Transaction txn = two_regions();
  const Result<Committed> done = txn.commit().with_timeout(milliseconds(200)).get();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind(), ErrorKind::kDeadline);
  EXPECT_EQ(done.error().applied(), Applied::kNo);
  EXPECT_GT(done.error().attempt_count(), 0u);
  client.settle();
  EXPECT_GE(requests("KvBatchRollback"), 2u) << "a deadline does not skip the rollback";
  const auto before = loop.now();
  expect_both(std::nullopt);
  EXPECT_LT(loop.now() - before, milliseconds(100)) << "no lock was left to wait for";
}

TEST_F(OutcomeTest, ACancelBeforeTheCommitMeansNothingIsWritten) {
  add(fault("KvPrewrite", FaultKind::kDropReply, 1));
  Transaction txn = two_regions();
  std::stop_source stop;
  Started<Result<Committed>> committing(txn.commit().with_stop(stop.get_token()));
  loop.run_for(milliseconds(50));
  stop.request_stop();
  const Result<Committed> done = committing.wait(loop);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind(), ErrorKind::kCancelled);
  EXPECT_EQ(done.error().applied(), Applied::kNo);
  client.settle();
  expect_both(std::nullopt);
}

// Each step of a commit fails in each way. Whatever the commit says, it is so, and all of it or nothing.
TEST_F(OutcomeTest, EveryStepMayFail) {
  struct Way {
    const char* what;
    Fault fault;
    bool ends_well;  // the fault is one that retries overcome
  };
  Fault busy = fault("", FaultKind::kRegionError);
  busy.region_error = RegionErrorKind::kNotLeader;
  Fault epoch = fault("", FaultKind::kRegionError);
  epoch.region_error = RegionErrorKind::kEpochNotMatch;
  Fault unknown = fault("", FaultKind::kRegionError);
  unknown.region_error = RegionErrorKind::kUndeterminedResult;
  const Way ways[] = {
      {"request lost", fault("", FaultKind::kDropRequest), true},
      {"reply lost", fault("", FaultKind::kDropReply), true},
      {"connection breaks before", fault("", FaultKind::kBreakBefore), true},
      {"connection breaks after", fault("", FaultKind::kBreakAfter), true},
      {"UNAVAILABLE", fault("", FaultKind::kStatus), true},
      {"done twice", fault("", FaultKind::kDuplicate), true},
      {"late", delay("", FaultKind::kDelayReply, seconds(5)), true},
      {"not leader", busy, true},
      {"epoch not match", epoch, true},
      {"undetermined", unknown, true},
  };
  for (const Way& way : ways) {
    for (const bool patient : {true, false}) {
      for (std::uint64_t step = 0;; ++step) {
        SCOPED_TRACE(std::string(way.what) + (patient ? ", patient" : ", 200 ms") + ", step " + std::to_string(step));
        Transaction clean = other.begin();
        (void)clean.remove("a");
        (void)clean.remove("z");
        ASSERT_TRUE(clean.commit().get().has_value());
        other.settle();

        Transaction txn = two_regions();
        Fault at_step = way.fault;
        at_step.skip = step;
        const FaultId id = add(at_step);
        Task<Result<Committed>> commit = txn.commit();
        if (!patient) commit = std::move(commit).with_timeout(milliseconds(200));
        const auto began = loop.now();
        const Result<Committed> done = std::move(commit).get();
        const auto took = loop.now() - began;
        client.settle();
        const bool hit = hits(id) == 1;
        cluster.model().faults().clear();

        if (patient && way.ends_well) {
          EXPECT_TRUE(done.has_value()) << done.error().to_string();
        }
        if (!patient) {
          EXPECT_LE(took, milliseconds(201) + txn::Committer::kSettleTime);
        }
        if (done) {
          EXPECT_EQ(other.snapshot_at(done->commit_ts).get("z").get().value(), "1");
          expect_both("1");
        } else {
          EXPECT_NE(done.error().kind(), ErrorKind::kUndetermined) << "one fault leaves somebody to ask";
          EXPECT_EQ(done.error().applied(), Applied::kNo);
          EXPECT_EQ(done.error().kind(), ErrorKind::kDeadline) << done.error().to_string();
          expect_both(std::nullopt);
        }
        if (hit) continue;
        EXPECT_GE(step, 4u) << "two prewrites, a timestamp, two commits";
        break;
      }
    }
  }
}

}  // namespace
}  // namespace tikv::testing
