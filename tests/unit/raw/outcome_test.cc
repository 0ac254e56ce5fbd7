#include <gtest/gtest.h>

#include <functional>
#include <stop_token>

#include "raw/raw_fixture.h"

// What a caller is told when something goes wrong on the way.
namespace tikv::testing {
namespace {

using namespace std::chrono_literals;

using RawOutcome = RawFixture;

TEST_F(RawOutcome, ALostReplyToACompareAndSwapIsNeverReplayed) {
  ASSERT_TRUE(raw().put("k", "1").get());
  cluster.net.fail_step(cluster.net.steps(), Fault::kReplyLost);
  const auto swap = raw().atomic().compare_and_swap("k", "1", "2").get();
  ASSERT_TRUE(fails_with(swap, ErrorKind::kUndetermined));
  EXPECT_EQ(swap.error().applied(), Applied::kUnknown);
  EXPECT_EQ(swap.error().advice(), Advice::kOutcomeUnknown);
  EXPECT_FALSE(swap.error().attempts().empty());
  EXPECT_EQ(cluster.net.count("RawCompareAndSwap"), 1u);
  EXPECT_EQ(cluster.stored("k"), "2");
}

TEST_F(RawOutcome, ACompareAndSwapThatWasNotSentIsTriedAgain) {
  ASSERT_TRUE(raw().put("k", "1").get());
  cluster.net.fail_step(cluster.net.steps(), Fault::kRefused);
  const auto swap = raw().atomic().compare_and_swap("k", "1", "2").get();
  ASSERT_TRUE(swap) << swap.error().to_string();
  EXPECT_TRUE(swap->swapped);
}

TEST_F(RawOutcome, ALostReplyToAPlainPutIsReplayed) {
  ASSERT_TRUE(raw().put("k", "1").get());
  cluster.net.fail_step(cluster.net.steps(), Fault::kReplyLost);
  ASSERT_TRUE(raw().put("k", "2").get());
  EXPECT_EQ(cluster.net.count("RawPut"), 3u);
  EXPECT_EQ(cluster.stored("k"), "2");
}

TEST_F(RawOutcome, ALostReplyToAnAtomicWriteIsNot) {
  const RawClient atomic = raw().atomic();
  std::vector<KvPair> pairs{{"k", "2"}};
  std::vector<std::string> keys{"k"};
  struct Write {
    std::string_view method;
    std::function<Result<void>()> run;
  };
  const Write writes[] = {
      {"RawPut", [&] { return atomic.put("k", "1").get(); }},
      {"RawDelete", [&] { return atomic.remove("k").get(); }},
      {"RawBatchPut", [&] { return atomic.batch_put(pairs).get(); }},
      {"RawBatchDelete", [&] { return atomic.batch_remove(keys).get(); }},
  };
  for (const Write& write : writes) {
    SCOPED_TRACE(write.method);
    // A lost reply has the store checked and the region looked up again: steps that are not meant here.
    loop.run_for(5s);
    ASSERT_TRUE(raw().get("k").get());
    cluster.net.fail_step(cluster.net.steps(), Fault::kReplyLost);
    const auto result = write.run();
    EXPECT_TRUE(fails_with(result, ErrorKind::kUndetermined));
    if (!result) EXPECT_EQ(result.error().applied(), Applied::kUnknown);
    EXPECT_EQ(cluster.net.count(write.method), 1u);
  }
}

TEST_F(RawOutcome, ADeadlineSaysWhetherTheWriteMayHaveHappened) {
  ASSERT_TRUE(raw().put("k", "1").get());
  cluster.net.freeze("store1:20160");
  cluster.net.freeze("store2:20160");
  const auto put = raw().put("k", "2").with_timeout(100ms).get();
  ASSERT_TRUE(fails_with(put, ErrorKind::kDeadline));
  EXPECT_EQ(put.error().applied(), Applied::kUnknown);
  const auto get = raw().get("k").with_timeout(100ms).get();
  ASSERT_TRUE(fails_with(get, ErrorKind::kDeadline));
  EXPECT_EQ(get.error().applied(), Applied::kNo);
}

TEST_F(RawOutcome, ACallThatIsStoppedBeforeItBeginsSendsNothing) {
  ASSERT_TRUE(raw().put("k", "1").get());
  const std::size_t before = cluster.net.sent().size();
  std::stop_source stop;
  stop.request_stop();
  const auto put = raw().put("k", "2").with_stop(stop.get_token()).get();
  ASSERT_TRUE(fails_with(put, ErrorKind::kCancelled));
  EXPECT_EQ(put.error().applied(), Applied::kNo);
  EXPECT_EQ(cluster.net.sent().size(), before);
}

TEST_F(RawOutcome, ACallerMayStopWaiting) {
  ASSERT_TRUE(raw().put("k", "1").get());
  cluster.net.freeze("store1:20160");
  cluster.net.freeze("store2:20160");
  std::stop_source stop;
  std::optional<Result<std::optional<std::string>>> got;
  raw().get("k").with_stop(stop.get_token()).start([&](auto result) { got.emplace(std::move(result)); });
  loop.run_for(50ms);
  EXPECT_FALSE(got);
  stop.request_stop();
  ASSERT_TRUE(loop.run_until([&] { return got.has_value(); }));
  EXPECT_TRUE(fails_with(*got, ErrorKind::kCancelled));
}

TEST_F(RawOutcome, StoresThatAreGoneEndACallWithItsHistory) {
  ASSERT_TRUE(raw().put("k", "1").get());
  cluster.net.cut("store1:20160");
  cluster.net.cut("store2:20160");
  const auto get = raw().get("k").get();
  ASSERT_TRUE(fails_with(get, ErrorKind::kUnavailable));
  EXPECT_FALSE(get.error().attempts().empty());
  EXPECT_GT(get.error().elapsed(), 5s);
  cluster.net.heal("store1:20160");
  cluster.net.heal("store2:20160");
  EXPECT_EQ(raw().get("k").get(), "1") << "and it recovers by itself";
}

TEST_F(RawOutcome, ABatchThatFailsInPartSaysSo) {
  store({{"a", "1"}, {"z", "1"}});
  cluster.split("m");
  cluster.move_leader("z");
  store({{"a", "1"}, {"z", "1"}});
  cluster.net.cut("store2:20160");
  std::vector<KvPair> pairs{{"a", "2"}, {"z", "2"}};
  const auto put = raw().batch_put(pairs).with_timeout(1s).get();
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().applied(), Applied::kUnknown);
  EXPECT_EQ(cluster.stored("a"), "2");
  EXPECT_EQ(cluster.stored("z"), "1");
}

TEST_F(RawOutcome, ARangeRemovedInPartSaysSo) {
  store({{"a", "1"}, {"z", "1"}});
  cluster.split("m");
  cluster.move_leader("z");
  store({{"a", "1"}, {"z", "1"}});
  cluster.net.cut("store2:20160");
  const auto removed = raw().remove_range(KeyRange::all()).with_timeout(1s).get();
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().applied(), Applied::kUnknown);
  EXPECT_EQ(cluster.stored("a"), std::nullopt);
}

