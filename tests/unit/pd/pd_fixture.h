#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fake_transport/fake_pd.h"
#include "fake_transport/fake_transport.h"
#include "pd/members.h"
#include "pd/pd_client.h"
#include "proto/pd_methods.h"
#include "runtime/sim_loop.h"

namespace tikv::pd {

using namespace std::chrono_literals;
namespace pdpb = proto::pdpb;
using testing::FakePd;
using testing::FakeTransport;
using testing::Fault;
using testing::Reply;

/// A client of three scripted PDs on a virtual clock.
class PdFixture : public ::testing::Test {
 protected:
  /// A task started on the loop, and its value once it has one.
  template <class T>
  struct Pending {
    std::optional<T> value;
    runtime::TimePoint done_at{};
    bool done() const { return value.has_value(); }
  };

  PdFixture() { make_client({"pd1:2379", "pd2:2379", "pd3:2379"}); }
  ~PdFixture() override {
    close();
    EXPECT_EQ(net_.waiting(), 0u) << "calls were left behind";
    EXPECT_EQ(net_.open_streams(), 0u) << "streams were left behind";
    EXPECT_EQ(loop_.background(), 0u) << "background tasks were left behind";
  }

  void make_client(std::vector<std::string> endpoints) {
    if (client_) close();
    options_.endpoints = std::move(endpoints);
    client_ = std::make_unique<PdClient>(loop_, net_, options_);
  }
  /// Fails on a loop that has closed, which leaves nothing to close.
  void close() { EXPECT_EQ(closed(client_.get()).get().has_value(), !loop_.closing()); }

  template <class T>
  T run(Task<T> task, std::chrono::nanoseconds timeout = 1h) {
    return runtime::run_on(loop_, std::move(task)).with_timeout(timeout).get();
  }
  Result<void> connect() { return run(client_->connect()); }

  /// Starts `task` and goes on; `value` is there once it is complete.
  template <class T>
  std::shared_ptr<Pending<T>> start(Task<T> task, std::chrono::nanoseconds timeout = 1h, std::stop_token stop = {}) {
    auto pending = std::make_shared<Pending<T>>();
    Task<T> bound = runtime::run_on(loop_, std::move(task)).with_timeout(timeout).with_stop(std::move(stop));
    std::move(bound).start([this, pending](T value) {
      pending->value.emplace(std::move(value));
      pending->done_at = loop_.now();
    });
    return pending;
  }
  /// Runs until all of `pendings` are there.
  template <class... Pendings>
  void wait(const Pendings&... pendings) {
    ASSERT_TRUE(loop_.run_until([&] { return (pendings->done() && ...); }, loop_.now() + 10min));
  }
  std::chrono::nanoseconds since(runtime::TimePoint start) const { return loop_.now() - start; }

  runtime::SimLoop loop_;
  FakeTransport net_{loop_};
  FakePd pd_{net_, {"pd1:2379", "pd2:2379", "pd3:2379"}};
  PdOptions options_;
  std::unique_ptr<PdClient> client_;

 private:
  Task<Result<void>> closed(PdClient* client) {
    Task<Result<void>> task = close_client(client);
    return runtime::run_on(loop_, std::move(task));
  }
  static Task<Result<void>> close_client(PdClient* client) {
    co_await client->close();
    co_return Result<void>();
  }
};

}  // namespace tikv::pd
