#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "flows.h"
#include "world.h"

// Each flow runs once for each of its requests with that request failing, in every way that requests fail.
namespace tikv::testing {
namespace {

using namespace std::chrono_literals;
using enum FaultKind;

/// What the flow gives, and leaves behind, when nothing fails.
struct Normal {
  std::string text;
  std::string before;
  std::string after;
};

Normal normal_run(const Flow& flow) {
  World world;
  Client& client = world.add_client();
  prepare(flow, world, client);
  Normal normal;
  normal.before = contents(flow, world, client);
  const Result<std::string> result = world.run(flow.run(world, client)).result;
  EXPECT_TRUE(result) << describe(result);
  if (result) normal.text = *result;
  world.settle();
  normal.after = contents(flow, world, client);
  return normal;
}

/// One run of a flow, by a client that knows nothing yet, with a fault.
class FailedRun {
 public:
  FailedRun(const Flow& flow, Fault fault, std::chrono::nanoseconds timeout) : flow_(flow) {
    prepare(flow, world_, other_);
    client_ = &world_.add_client();
    const FaultId id = world_.add(std::move(fault));
    std::tie(result_, took_) = run(timeout);
    if (const auto server = world_.model().faults().last_hit(id)) {
      reached_ = true;
      at_store_ = server->kind == cluster::ServerKind::kStore;
    }
  }

  /// False once the flow has fewer requests.
  bool reached() const { return reached_; }
  const Result<std::string>& result() const { return result_; }
  std::chrono::nanoseconds took() const { return took_; }
  bool at_store() const { return at_store_; }

  /// What was said of the outcome must agree with what is stored.
  void check_outcome(const Normal& normal) {
    world_.heal();
    world_.loop.run_for(25s);  // until locks that were left behind have expired
    const std::string stored = contents(flow_, world_, other_);
    if (result_) {
      EXPECT_EQ(*result_, normal.text);
      EXPECT_EQ(stored, normal.after);
    } else if (result_.error().applied() == Applied::kNo) {
      EXPECT_EQ(stored, normal.before) << describe(result_);
    }
  }
  /// The client is as good as new.
  void check_recovery() {
    world_.heal();
    const auto [again, took] = run(5s);
    // What was applied already may make the difference.
    if (!again) {
      EXPECT_EQ(again.error().kind(), ErrorKind::kKeyExists) << describe(again);
    }
    EXPECT_LE(took, 5s);
  }
  void finish() { world_.finish(); }

 private:
  std::pair<Result<std::string>, std::chrono::nanoseconds> run(std::chrono::nanoseconds timeout) {
    auto ended = world_.run(flow_.run(world_, *client_).with_timeout(timeout));
    return {std::move(ended.result), ended.took};
  }

