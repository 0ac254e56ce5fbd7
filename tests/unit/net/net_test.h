#pragma once

#include <gtest/gtest.h>
#include <tikv/proto/kvrpcpb.pb.h>
#include <tikv/proto/tikvpb.pb.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "grpc_server.h"
#include "net/http_transport.h"
#include "net/transport.h"
#include "proto/tikv_methods.h"
#include "runtime/io_loop.h"
#include "runtime/scope.h"
#include "runtime/wait.h"

namespace tikv::net {

namespace kvrpcpb = proto::kvrpcpb;
namespace tikvpb = proto::tikvpb;
using testing::GrpcServer;
using testing::ServerStream;
using ServerStreamRef = std::shared_ptr<ServerStream>;

inline constexpr proto::Method kBatchedGet = proto::raw_reads("/tikvpb.Tikv/RawGet", 13);
inline constexpr proto::Method kUnaryGet = proto::raw_reads("/tikvpb.Tikv/RawGet");

/// Calls on some loop and transport, from a test's point of view.
class NetTestBase : public ::testing::Test {
 protected:
  struct Answer {
    Answer() = default;
    Status status;
    kvrpcpb::RawGetResponse response;
  };

  virtual runtime::Loop& loop() = 0;
  virtual HttpTransport& transport() = 0;

  /// Runs `task` on the loop and waits for it.
  template <class T>
  T run(Task<T> task) {
    auto wrapped = wrap(std::move(task));
    auto result = runtime::run_on(loop(), std::move(wrapped)).with_timeout(std::chrono::seconds(60)).get();
    EXPECT_TRUE(result.has_value());
    return std::move(*result);
  }

  /// One RawGet for `key`, with a deadline of its own if `timeout` is not 0.
  Task<Answer> get(std::string address, std::string key, proto::Method method,
                   std::chrono::milliseconds timeout = std::chrono::milliseconds{0}, std::stop_token stop = {}) {
    Answer answer;
    auto task = get_into(answer, std::move(address), std::move(key), method);
    if (timeout.count() > 0) task = std::move(task).with_timeout(timeout);
    if (stop.stop_possible()) task = std::move(task).with_stop(stop);
    co_await std::move(task);
    co_return answer;
  }

  /// Calls that run while the test goes on.
  struct Calls {
    explicit Calls(runtime::Loop& loop) : scope(loop) {}
    std::vector<std::unique_ptr<Answer>> answers;
    std::size_t done = 0;
    runtime::Scope scope;
  };
  /// On the loop.
  void spawn_get(Calls& calls, std::string address, std::string key, proto::Method method) {
    Answer& answer = *calls.answers.emplace_back(std::make_unique<Answer>());
    calls.scope.spawn(get_counted(calls, answer, std::move(address), std::move(key), method));
  }
  /// `count` RawGets at once, for "0", "1" and so on.
  Task<std::vector<Answer>> get_many(std::string address, int count, proto::Method method) {
    Calls calls(loop());
    for (int i = 0; i < count; ++i) spawn_get(calls, address, std::to_string(i), method);
    co_await calls.scope.join();
    std::vector<Answer> answers;
    for (const auto& answer : calls.answers) answers.push_back(*answer);
    co_return answers;
  }

 private:
  template <class T>
  static Task<Result<T>> wrap(Task<T> task) {
    co_return co_await std::move(task);
  }
  Task<void> get_into(Answer& answer, std::string address, std::string key, proto::Method method) {
    kvrpcpb::RawGetRequest request;
    request.set_key(key);
    Call call(transport(), address, method, request, answer.response);
    answer.status = co_await call;
  }
  Task<void> get_counted(Calls& calls, Answer& answer, std::string address, std::string key, proto::Method method) {
    co_await get_into(answer, std::move(address), std::move(key), method);
    ++calls.done;
  }
};

/// Over real sockets.
class NetTest : public NetTestBase {
 protected:
  NetTest() : loop_(std::make_unique<runtime::IoLoop>(runtime::LoopOptions{})) {}
  ~NetTest() override { close(); }

  runtime::Loop& loop() override { return *loop_; }
  HttpTransport& transport() override {
    if (!transport_) transport_ = std::make_unique<HttpTransport>(*loop_, options_);
    return *transport_;
  }
  void close() {
    loop_->close();
    transport_.reset();
  }

  HttpOptions options_;
  std::unique_ptr<runtime::IoLoop> loop_;
  std::unique_ptr<HttpTransport> transport_;
};

/// The answer to a RawGet: its key as the value.
inline std::string echo(const std::string& message) {
  kvrpcpb::RawGetRequest request;
  EXPECT_TRUE(request.ParseFromString(message));
  kvrpcpb::RawGetResponse response;
  response.set_value("value of " + request.key());
  return response.SerializeAsString();
}

/// The answers to a BatchCommandsRequest of RawGets.
inline tikvpb::BatchCommandsResponse batch_echo(const std::string& message) {
  tikvpb::BatchCommandsRequest request;
  EXPECT_TRUE(request.ParseFromString(message));
  EXPECT_EQ(request.requests_size(), request.request_ids_size());
  tikvpb::BatchCommandsResponse response;
  for (int i = 0; i < request.requests_size(); ++i) {
    EXPECT_TRUE(request.requests(i).has_rawget());
    response.add_responses()->mutable_rawget()->set_value("value of " + request.requests(i).rawget().key());
    response.add_request_ids(request.request_ids(i));
  }
  return response;
}

/// Serves RawGet alone and in batches.
inline void serve(const ServerStreamRef& stream, const std::string& message) {
  if (stream->path == "/tikvpb.Tikv/BatchCommands") return stream->send(batch_echo(message).SerializeAsString());
  stream->send(echo(message));
  stream->finish();
}

}  // namespace tikv::net
