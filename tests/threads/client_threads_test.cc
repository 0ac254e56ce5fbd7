// A whole client on an io thread of its own, used from many threads at once. The cluster lives on the same loop.
#include <gtest/gtest.h>
#include <tikv/client.h>

#include <atomic>
#include <charconv>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "client/connect.h"
#include "runtime/io_loop.h"
#include "testkit/memory/memory_cluster.h"
#include "testkit/memory/memory_transport.h"

namespace tikv::testing {
namespace {

using namespace std::chrono_literals;

class ClientThreads : public ::testing::Test {
 protected:
  void SetUp() override {
    on_loop([this] {
      memory::MemoryClusterOptions fast;
      fast.network = {.latency_min = 1us, .latency_max = 20us};
      cluster_ = std::make_unique<memory::MemoryCluster>(loop_, fast);
      transport_ = std::make_unique<memory::MemoryTransport>(*cluster_);
    });
    ClientOptions options;
    options.pd_endpoints = cluster_->pd_endpoints();
    auto connected = client::connect_on(loop_, *transport_, std::move(options)).get();
    ASSERT_TRUE(connected) << connected.error().to_string();
    client_.emplace(std::move(*connected));
  }

  void TearDown() override {
    client_.reset();
    on_loop([this] {
      transport_.reset();
      cluster_.reset();
    });
    loop_.close();
  }

  // The cluster is for its loop's thread alone.
  void on_loop(const std::function<void()>& function) {
    auto body = [&]() -> Task<Result<void>> {
      function();
      co_return Result<void>();
    };
    ASSERT_TRUE(runtime::run_on(loop_, body()).get());
  }

  runtime::IoLoop loop_{runtime::LoopOptions{}};
  std::unique_ptr<memory::MemoryCluster> cluster_;
  std::unique_ptr<memory::MemoryTransport> transport_;
  std::optional<Client> client_;
};

int number(const std::optional<std::string>& value) {
  int result = 0;
  if (value) std::from_chars(value->data(), value->data() + value->size(), result);
  return result;
}

TEST_F(ClientThreads, BlockingCallsFromManyThreads) {
  std::vector<std::jthread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this, t, &right] {
      const RawClient raw = client_->raw();
      for (int i = 0; i < 50; ++i) {
        const std::string key = "k" + std::to_string(t) + "/" + std::to_string(i);
        if (raw.put(key, key).get() && raw.get(key).get() == key) ++right;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(right, 400);
}

TEST_F(ClientThreads, CallbacksBesideALoneBlockingCaller) {
  constexpr int kCalls = 200;
  const RawClient raw = client_->raw();
  std::latch called(kCalls);
  for (int i = 0; i < kCalls; ++i) {
    raw.put("callback" + std::to_string(i), "v").start([&](Result<void> result) {
      EXPECT_TRUE(result);
      called.count_down();
    });
    EXPECT_TRUE(raw.put("blocking" + std::to_string(i), "v").get());
  }
  called.wait();
}

TEST_F(ClientThreads, TransactionsOfManyThreadsOnOneKey) {
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 10; ++i) {
        auto body = [](Transaction& txn) -> Task<Result<void>> {
          const auto stored = co_await txn.get("sum").or_return();
          co_return txn.put("sum", std::to_string(number(stored) + 1));
        };
        const auto done = client_->transact(body, {.max_attempts = 1000}).get();
        EXPECT_TRUE(done) << done.error().to_string();
      }
    });
  }
  threads.clear();
  const auto ts = client_->timestamp().get();
  ASSERT_TRUE(ts);
  EXPECT_EQ(client_->snapshot(*ts).get("sum").get(), "40");
}

// Handles may be shared: what a snapshot remembers of locks belongs to the loop.
TEST_F(ClientThreads, OneSnapshotIsReadFromManyThreads) {
  auto body = [](Transaction& txn) -> Task<Result<void>> { co_return txn.put("there", "x"); };
  ASSERT_TRUE(client_->transact(body).get());
  const Snapshot snapshot = client_->snapshot(kLatestTimestamp);
  std::vector<std::jthread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 5; ++t) {
    threads.emplace_back([&snapshot, &right] {
      const std::vector<std::string> keys{"there", "absent"};
      for (int i = 0; i < 30; ++i) {
        const auto values = snapshot.batch_get(keys).get();
        if (values && (*values)[0] == "x" && !(*values)[1] && snapshot.get("there").get() == "x") ++right;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(right, 150);
}

TEST_F(ClientThreads, StopTokensTriggeredElsewhereWhileCallsRun) {
  for (int i = 0; i < 50; ++i) {
    std::stop_source source;
    std::jthread stopper([&source] { source.request_stop(); });
    const auto put = client_->raw().put("k", "v").with_stop(source.get_token()).get();
    if (!put) EXPECT_EQ(put.error().kind(), ErrorKind::kCancelled) << put.error().to_string();
  }
}

TEST_F(ClientThreads, ClosingWhileOthersCall) {
  std::vector<std::jthread> threads;
  std::latch started(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([raw = client_->raw(), &started] {
      bool counted = false;
      for (;;) {
        const auto got = raw.get("k").get();
        if (!counted) started.count_down();
        counted = true;
        if (got) continue;
        EXPECT_EQ(got.error().kind(), ErrorKind::kClosed) << got.error().to_string();
        return;
      }
    });
  }
  started.wait();
  client_->close();
}

}  // namespace
}  // namespace tikv::testing
