#include <gtest/gtest.h>
#include <tikv/error.h>

namespace tikv {
namespace {

TEST(Error, KindDecidesTheAdvice) {
  EXPECT_EQ(Error(ErrorKind::kConflict, "x").advice(), Advice::kRetryTransaction);
  EXPECT_EQ(Error(ErrorKind::kUnavailable, "x").advice(), Advice::kRetryCall);
  EXPECT_EQ(Error(ErrorKind::kInvalidArgument, "x").advice(), Advice::kGiveUp);
}

TEST(Error, UndeterminedSaysThatTheOutcomeIsUnknown) {
  const Error error(ErrorKind::kUndetermined, "x");
  EXPECT_EQ(error.applied(), Applied::kUnknown);
  EXPECT_EQ(error.advice(), Advice::kOutcomeUnknown);
}

TEST(Error, MaybeAppliedOverridesTheAdvice) {
  Error error(ErrorKind::kDeadline, "x");
  EXPECT_EQ(error.applied(), Applied::kNo);
  error.with_applied(Applied::kUnknown);
  EXPECT_EQ(error.advice(), Advice::kOutcomeUnknown);
}

TEST(Error, HoldsOneTypedDetail) {
  Error error(ErrorKind::kTooLarge, "x");
  EXPECT_EQ(error.detail<SizeLimit>(), nullptr);
  error.with_detail(SizeLimit{.size = 9, .limit = 8});
  ASSERT_NE(error.detail<SizeLimit>(), nullptr);
  EXPECT_EQ(error.detail<SizeLimit>()->size, 9U);
  EXPECT_EQ(error.detail<WriteConflict>(), nullptr);
}

TEST(Error, ChangingACopyLeavesTheOriginal) {
  const Error original(ErrorKind::kServer, "message");
  Error copy = original;
  copy.with_context("get");
  EXPECT_EQ(original.message(), "message");
  EXPECT_EQ(copy.message(), "get: message");
}

TEST(Error, TextTellsWhereAndHowOften) {
  Error error(ErrorKind::kUnavailable, "no leader");
  Attempt attempt;
  attempt.region_id = 4;
  attempt.epoch_version = 2;
  attempt.epoch_conf_version = 5;
  attempt.store_id = 1;
  attempt.address = "127.0.0.1:20160";
  attempt.outcome = "not_leader";
  attempt.took = std::chrono::microseconds(120);
  error.with_attempts({attempt}, 3).with_elapsed(std::chrono::milliseconds(42));
  EXPECT_EQ(error.to_string(),
            "unavailable: no leader; attempts: 3 [region 4 epoch 2.5 store 1 127.0.0.1:20160 not_leader 120us]; "
            "elapsed 42ms");
}

TEST(Error, EveryKindAdviceAndAppliedHasAName) {
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::kTls); ++kind) {
    EXPECT_FALSE(to_string(static_cast<ErrorKind>(kind)).empty());
  }
  EXPECT_EQ(to_string(Advice::kOutcomeUnknown), "outcome unknown");
  EXPECT_EQ(to_string(Applied::kUnknown), "unknown");
}

}  // namespace
}  // namespace tikv
