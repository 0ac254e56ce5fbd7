#include <gtest/gtest.h>
#include <tikv/proto/kvrpcpb.pb.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulated_client.h"

// A store may refuse a whole answer because of one lock, as it does for locks that it holds in memory only. By the time
// the owner is asked for, there may be no trace of it.
namespace tikv::testing {
namespace {

using namespace std::chrono_literals;
namespace kvrpcpb = proto::kvrpcpb;

/// Answers the first read of each kind with a lock of a transaction that nobody knows, and passes all else on.
class LockedOnce final : public net::Transport {
 public:
  explicit LockedOnce(net::Transport& through) : through_(through) {}

  void start(net::Call& call) override {
    const bool answered = answer<kvrpcpb::GetRequest, kvrpcpb::GetResponse>(call, get_) ||
                          answer<kvrpcpb::BatchGetRequest, kvrpcpb::BatchGetResponse>(call, batch_get_) ||
                          answer<kvrpcpb::ScanRequest, kvrpcpb::ScanResponse>(call, scan_);
    if (!answered) through_.start(call);
  }
  void abandon(net::Call& call) noexcept override { through_.abandon(call); }
  std::unique_ptr<net::Stream> open(std::string_view address, const proto::Method& method) override {
    return through_.open(address, method);
  }
  void forget(std::string_view address) override { through_.forget(address); }

 private:
  template <class Request, class Response>
  static bool answer(net::Call& call, bool& done) {
    const auto* request = dynamic_cast<const Request*>(&call.request());
    if (request == nullptr || done) return false;
    done = true;
    kvrpcpb::LockInfo& lock = *static_cast<Response&>(call.response()).mutable_error()->mutable_locked();
    lock.set_key("k1");
    lock.set_primary_lock("k1");
    lock.set_lock_version(request->version() - 1);
    lock.set_lock_ttl(50);
    lock.set_txn_size(1);
    call.mark_sent();
    call.finish(net::Status{});
    return true;
  }

  net::Transport& through_;
  bool get_ = false;
  bool batch_get_ = false;
  bool scan_ = false;
};

class LockedAnswer : public ::testing::Test {
 protected:
  LockedAnswer() {
    ClientOptions options;
    options.pd_endpoints = world_.cluster.pd_endpoints();
    client_.emplace(client::connect_on(world_.loop, wire_, std::move(options)).get().value());
    Transaction txn = client_->begin().get().value();
    for (const KvPair& pair : pairs_) EXPECT_TRUE(txn.put(pair.key, pair.value));
    EXPECT_TRUE(txn.commit().get());
    before_ = world_.loop.now();
  }
  ~LockedAnswer() override {
    EXPECT_LT(world_.loop.now() - before_, 300ms) << "no longer than the lock says that it lives, and a pause";
  }
  Snapshot snapshot() { return client_->snapshot(client_->timestamp().get().value()); }

  SimulatedCluster world_;
  LockedOnce wire_{world_.transport};
  std::optional<Client> client_;
  const std::vector<KvPair> pairs_{{"k1", "v1"}, {"k2", "v2"}, {"k3", "v3"}};
  runtime::TimePoint before_;
};

TEST_F(LockedAnswer, ToAGetIsAskedForAgain) { EXPECT_EQ(snapshot().get("k1").get(), "v1"); }

TEST_F(LockedAnswer, ToABatchGetIsAskedForAgain) {
  const std::vector<std::string> keys{"k1", "k2"};
  EXPECT_EQ(snapshot().batch_get(keys).get(), (std::vector<std::optional<std::string>>{"v1", "v2"}));
}

TEST_F(LockedAnswer, ToAScanIsAskedForAgain) { EXPECT_EQ(snapshot().scan(KeyRange("a", "z")).collect().get(), pairs_); }

TEST_F(LockedAnswer, ToAScanThatStartsAtTheLockIsAskedForAgain) {
  EXPECT_EQ(snapshot().scan(KeyRange("k2", "k4")).collect().get(),
            (std::vector<KvPair>(pairs_.begin() + 1, pairs_.end())));
}

}  // namespace
}  // namespace tikv::testing
