#include "pd/verdict.h"

#include <gtest/gtest.h>
#include <tikv/proto/pdpb.pb.h>

#include "pd/pd_client.h"

namespace tikv::pd {
namespace {

using namespace std::chrono_literals;
namespace pdpb = proto::pdpb;

net::Status failure(net::Outcome outcome, net::StatusCode code = net::StatusCode::kOk) {
  net::Status status;
  status.outcome = outcome;
  status.code = code;
  return status;
}

TEST(VerdictTest, StatusesTellWhereToGo) {
  struct Row {
    net::Status status;
    Next next;
    ErrorKind kind;
  };
  using enum net::StatusCode;
  constexpr auto kStatus = net::Outcome::kStatus;
  const Row rows[] = {
      {failure(kStatus, kUnavailable), Next::kFindLeader, ErrorKind::kUnavailable},
      {failure(kStatus, kUnknown), Next::kFindLeader, ErrorKind::kUnavailable},
      {failure(kStatus, kInternal), Next::kFindLeader, ErrorKind::kUnavailable},
      {failure(kStatus, kDeadlineExceeded), Next::kFindLeader, ErrorKind::kUnavailable},
      {failure(kStatus, kCancelled), Next::kFindLeader, ErrorKind::kUnavailable},
      {failure(kStatus, kFailedPrecondition), Next::kFindLeader, ErrorKind::kUnavailable},
      {failure(kStatus, net::StatusCode::kOk), Next::kFindLeader, ErrorKind::kUnavailable},
      {failure(net::Outcome::kConnection), Next::kFindLeader, ErrorKind::kUnavailable},
      {failure(net::Outcome::kDeadline), Next::kFindLeader, ErrorKind::kUnavailable},
      {failure(net::Outcome::kMalformed), Next::kFindLeader, ErrorKind::kUnavailable},
      {failure(kStatus, kResourceExhausted), Next::kPause, ErrorKind::kUnavailable},
      {failure(kStatus, kUnimplemented), Next::kFail, ErrorKind::kUnsupported},
      {failure(kStatus, kInvalidArgument), Next::kFail, ErrorKind::kServer},
      {failure(net::Outcome::kTooLarge), Next::kFail, ErrorKind::kServer},
  };
  for (const Row& row : rows) {
    const Verdict verdict = judge(row.status, {}, 7);
    EXPECT_EQ(verdict.next, row.next) << verdict.outcome;
    EXPECT_EQ(verdict.kind, row.kind) << verdict.outcome;
    EXPECT_EQ(verdict.outcome, net::outcome_name(row.status));
  }
}

pdpb::ResponseHeader header_of(std::uint64_t cluster_id, pdpb::ErrorType type) {
  pdpb::ResponseHeader header;
  header.set_cluster_id(cluster_id);
  if (type != pdpb::OK) header.mutable_error()->set_type(type);
  return header;
}

TEST(VerdictTest, HeadersAreLookedAt) {
  EXPECT_EQ(judge({}, header_of(7, pdpb::OK), 7).next, Next::kDone);
  EXPECT_EQ(judge({}, header_of(0, pdpb::OK), 7).next, Next::kDone) << "a header without cluster tells nothing";
  const Verdict other = judge({}, header_of(8, pdpb::OK), 7);
  EXPECT_EQ(other.next, Next::kFail);
  EXPECT_EQ(other.kind, ErrorKind::kClusterMismatch);
  EXPECT_EQ(judge({}, header_of(7, pdpb::NOT_BOOTSTRAPPED), 7).next, Next::kPause);
  for (const pdpb::ErrorType type : {pdpb::UNKNOWN, pdpb::REGION_NOT_FOUND, pdpb::STORE_TOMBSTONE})
    EXPECT_EQ(judge({}, header_of(7, type), 7).next, Next::kDone) << "the call knows what it means";
}

TEST(PauseTest, GrowsWithTheFailures) {
  const PdOptions options;
  std::mt19937_64 random(1);
  EXPECT_EQ(pause_before(0, false, options, random), 0ns);
  EXPECT_EQ(pause_before(1, false, options, random), 0ns);
  const std::chrono::nanoseconds whole[] = {20ms, 40ms, 80ms, 100ms, 100ms};
  for (std::uint32_t i = 0; i < std::size(whole); ++i) {
    const std::chrono::nanoseconds pause = pause_before(i + 2, false, options, random);
    EXPECT_LE(pause, whole[i]);
    EXPECT_GT(pause, whole[i] / 2 - 1ns);
  }
  EXPECT_LE(pause_before(4'000'000'000, false, options, random), 100ms);
}

TEST(PauseTest, NewLeadersAreTriedAtOnceButNotForEver) {
  const PdOptions options;
  std::mt19937_64 random(1);
  EXPECT_EQ(pause_before(3, true, options, random), 0ns);
  EXPECT_GT(pause_before(4, true, options, random), 0ns);
}

TEST(PauseTest, NoBackoffIsNoPause) {
  PdOptions options;
  options.backoff_base = 0ms;
  std::mt19937_64 random(1);
  EXPECT_EQ(pause_before(9, false, options, random), 0ns);
}

TEST(WorthRepeatingTest, OnlyWhatMayGoAway) {
  EXPECT_TRUE(worth_repeating(Error(ErrorKind::kUnavailable, "")));
  EXPECT_FALSE(worth_repeating(Error(ErrorKind::kNotPd, "")));
  EXPECT_TRUE(worth_repeating(Error(ErrorKind::kNotPd, "").with_advice(Advice::kRetryCall)));
  EXPECT_FALSE(worth_repeating(Error(ErrorKind::kClusterMismatch, "")));
  EXPECT_FALSE(worth_repeating(Error(ErrorKind::kDeadline, "")));
  EXPECT_FALSE(worth_repeating(Error(ErrorKind::kClosed, "")));
}

}  // namespace
}  // namespace tikv::pd
