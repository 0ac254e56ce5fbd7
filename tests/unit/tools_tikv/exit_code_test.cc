#include "exit_code.h"

#include <gtest/gtest.h>

#include <set>

namespace tikv::cli {
namespace {

constexpr auto kLastKind = ErrorKind::kTls;

// What docs/cli.md promises to scripts.
TEST(ExitCode, FollowsKindAndAdvice) {
  struct Row {
    ErrorKind kind;
    int code;
  };
  const Row rows[] = {
      {ErrorKind::kInvalidArgument, 2},
      {ErrorKind::kTooLarge, 2},
      {ErrorKind::kClosed, 130},
      {ErrorKind::kCancelled, 130},
      {ErrorKind::kDeadline, 5},
      {ErrorKind::kUnavailable, 5},
      {ErrorKind::kTls, 8},
      {ErrorKind::kClusterMismatch, 8},
      {ErrorKind::kNotPd, 8},
      {ErrorKind::kConflict, 3},
      {ErrorKind::kDeadlock, 3},
      {ErrorKind::kKeyExists, 4},
      {ErrorKind::kLockWaitTimeout, 3},
      {ErrorKind::kAborted, 3},
      {ErrorKind::kAssertionFailed, 4},
      {ErrorKind::kUndetermined, 6},
      {ErrorKind::kWrongThread, 7},
      {ErrorKind::kServer, 7},
      {ErrorKind::kUnsupported, 7},
  };
  std::set<ErrorKind> seen;
  for (const Row& row : rows) {
    EXPECT_EQ(static_cast<int>(exit_of(Error(row.kind, "why"))), row.code) << to_string(row.kind);
    seen.insert(row.kind);
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kLastKind) + 1) << "a kind is missing above";
}

TEST(ExitCode, AWriteThatMayHaveTakenEffectIsAlwaysSix) {
  for (int kind = 0; kind <= static_cast<int>(kLastKind); ++kind) {
    Error error(static_cast<ErrorKind>(kind), "why");
    error.with_applied(Applied::kUnknown);
    EXPECT_EQ(exit_of(error), Exit::kOutcomeUnknown) << to_string(error.kind());
  }
}

TEST(ExitCode, AServerErrorThatMayPassIsWorthARetry) {
  Error busy(ErrorKind::kServer, "busy");
  busy.with_advice(Advice::kRetryCall);
  EXPECT_EQ(exit_of(busy), Exit::kRetry);
  EXPECT_EQ(hint_of(busy), "run it again");
}

TEST(ExitCode, EveryKindSaysWhatToDo) {
  for (int kind = 0; kind <= static_cast<int>(kLastKind); ++kind) {
    const Error error(static_cast<ErrorKind>(kind), "why");
    EXPECT_FALSE(hint_of(error).empty());
    EXPECT_NE(name_of(exit_of(error)), "unknown");
    EXPECT_EQ(kind_name(error.kind()).find(' '), std::string::npos);
  }
}

}  // namespace
}  // namespace tikv::cli