/// Each flow with each of its steps failing in each way: it succeeds all the same, and is right.
class RawEveryStep : public ::testing::TestWithParam<Fault> {
 protected:
  struct Run : RawWorld {
    Run() {
      store(numbered("k", 40));
      cluster.split("k0010");
      cluster.split("k0030");
      cluster.move_leader("k0020");
    }
  };

  /// `flow` runs on a fresh cluster as often as it has steps.
  static void fail_each_step(const std::function<void(Run&)>& flow) {
    std::size_t steps = 0;
    for (std::size_t step = 0;; ++step) {
      Run run;
      const std::size_t start = run.cluster.net.steps();
      run.cluster.net.fail_step(start + step, GetParam());
      SCOPED_TRACE("step " + std::to_string(step));
      flow(run);
      if (::testing::Test::HasFailure()) return;
      steps = run.cluster.net.steps() - start;
      if (step >= steps) break;
    }
    EXPECT_GT(steps, 0u);
  }
};

INSTANTIATE_TEST_SUITE_P(Faults, RawEveryStep, ::testing::ValuesIn(kAllFaults), [](const auto& fault) {
  std::string name(to_string(fault.param));
  std::ranges::replace(name, ' ', '_');
  return name;
});

TEST_P(RawEveryStep, Get) {
  fail_each_step([](Run& run) {
    const auto value = run.raw().get("k0020").get();
    ASSERT_TRUE(value) << value.error().to_string();
    EXPECT_EQ(*value, "20");
  });
}

