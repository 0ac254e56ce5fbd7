#include "route/send_failure.h"

#include <gtest/gtest.h>

#include <string>

namespace tikv::route {
namespace {

using Action = SendFailure::Action;
using Doubt = SendFailure::Doubt;
using net::Outcome;
using net::StatusCode;

struct Row {
  Outcome outcome;
  StatusCode code;
  const char* message;
  bool out_of_time;
  Action action;
  ErrorKind kind;
  Doubt doubt;
  Applied applied;  // of a request that was sent
};

const Row kRows[] = {
    {Outcome::kConnection, StatusCode::kOk, "", false, Action::kRetry, ErrorKind::kUnavailable, Doubt::kSuspect,
     Applied::kUnknown},
    {Outcome::kMalformed, StatusCode::kOk, "", false, Action::kRetry, ErrorKind::kUnavailable, Doubt::kSuspect,
     Applied::kUnknown},
    {Outcome::kDeadline, StatusCode::kOk, "", false, Action::kRetry, ErrorKind::kUnavailable, Doubt::kSuspect,
     Applied::kUnknown},
    {Outcome::kDeadline, StatusCode::kOk, "", true, Action::kGiveUp, ErrorKind::kDeadline, Doubt::kCheck,
     Applied::kUnknown},
    {Outcome::kStopped, StatusCode::kOk, "", false, Action::kGiveUp, ErrorKind::kCancelled, Doubt::kNone,
     Applied::kUnknown},
    {Outcome::kClosed, StatusCode::kOk, "", false, Action::kGiveUp, ErrorKind::kClosed, Doubt::kNone,
     Applied::kUnknown},
    {Outcome::kTooLarge, StatusCode::kOk, "", false, Action::kGiveUp, ErrorKind::kTooLarge, Doubt::kNone,
     Applied::kUnknown},
    {Outcome::kStatus, StatusCode::kUnavailable, "", false, Action::kRetry, ErrorKind::kUnavailable, Doubt::kSuspect,
     Applied::kUnknown},
    {Outcome::kStatus, StatusCode::kCancelled, "", false, Action::kRetry, ErrorKind::kUnavailable, Doubt::kSuspect,
     Applied::kUnknown},
    {Outcome::kStatus, StatusCode::kDeadlineExceeded, "", false, Action::kRetry, ErrorKind::kUnavailable,
     Doubt::kSuspect, Applied::kUnknown},
    {Outcome::kStatus, StatusCode::kResourceExhausted, "", false, Action::kRetry, ErrorKind::kUnavailable, Doubt::kNone,
     Applied::kUnknown},
    {Outcome::kStatus, StatusCode::kUnknown, "", false, Action::kRetry, ErrorKind::kUnavailable, Doubt::kNone,
     Applied::kUnknown},
    {Outcome::kStatus, StatusCode::kUnimplemented, "", false, Action::kGiveUp, ErrorKind::kUnsupported, Doubt::kNone,
     Applied::kNo},
    {Outcome::kStatus, StatusCode::kUnauthenticated, "", false, Action::kGiveUp, ErrorKind::kServer, Doubt::kNone,
     Applied::kNo},
    {Outcome::kStatus, static_cast<StatusCode>(7), "", false, Action::kGiveUp, ErrorKind::kServer, Doubt::kNone,
     Applied::kNo},
    {Outcome::kStatus, StatusCode::kInvalidArgument, "bad", false, Action::kGiveUp, ErrorKind::kServer, Doubt::kNone,
     Applied::kNo},
    {Outcome::kStatus, StatusCode::kInvalidArgument, "the cluster id of the request does not match the TiKV cluster",
     false, Action::kGiveUp, ErrorKind::kClusterMismatch, Doubt::kNone, Applied::kNo},
};

TEST(SendFailure, EachOutcomeHasItsMeaning) {
  for (const Row& row : kRows) {
    net::Status status;
    status.outcome = row.outcome;
    status.code = row.code;
    status.message = row.message;
    status.sent = true;
    const SendFailure failure = judge_send_failure(status, row.out_of_time);
    const std::string name(net::outcome_name(status));
    EXPECT_EQ(failure.action, row.action) << name;
    EXPECT_EQ(failure.kind, row.kind) << name;
    EXPECT_EQ(failure.doubt, row.doubt) << name;
    EXPECT_EQ(failure.applied, row.applied) << name;
    // What never left this machine changed nothing.
    status.sent = false;
    EXPECT_EQ(judge_send_failure(status, row.out_of_time).applied, Applied::kNo) << name;
  }
}

}  // namespace
}  // namespace tikv::route
