#include <gtest/gtest.h>

#include <charconv>

#include "sim_fixture.h"

// `transact`: the body runs again until it is committed or fails for good.
namespace tikv::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

int number(const std::optional<std::string>& text) {
  int value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

class TransactTest : public SimTest {
 protected:
  /// As `Client::transact` will have it.
  template <class Body>
  auto transact(SimClient& by, Body body, TransactOptions options = {}) {
    auto task = detail::transact(by.host(), std::move(body), options);
    task.promise().context.home = &loop;
    task.promise().caller_side = true;
    return task;
  }
};

TEST_F(TransactTest, GivesTheBodysValue) {
  int runs = 0;
  const Result<int> sum = transact(client, [&](Transaction& txn) -> Task<Result<int>> {
                            ++runs;
                            const auto before = co_await txn.get("n").or_return();
                            (void)txn.put("n", std::to_string(number(before) + 5));
                            co_return number(before) + 5;
                          }).get();
  ASSERT_TRUE(sum.has_value()) << sum.error().to_string();
  EXPECT_EQ(*sum, 5);
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(other.read("n"), "5");
}

TEST_F(TransactTest, ABodyWithoutAValue) {
  const Result<void> done = transact(client, [&](Transaction& txn) -> Task<Result<void>> {
                              (void)txn.put("n", "1");
                              co_return Result<void>();
                            }).get();
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(other.read("n"), "1");
}

TEST_F(TransactTest, RunsAgainAfterAConflict) {
  client.write("n", "0");
  int runs = 0;
  const Result<int> sum = transact(client, [&](Transaction& txn) -> Task<Result<int>> {
                            const auto before = co_await txn.get("n").or_return();
                            if (++runs <= 3) {
                              Transaction rival = co_await txn::begin(nullptr, other.environment, {}).or_return();
                              (void)rival.put("n", std::to_string(runs * 100));
                              co_await rival.commit().or_return();
                            }
                            (void)txn.put("n", std::to_string(number(before) + 1));
                            co_return number(before) + 1;
                          }).get();
  ASSERT_TRUE(sum.has_value()) << sum.error().to_string();
  EXPECT_EQ(runs, 4);
  EXPECT_EQ(*sum, 301);
  EXPECT_EQ(other.read("n"), "301");
}

TEST_F(TransactTest, TheBodysOwnErrorEndsIt) {
  int runs = 0;
  const Result<int> refused = transact(client, [&](Transaction& txn) -> Task<Result<int>> {
                                ++runs;
                                (void)txn.put("n", "never");
                                co_return std::unexpected(Error(ErrorKind::kInvalidArgument, "not enough money"));
                              }).get();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message(), "not enough money");
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(other.read("n"), std::nullopt);
  EXPECT_EQ(requests("KvPrewrite"), 0u);
}

TEST_F(TransactTest, StopsAtMaxAttempts) {
  client.write("n", "0");
  int runs = 0;
  const TransactOptions options{.max_attempts = 3};
  const Result<void> lost = transact(
                                client,
                                [&](Transaction& txn) -> Task<Result<void>> {
                                  ++runs;
                                  (void)txn.put("n", "mine");
                                  Transaction rival = co_await txn::begin(nullptr, other.environment, {}).or_return();
                                  (void)rival.put("n", "theirs");
                                  co_await rival.commit().or_return();
                                  co_return Result<void>();
                                },
                                options)
                                .get();
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(lost.error().kind(), ErrorKind::kConflict);
  EXPECT_EQ(runs, 3);
  const Result<void> none = transact(
                                client, [&](Transaction&) -> Task<Result<void>> { co_return Result<void>(); },
                                TransactOptions{.max_attempts = 0})
                                .get();
  EXPECT_EQ(none.error().kind(), ErrorKind::kInvalidArgument);
}

TEST_F(TransactTest, StopsAtTheDeadlineAndSaysWhatWasWrong) {
  client.write("n", "0");
  int runs = 0;
  auto body = [&](Transaction& txn) -> Task<Result<void>> {
    ++runs;
    (void)txn.put("n", "mine");
    Transaction rival = co_await txn::begin(nullptr, other.environment, {}).or_return();
    (void)rival.put("n", "theirs");
    co_await rival.commit().or_return();
    co_return Result<void>();
  };
  const auto before = loop.now();
  const Result<void> late =
      transact(client, body, TransactOptions{.max_attempts = 1000}).with_timeout(milliseconds(100)).get();
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().kind(), ErrorKind::kDeadline);
  EXPECT_EQ(late.error().applied(), Applied::kNo);
  EXPECT_GT(runs, 2);
  EXPECT_LE(loop.now() - before, milliseconds(101));
}

TEST_F(TransactTest, NeverRunsAgainWhenTheOutcomeIsUnknown) {
  add(fault("KvCommit", FaultKind::kDropReply, 0, 0));
  add(fault("KvCheckTxnStatus", FaultKind::kDropRequest, 0, 0));
  int runs = 0;
  const Result<void> done = transact(client,
                                     [&](Transaction& txn) -> Task<Result<void>> {
                                       ++runs;
                                       (void)txn.put("n", "1");
                                       co_return Result<void>();
                                     })
                                .with_timeout(seconds(1))
                                .get();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind(), ErrorKind::kUndetermined);
  EXPECT_EQ(runs, 1);
}

TEST_F(TransactTest, AFailedReadInTheBodyEndsItWithThatError) {
  add(fault("KvGet", FaultKind::kDropReply, 0, 0));
  int runs = 0;
  const Result<int> failed = transact(client, [&](Transaction& txn) -> Task<Result<int>> {
                               ++runs;
                               const auto value = co_await txn.get("n").with_timeout(milliseconds(50)).or_return();
                               co_return number(value);
                             }).get();
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().kind(), ErrorKind::kDeadline);
  EXPECT_EQ(runs, 1);
}

TEST_F(TransactTest, AClosedClientRefuses) {
  client.close();
  const Result<void> done =
      transact(client, [&](Transaction&) -> Task<Result<void>> { co_return Result<void>(); }).get();
  EXPECT_EQ(done.error().kind(), ErrorKind::kClosed);
}

}  // namespace
}  // namespace tikv::testing