TEST_P(RawEveryStep, Put) {
  fail_each_step([](Run& run) {
    const auto put = run.raw().put("k0020", "x").get();
    ASSERT_TRUE(put) << put.error().to_string();
    EXPECT_EQ(run.cluster.stored("k0020"), "x");
  });
}

TEST_P(RawEveryStep, BatchPutAndGet) {
  fail_each_step([](Run& run) {
    const auto pairs = numbered("k", 40);
    const auto put = run.raw().batch_put(pairs).get();
    ASSERT_TRUE(put) << put.error().to_string();
    std::vector<std::string> keys;
    for (const auto& pair : pairs) keys.push_back(pair.key);
    const auto values = run.raw().batch_get(keys).get();
    ASSERT_TRUE(values) << values.error().to_string();
    for (int i = 0; i < 40; ++i) EXPECT_EQ((*values)[static_cast<std::size_t>(i)], std::to_string(i));
  });
}

TEST_P(RawEveryStep, Scan) {
  fail_each_step([](Run& run) {
    const auto found = run.raw().scan(KeyRange::all(), {.page = 15}).collect().get();
    ASSERT_TRUE(found) << found.error().to_string();
    EXPECT_EQ(*found, numbered("k", 40));
  });
}

TEST_P(RawEveryStep, ReverseScan) {
  fail_each_step([](Run& run) {
    auto found = run.raw().reverse_scan(KeyRange::all(), {.page = 15}).collect().get();
    ASSERT_TRUE(found) << found.error().to_string();
    std::ranges::reverse(*found);
    EXPECT_EQ(*found, numbered("k", 40));
  });
}

TEST_P(RawEveryStep, RemoveRange) {
  fail_each_step([](Run& run) {
    const auto removed = run.raw().remove_range(KeyRange("k0005", "k0035")).get();
    ASSERT_TRUE(removed) << removed.error().to_string();
    EXPECT_EQ(run.cluster.stored("k0004"), "4");
    EXPECT_EQ(run.cluster.stored("k0005"), std::nullopt);
    EXPECT_EQ(run.cluster.stored("k0034"), std::nullopt);
    EXPECT_EQ(run.cluster.stored("k0035"), "35");
  });
}

TEST_P(RawEveryStep, Checksum) {
  fail_each_step([](Run& run) {
    const auto sum = run.raw().checksum(KeyRange::all()).get();
    ASSERT_TRUE(sum) << sum.error().to_string();
    EXPECT_EQ(sum->total_kvs, 40u);
  });
}

// Of a compare-and-swap: it says what happened, or that it does not know; it never swaps twice.
TEST_P(RawEveryStep, CompareAndSwap) {
  fail_each_step([](Run& run) {
    const auto swap = run.raw().atomic().compare_and_swap("k0020", "20", "x").get();
    if (swap) {
      EXPECT_TRUE(swap->swapped);
      EXPECT_EQ(run.cluster.stored("k0020"), "x");
    } else {
      EXPECT_TRUE(fails_with(swap, ErrorKind::kUndetermined));
      EXPECT_EQ(swap.error().applied(), Applied::kUnknown);
    }
  });
}

}  // namespace
}  // namespace tikv::testing
