#include "history/register_history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tikv::testing {
namespace {

using Kind = RegisterOp::Kind;
using Value = std::optional<std::string>;

constexpr std::int64_t kNever = RegisterOp::kNever;

RegisterOp read(std::int64_t from, std::int64_t to, Value seen) {
  RegisterOp op;
  op.invoked = from;
  op.returned = to;
  op.seen = std::move(seen);
  return op;
}

RegisterOp write(std::int64_t from, std::int64_t to, Value value) {
  RegisterOp op;
  op.kind = Kind::kWrite;
  op.invoked = from;
  op.returned = to;
  op.value = std::move(value);
  return op;
}

RegisterOp swap(std::int64_t from, std::int64_t to, Value expected, Value value, bool swapped, Value seen) {
  RegisterOp op = write(from, to, std::move(value));
  op.kind = Kind::kSwap;
  op.expected = std::move(expected);
  op.swapped = swapped;
  op.seen = std::move(seen);
  return op;
}

RegisterOp perhaps(RegisterOp op) {
  op.certain = false;
  op.returned = kNever;
  return op;
}

TEST(Linearizability, OneAfterTheOther) {
  EXPECT_EQ(check_linearizable({}), Linearizable::kYes);
  EXPECT_EQ(check_linearizable({read(1, 2, {}), write(3, 4, "a"), read(5, 6, "a"), write(7, 8, {}), read(9, 10, {})}),
            Linearizable::kYes);
}

TEST(Linearizability, AStaleReadIsNone) {
  EXPECT_EQ(check_linearizable({write(1, 2, "a"), write(3, 4, "b"), read(5, 6, "a")}), Linearizable::kNo);
  EXPECT_EQ(check_linearizable({write(1, 2, "a"), read(3, 4, {})}), Linearizable::kNo);
}

TEST(Linearizability, WhatOverlapsMayGoEitherWay) {
  EXPECT_EQ(check_linearizable({write(1, 9, "a"), read(2, 3, {}), read(4, 5, "a")}), Linearizable::kYes);
  EXPECT_EQ(check_linearizable({write(1, 9, "a"), read(2, 3, "a"), read(4, 5, {})}), Linearizable::kNo)
      << "once seen, it stays";
  EXPECT_EQ(check_linearizable({write(1, 9, "a"), write(2, 8, "b"), read(10, 11, "a"), read(12, 13, "b")}),
            Linearizable::kNo);
}

TEST(Linearizability, AValueOutOfNowhereIsNone) { EXPECT_EQ(check_linearizable({read(1, 2, "x")}), Linearizable::kNo); }

TEST(Linearizability, AWriteOfUnknownOutcomeMayComeAtAnyTimeOrNever) {
  const RegisterOp doubtful = perhaps(write(1, kNever, "a"));
  EXPECT_EQ(check_linearizable({doubtful, read(5, 6, {})}), Linearizable::kYes);
  EXPECT_EQ(check_linearizable({doubtful, read(5, 6, {}), read(7, 8, "a")}), Linearizable::kYes);
  EXPECT_EQ(check_linearizable({doubtful, read(5, 6, "a"), read(7, 8, {})}), Linearizable::kNo) << "but once only";
  EXPECT_EQ(check_linearizable({read(1, 2, "a"), perhaps(write(3, kNever, "a"))}), Linearizable::kNo)
      << "and not before it was called";
}

TEST(Linearizability, ARepeatedWriteMayComeAfterWhatWasWrittenSince) {
  const std::vector<RegisterOp> once = {write(1, 2, "a"), write(3, 4, "b"), read(5, 6, "a")};
  std::vector<RegisterOp> twice = once;
  twice.push_back(perhaps(write(1, kNever, "a")));
  EXPECT_EQ(check_linearizable(once), Linearizable::kNo);
  EXPECT_EQ(check_linearizable(twice), Linearizable::kYes);
}

TEST(Linearizability, ARequestThatIsSentAgainAndAgainMayComeAsOften) {
  std::vector<RegisterOp> ops = {write(1, 2, "a"), write(3, 4, "b"), read(5, 6, "a"), write(7, 8, "b2"),
                                 read(9, 10, "a")};
  RegisterOp again = perhaps(write(1, kNever, "a"));
  ops.push_back(again);
  EXPECT_EQ(check_linearizable(ops), Linearizable::kNo);
  ops.back().repeated = true;
  EXPECT_EQ(check_linearizable(ops), Linearizable::kYes);
  again.invoked = 7;
  ops.back() = again;
  ops.back().repeated = true;
  EXPECT_EQ(check_linearizable(ops), Linearizable::kNo) << "but not before it was called";
}

TEST(Linearizability, ASwapSeesWhatItReplaces) {
  EXPECT_EQ(check_linearizable({swap(1, 2, {}, "a", true, {}), swap(3, 4, "a", "b", true, "a"), read(5, 6, "b")}),
            Linearizable::kYes);
  EXPECT_EQ(check_linearizable({swap(1, 2, {}, "a", true, {}), swap(3, 4, {}, "b", true, {})}), Linearizable::kNo)
      << "two that replace the same";
  EXPECT_EQ(check_linearizable({swap(1, 2, {}, "a", true, {}), swap(3, 4, {}, "b", false, "a")}), Linearizable::kYes);
  EXPECT_EQ(check_linearizable({swap(1, 2, "x", "a", true, {})}), Linearizable::kNo) << "it contradicts itself";
}

TEST(Linearizability, ASwapThatWasReplayedContradictsItself) {
  // Carried out twice, the second answer given: not swapped, because its own value is there.
  EXPECT_EQ(check_linearizable({swap(1, 2, {}, "a", false, "a"), read(3, 4, "a")}), Linearizable::kNo);
}

TEST(Linearizability, DoubtfulSwapsExplainEachOther) {
  const RegisterOp first = perhaps(swap(1, kNever, {}, "a", false, {}));
  const RegisterOp second = perhaps(swap(2, kNever, "a", "b", false, {}));
  EXPECT_EQ(check_linearizable({first, second, read(5, 6, "b")}), Linearizable::kYes);
  EXPECT_EQ(check_linearizable({second, read(5, 6, "b")}), Linearizable::kNo);
  EXPECT_EQ(check_linearizable({first, second, read(5, 6, "b"), read(7, 8, "a")}), Linearizable::kNo);
}

TEST(Linearizability, ASearchThatTakesTooLongIsUndecided) {
  std::vector<RegisterOp> ops;
  for (int i = 0; i < 40; ++i) ops.push_back(write(i, 1000, std::to_string(i)));
  ops.push_back(read(2000, 2001, "nobody's"));
  EXPECT_EQ(check_linearizable(ops, 500), Linearizable::kUndecided);
}

// Histories of a real register, whose operations take effect at a moment between call and return.
TEST(Linearizability, WhatARegisterDoesIsLinearizable) {
  std::mt19937_64 random(1);
  const auto pick = [&](std::uint64_t below) { return static_cast<std::int64_t>(random() % below); };
  for (int round = 0; round < 200; ++round) {
    std::vector<RegisterOp> ops;
    Value state;
    for (std::int64_t now = 100; now < 160; ++now) {
      const std::int64_t from = now - pick(8);
      const std::int64_t to = now + 1 + pick(8);
      const Value next = pick(5) == 0 ? Value() : Value(std::to_string(now));
      if (pick(3) == 0) {
        ops.push_back(read(from, to, state));
        continue;
      }
      RegisterOp op = write(from, to, next);
      if (pick(2) == 0) {
        const Value expected = pick(3) == 0 ? Value("other") : state;
        op = swap(from, to, expected, next, expected == state, state);
      }
      const bool known = pick(4) != 0;
      if (known || pick(2) == 0) {
        if (op.kind == Kind::kWrite || op.swapped) state = next;
      }
      ops.push_back(known ? op : perhaps(op));
    }
    ASSERT_EQ(check_linearizable(ops), Linearizable::kYes) << "round " << round;
    // Any read that is certain and sees something else is noticed.
    const auto lie = std::ranges::find_if(ops, [](const RegisterOp& op) { return op.kind == Kind::kRead; });
    if (lie == ops.end()) continue;
    lie->seen = "a lie";
    ASSERT_EQ(check_linearizable(ops), Linearizable::kNo) << "round " << round;
  }
}

}  // namespace
}  // namespace tikv::testing
