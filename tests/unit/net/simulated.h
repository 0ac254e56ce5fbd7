#pragma once

#include <gmock/gmock.h>

#include "fake_network/fake_network.h"
#include "net_test.h"
#include "runtime/sim_loop.h"

namespace tikv::net {

inline const std::string kAddress = "store1:20160";

class SimulatedTest : public NetTestBase {
 protected:
  SimulatedTest() : network_(loop_) { network_.on_message = answer; }
  ~SimulatedTest() override { transport_.reset(); }

  runtime::Loop& loop() override { return loop_; }
  HttpTransport& transport() override {
    if (!transport_) transport_ = std::make_unique<HttpTransport>(loop_, network_.factory(), options_);
    return *transport_;
  }

  /// Answers RawGet alone and in batches.
  static void answer(FakePeer& peer, FakePeer::Exchange& exchange, const std::string& message) {
    if (exchange.path == "/tikvpb.Tikv/BatchCommands") {
      return peer.send(exchange.id, batch_echo(message).SerializeAsString());
    }
    peer.send(exchange.id, echo(message));
    peer.finish(exchange.id);
  }
  static void never_answer(FakePeer&, FakePeer::Exchange&, const std::string&) {}

  /// Starts a call that runs while the test goes on.
  Answer& begin_get(proto::Method method, const std::string& key = "k") {
    loop_.submit([this, method, key] { spawn_get(calls_, kAddress, key, method); });
    settle();
    return *calls_.answers.back();
  }
  /// Lets everything happen that happens at this point in time.
  void settle() { loop_.run_for(std::chrono::nanoseconds(0)); }
  bool over() const { return calls_.done == calls_.answers.size(); }
  /// Makes a first call, so that there is a connection.
  void connect(proto::Method method = kUnaryGet) { EXPECT_TRUE(run(get(kAddress, "first", method)).status.ok()); }
  std::chrono::nanoseconds timed(const std::function<void()>& what) {
    const auto before = loop_.now();
    what();
    return loop_.now() - before;
  }

  runtime::SimLoop loop_;
  FakeNetwork network_;
  HttpOptions options_;
  std::unique_ptr<HttpTransport> transport_;
  Calls calls_{loop_};
};

}  // namespace tikv::net