  const Flow& flow_;
  World world_;
  Client& other_ = world_.add_client();
  Client* client_ = nullptr;
  Result<std::string> result_;
  std::chrono::nanoseconds took_{0};
  bool reached_ = false;
  bool at_store_ = false;
};

struct NamedFault {
  std::string name;
  Fault fault;
};

Fault status(int code) {
  Fault fault = fault_at("", kStatus);
  fault.status = code;
  return fault;
}

Fault leaderless() {
  Fault fault = region_error_at("", RegionErrorKind::kNotLeader);
  fault.hide_leader = true;
  return fault;
}

std::vector<NamedFault> passing_faults() {
  using enum RegionErrorKind;
  std::vector<NamedFault> all = {
      {"request lost", fault_at("", kDropRequest)},
      {"answer lost", fault_at("", kDropReply)},
      {"request late", delayed("", kDelayRequest, 700ms)},
      {"answer late", delayed("", kDelayReply, 700ms)},
      {"request twice", fault_at("", kDuplicate)},
      {"connection lost before", fault_at("", kBreakBefore)},
      {"connection lost after", fault_at("", kBreakAfter)},
      {"UNAVAILABLE", status(14)},
      {"UNKNOWN", status(2)},
      {"no leader", leaderless()},
  };
  const std::pair<const char*, RegionErrorKind> errors[] = {
      {"unknown region error", kMessageOnly},
      {"not_leader", kNotLeader},
      {"region_not_found", kRegionNotFound},
      {"key_not_in_region", kKeyNotInRegion},
      {"epoch_not_match", kEpochNotMatch},
      {"server_is_busy", kServerIsBusy},
      {"stale_command", kStaleCommand},
      {"store_not_match", kStoreNotMatch},
      {"max_timestamp_not_synced", kMaxTimestampNotSynced},
      {"read_index_not_ready", kReadIndexNotReady},
      {"proposal_in_merging_mode", kProposalInMergingMode},
      {"data_is_not_ready", kDataIsNotReady},
      {"region_not_initialized", kRegionNotInitialized},
      {"disk_full", kDiskFull},
      {"recovery_in_progress", kRecoveryInProgress},
      {"is_witness", kIsWitness},
      {"mismatch_peer_id", kMismatchPeerId},
      {"bucket_version_not_match", kBucketVersionNotMatch},
      {"undetermined_result", kUndeterminedResult},
  };
  for (const auto& [name, error] : errors) all.push_back({name, region_error_at("", error)});
  return all;
}

class FailEveryStep : public ::testing::TestWithParam<Flow> {
 protected:
  const Flow& flow() const { return GetParam(); }
  bool undetermined(const Result<std::string>& result) const {
    return !flow().repeatable && !result && result.error().kind() == ErrorKind::kUndetermined;
  }
  const Normal normal_ = normal_run(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Flows, FailEveryStep, ::testing::ValuesIn(flows()),
                         [](const auto& one) { return one.param.name; });

TEST_P(FailEveryStep, OneFailureIsOvercome) {
  for (const NamedFault& named : passing_faults()) {
    // Nothing duplicates a request but its sender.
    if (named.fault.kind == kDuplicate && !flow().repeatable) continue;
    for (Fault fault = named.fault;; ++fault.skip) {
      SCOPED_TRACE(named.name + " at request " + std::to_string(fault.skip));
      FailedRun run(flow(), fault, 100s);
      if (!undetermined(run.result())) {
        EXPECT_TRUE(run.result()) << describe(run.result());
      }
      // A store has 30 s to answer, and 60 s for a page of a snapshot's scan.
      EXPECT_LE(run.took(), 65s);
      run.check_outcome(normal_);
      run.finish();
      if (!run.reached()) break;
    }
  }
}

TEST_P(FailEveryStep, AStoreThatRefusesForGoodIsToldByItsName) {
  const std::pair<RegionErrorKind, ErrorKind> refusals[] = {
      {RegionErrorKind::kRaftEntryTooLarge, ErrorKind::kTooLarge},
      {RegionErrorKind::kFlashbackInProgress, ErrorKind::kServer},
      {RegionErrorKind::kFlashbackNotPrepared, ErrorKind::kServer},
  };
  for (const auto& [refusal, kind] : refusals) {
    for (Fault fault = region_error_at("", refusal);; ++fault.skip) {
      SCOPED_TRACE("refusal at request " + std::to_string(fault.skip));
      FailedRun run(flow(), fault, 60s);
      EXPECT_LE(run.took(), 1s);
      if (!run.result()) {
        EXPECT_EQ(run.result().error().kind(), kind) << describe(run.result());
        EXPECT_GT(run.result().error().attempt_count(), 0U);
      }
      run.check_outcome(normal_);
      run.finish();
      if (!run.reached()) break;
    }
  }
}

TEST_P(FailEveryStep, ADeadlineHoldsAndTellsWhatWasTried) {
  for (const FaultKind kind : {kDropRequest, kDropReply}) {
    for (Fault fault = fault_at("", kind);; ++fault.skip) {
      SCOPED_TRACE((kind == kDropRequest ? "request" : "answer") + (" lost at " + std::to_string(fault.skip)));
      FailedRun run(flow(), fault, 2s);
      EXPECT_LE(run.took(), 5s + 100ms) << "the deadline, and for a commit the time to settle";
      if (!run.result()) {
        EXPECT_EQ(run.result().error().kind(), ErrorKind::kDeadline) << describe(run.result());
        if (run.at_store()) {
          EXPECT_GT(run.result().error().attempt_count(), 0U) << describe(run.result());
        }
      }
      run.check_outcome(normal_);
      run.check_recovery();
      run.finish();
      if (!run.reached()) break;
    }
  }
}

TEST_P(FailEveryStep, WhatNeverGoesWellEndsWithTheReason) {
  std::vector<NamedFault> lasting = {
      {"requests lost", fault_at("", kDropRequest)},
      {"connections lost", fault_at("", kBreakBefore)},
      {"UNAVAILABLE", status(14)},
      {"no leader", leaderless()},
      {"epoch_not_match", region_error_at("", RegionErrorKind::kEpochNotMatch)},
      {"region_not_found", region_error_at("", RegionErrorKind::kRegionNotFound)},
      {"server_is_busy", region_error_at("", RegionErrorKind::kServerIsBusy)},
      {"undetermined_result", region_error_at("", RegionErrorKind::kUndeterminedResult)},
  };
  for (NamedFault& named : lasting) {
    named.fault.times = 0;
    for (Fault fault = named.fault;; ++fault.skip) {
      SCOPED_TRACE(named.name + " from request " + std::to_string(fault.skip) + " on");
      FailedRun run(flow(), fault, 8s);
      EXPECT_LE(run.took(), 11s + 100ms) << "the deadline, and for a commit the time to settle";
      if (!run.result()) {
        const Error& error = run.result().error();
        EXPECT_THAT(error.kind(),
                    ::testing::AnyOf(ErrorKind::kDeadline, ErrorKind::kUnavailable, ErrorKind::kUndetermined))
            << describe(run.result());
        EXPECT_GT(error.attempt_count(), 0U) << describe(run.result());
        EXPECT_EQ(error.attempts().size(), std::min<std::size_t>(error.attempt_count(), Error::kMaxAttempts));
      }
      run.check_outcome(normal_);
      run.check_recovery();
      run.finish();
      if (!run.reached()) break;
    }
  }
}

}  // namespace
}  // namespace tikv::testing
