#include "observe/span_scope.h"

#include <gtest/gtest.h>
#include <tikv/when_all.h>

#include "observe/observer.h"
#include "observe/watch.h"
#include "recording/recording.h"
#include "runtime/sim_loop.h"
#include "runtime/wait.h"

namespace tikv::observe {
namespace {

using testing::RecordingMetrics;
using testing::RecordingTracer;
using namespace std::chrono_literals;

const TraceContext kCaller = *TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

struct SpanScopeTest : ::testing::Test {
  std::shared_ptr<RecordingTracer> tracer = std::make_shared<RecordingTracer>();
  runtime::SimLoop loop;

  /// A task inside a task, each with a span.
  Task<Result<const TraceContext*>> inner() {
    detail::TaskContext& context = co_await runtime::own_context();
    const SpanScope span(tracer.get(), context, "inner");
    (void)co_await runtime::sleep(1ms);
    co_return context.trace;
  }
  Task<Result<bool>> outer() {
    detail::TaskContext& context = co_await runtime::own_context();
    {
      const SpanScope span(tracer.get(), context, "outer");
      if (span.span() != nullptr) span.span()->set_attribute("store", std::int64_t{7});
      std::vector<Task<Result<const TraceContext*>>> both;
      both.push_back(inner());
      both.push_back(inner());
      (void)co_await when_all(std::move(both));
    }
    co_await inner().or_return();
    co_return true;
  }
};

TEST_F(SpanScopeTest, IsTheParentOfWhatIsAwaitedWhileItLives) {
  auto task = runtime::run_on(loop, outer());
  ASSERT_TRUE(std::move(task).get());
  const auto outer = tracer->spans("outer");
  const auto inner = tracer->spans("inner");
  ASSERT_EQ(outer.size(), 1U);
  ASSERT_EQ(inner.size(), 3U);
  EXPECT_FALSE(outer[0].parent);
  EXPECT_EQ(outer[0].attributes.at("store"), "7");
  EXPECT_EQ(inner[0].parent, outer[0].context);
  EXPECT_EQ(inner[1].parent, outer[0].context);
  EXPECT_FALSE(inner[2].parent) << "the outer span had ended";
  for (const auto& span : tracer->spans()) EXPECT_TRUE(span.ended) << span.name;
}

TEST_F(SpanScopeTest, HasTheCallersSpanForAParent) {
  auto task = runtime::run_on(loop, outer()).with_trace(kCaller);
  ASSERT_TRUE(std::move(task).get());
  EXPECT_EQ(tracer->spans("outer")[0].parent, kCaller);
  EXPECT_EQ(tracer->spans("inner")[2].parent, kCaller);
}

TEST_F(SpanScopeTest, IsNotThereWithoutATracerAndTheCallersContextGoesOn) {
  tracer = nullptr;
  auto task = runtime::run_on(loop, inner()).with_trace(kCaller);
  const Result<const TraceContext*> seen = std::move(task).get();
  ASSERT_TRUE(seen);
  EXPECT_NE(*seen, nullptr);
}

TEST_F(SpanScopeTest, IgnoresAContextThatIsNone) {
  auto task = runtime::run_on(loop, outer()).with_trace(TraceContext());
  ASSERT_TRUE(std::move(task).get());
  EXPECT_FALSE(tracer->spans("outer")[0].parent);
}

Task<Result<int>> sleeps() {
  (void)co_await runtime::sleep(30ms);
  co_return 3;
}
Task<Result<int>> fails() {
  (void)co_await runtime::sleep(5ms);
  co_return std::unexpected(Error(ErrorKind::kUnavailable, "no"));
}

TEST(Watch, TellsHowLongACallTookAndHowItEnded) {
  runtime::SimLoop loop;
  const auto metrics = std::make_shared<RecordingMetrics>();
  const auto tracer = std::make_shared<RecordingTracer>();
  ObserverOptions options;
  options.metrics = metrics;
  options.tracer = tracer;
  const Observer observer(options);
  auto good = runtime::run_on(loop, watch(observer, Operation::kRawGet, nullptr, sleeps()));
  EXPECT_EQ(std::move(good).get(), 3);
  auto bad = runtime::run_on(loop, watch(observer, Operation::kTxnCommit, nullptr, fails()));
  EXPECT_FALSE(std::move(bad).get());

  const auto gets = metrics->observations("tikv_client_go_rawkv_cmd_seconds{type=\"get\"}");
  ASSERT_EQ(gets.size(), 1U);
  EXPECT_DOUBLE_EQ(gets[0], 0.030);
  EXPECT_EQ(metrics->count("tikv_client_go_txn_cmd_duration_seconds{type=\"commit\",scope=\"general\"}"), 1U);
  ASSERT_EQ(tracer->spans("tikv.raw.get").size(), 1U);
  EXPECT_EQ(tracer->spans("tikv.raw.get")[0].error, "");
  ASSERT_EQ(tracer->spans("tikv.txn.commit").size(), 1U);
  EXPECT_EQ(tracer->spans("tikv.txn.commit")[0].error, "unavailable");
}

TEST(Watch, IsTheTaskItselfIfNobodyWantsToKnow) {
  Task<Result<int>> task = sleeps();
  const auto* promise = &task.promise();
  const Task<Result<int>> same = watch(silent(), Operation::kRawGet, nullptr, std::move(task));
  EXPECT_EQ(&same.promise(), promise);
}

}  // namespace
}  // namespace tikv::observe
