#include <gtest/gtest.h>

#include <string>

#include "simulated_client.h"

namespace tikv::testing {
namespace {

using namespace std::chrono_literals;

class ClientOnVirtualTime : public ::testing::Test, protected SimulatedCluster {
 protected:
  ClientOnVirtualTime() {
    auto connected = SimulatedCluster::connect();
    EXPECT_TRUE(connected) << connected.error().to_string();
    if (connected) client.emplace(std::move(*connected));
  }
  std::optional<Client> client;
};

Task<Result<int>> add(Client& client, std::string key, int amount) {
  auto body = [&](Transaction& txn) -> Task<Result<int>> {
    const auto stored = co_await txn.get(key).or_return();
    const int sum = (stored ? std::stoi(*stored) : 0) + amount;
    co_await txn.put(key, std::to_string(sum));
    co_return sum;
  };
  co_return co_await client.transact(body, {.max_attempts = 100});
}

TEST_F(ClientOnVirtualTime, KnowsItsCluster) {
  EXPECT_EQ(client->cluster_id(), memory::MemoryClusterOptions{}.cluster_id);
}

TEST_F(ClientOnVirtualTime, TimestampsGrow) {
  const auto first = client->timestamp().get();
  const auto second = client->timestamp().get();
  ASSERT_TRUE(first && second);
  EXPECT_LT(*first, *second);
}

TEST_F(ClientOnVirtualTime, RawAndTransactionalCallsGoToTheSameCluster) {
  ASSERT_TRUE(client->raw().put("raw", "1").get());
  EXPECT_EQ(client->raw().get("raw").get(), "1");

  auto txn = client->begin().get();
  ASSERT_TRUE(txn) << txn.error().to_string();
  ASSERT_TRUE(txn->put("txn", "2"));
  const auto committed = txn->commit().get();
  ASSERT_TRUE(committed) << committed.error().to_string();
  EXPECT_EQ(client->snapshot(committed->commit_ts).get("txn").get(), "2");
  EXPECT_EQ(client->snapshot(committed->start_ts).get("txn").get(), std::nullopt);
}

TEST_F(ClientOnVirtualTime, TransactRunsAgainUntilEverybodyHadTheirTurn) {
  constexpr int kWorkers = 20;
  int done = 0;
  for (int i = 0; i < kWorkers; ++i) {
    add(*client, "sum", 1).start([&](Result<int> sum) {
      EXPECT_TRUE(sum) << sum.error().to_string();
      ++done;
    });
  }
  ASSERT_TRUE(loop.run_until([&] { return done == kWorkers; }));
  EXPECT_EQ(run(add(*client, "sum", 0)), kWorkers);
}

TEST_F(ClientOnVirtualTime, TransactGivesTheBodysErrorBack) {
  auto body = [](Transaction&) -> Task<Result<void>> {
    co_return std::unexpected(Error(ErrorKind::kInvalidArgument, "not today"));
  };
  EXPECT_TRUE(fails_with(run(client->transact(body)), ErrorKind::kInvalidArgument));
}

TEST_F(ClientOnVirtualTime, TransactHoldsItsDeadlineOverAllRuns) {
  int runs = 0;
  auto body = [&](Transaction& txn) -> Task<Result<void>> {
    ++runs;
    co_await txn.get("k").or_return();
    Error conflict(ErrorKind::kConflict, "always");
    conflict.with_advice(Advice::kRetryTransaction);
    co_return std::unexpected(std::move(conflict));
  };
  const auto start = loop.now();
  const auto result = run(client->transact(body, {.max_attempts = 1000000}).with_timeout(3s));
  EXPECT_TRUE(fails_with(result, ErrorKind::kDeadline));
  EXPECT_LE(loop.now() - start, 3s + 10ms);
  EXPECT_GT(runs, 3);
}

TEST_F(ClientOnVirtualTime, TwoClientsShareNothing) {
  auto second = SimulatedCluster::connect();
  ASSERT_TRUE(second);
  ASSERT_TRUE(second->raw().put("k", "v").get());
  client->close();
  EXPECT_EQ(second->raw().get("k").get(), "v");
  EXPECT_TRUE(fails_with(client->raw().get("k").get(), ErrorKind::kClosed));
}

TEST_F(ClientOnVirtualTime, AfterCloseEveryCallEndsWithClosed) {
  const RawClient raw = client->raw();
  Snapshot snapshot = client->snapshot(1);
  auto txn = client->begin().get();
  ASSERT_TRUE(txn);
  ASSERT_TRUE(txn->put("k", "v"));
  client->close();
  client->close();
  EXPECT_TRUE(fails_with(raw.put("k", "v").get(), ErrorKind::kClosed));
  EXPECT_TRUE(fails_with(snapshot.get("k").get(), ErrorKind::kClosed));
  EXPECT_TRUE(fails_with(txn->commit().get(), ErrorKind::kClosed));
  EXPECT_TRUE(fails_with(client->begin().get(), ErrorKind::kClosed));
  EXPECT_TRUE(fails_with(client->timestamp().get(), ErrorKind::kClosed));
  EXPECT_TRUE(fails_with(run(add(*client, "k", 1)), ErrorKind::kClosed));
}

/// No answer to any of these comes.
Fault lost(std::string method) {
  Fault fault;
  fault.method = std::move(method);
  fault.kind = FaultKind::kDropReply;
  fault.times = 0;
  return fault;
}

// As on a loop of its own, where the loop's closing does it (tests/cluster).
TEST_F(ClientOnVirtualTime, CloseEndsTheCallsUnderWayAndNobodyElses) {
  auto second = SimulatedCluster::connect();
  ASSERT_TRUE(second);
  for (const char* method : {"RawPut", "RawGet", "KvPrewrite", "KvGet"}) cluster.model().faults().add(lost(method));
  std::vector<Result<void>> ended;
  const auto add_to = [&](auto result) {
    ended.push_back(result ? Result<void>() : Result<void>(std::unexpected(result.error())));
  };
  auto txn = client->begin().get();
  ASSERT_TRUE(txn);
  ASSERT_TRUE(txn->put("k", "v"));
  Applied put_applied = Applied::kNo;
  client->raw().put("k", "v").start([&](Result<void> put) {
    if (!put) put_applied = put.error().applied();
    add_to(std::move(put));
  });
  client->raw().get("k").start(add_to);
  txn->commit().start(add_to);
  add(*client, "k", 1).start(add_to);
  std::optional<Result<std::optional<std::string>>> others;
  second->raw().get("k").start([&](auto result) { others = std::move(result); });
  loop.run_for(100ms);
  ASSERT_TRUE(ended.empty());

  const auto before = loop.now();
  client->close();
  EXPECT_EQ(loop.now(), before) << "nothing goes on in the background";
  ASSERT_EQ(ended.size(), 4u);
  for (const Result<void>& result : ended) EXPECT_TRUE(fails_with(result, ErrorKind::kClosed));
  EXPECT_EQ(put_applied, Applied::kUnknown) << "the put was sent";
  EXPECT_FALSE(others) << "another client on the same loop goes on";
  cluster.model().faults().clear();
  ASSERT_TRUE(loop.run_until([&] { return others.has_value(); }));
  EXPECT_TRUE(*others);
}

TEST_F(ClientOnVirtualTime, CloseEndsACallThatWaitsToTryAgain) {
  ASSERT_TRUE(cluster.model().kill({cluster::ServerKind::kStore, 1}));
  ASSERT_TRUE(cluster.model().kill({cluster::ServerKind::kStore, 2}));
  std::optional<Result<void>> ended;
  client->raw().put("k", "v").start([&](Result<void> result) { ended = std::move(result); });
  loop.run_for(1s);
  ASSERT_FALSE(ended);
  client->close();
  ASSERT_TRUE(ended);
  EXPECT_TRUE(fails_with(*ended, ErrorKind::kClosed));
}

TEST_F(ClientOnVirtualTime, CloseWaitsForSecondaries) {
  for (const char* key : {"b", "c", "d"}) ASSERT_TRUE(cluster.model().split(key));
  auto txn = client->begin().get();
  ASSERT_TRUE(txn);
  for (const char* key : {"a", "b", "c", "d"}) ASSERT_TRUE(txn->put(key, "v"));
  const auto committed = txn->commit().get();
  ASSERT_TRUE(committed);
  client->close();
  client.reset();
  const std::uint64_t commits = cluster.model().requests("KvCommit");
  EXPECT_GE(commits, 2u);
  // Nobody has to clean up behind it.
  auto other = SimulatedCluster::connect();
  ASSERT_TRUE(other);
  std::vector<std::string> keys{"a", "b", "c", "d"};
  const auto values = other->snapshot(committed->commit_ts).batch_get(keys).get();
  ASSERT_TRUE(values);
  for (const auto& value : *values) EXPECT_EQ(value, "v");
  EXPECT_EQ(cluster.model().requests("KvCheckTxnStatus"), 0u);
}

TEST_F(ClientOnVirtualTime, DestroyedInACallbackItClosesBehind) {
  const RawClient raw = client->raw();
  bool called = false;
  raw.get("k").start([&](auto) {
    client.reset();  // on the loop, where nothing may wait
    called = true;
  });
  ASSERT_TRUE(loop.run_until([&] { return called; }));
  EXPECT_TRUE(fails_with(raw.get("k").get(), ErrorKind::kClosed));
  loop.run_for(1s);
}

TEST_F(ClientOnVirtualTime, MovesLikeAnyValue) {
  Client moved = std::move(*client);
  EXPECT_TRUE(moved.raw().put("k", "v").get());
  auto other = SimulatedCluster::connect();
  ASSERT_TRUE(other);
  const RawClient raw = moved.raw();
  moved = std::move(*other);
  EXPECT_TRUE(fails_with(raw.get("k").get(), ErrorKind::kClosed)) << "the client that was assigned over is closed";
  EXPECT_EQ(moved.raw().get("k").get(), "v");
}

TEST(ClientConnect, WithoutAnyPd) {
  SimulatedCluster simulated;
  ClientOptions options;
  options.pd_endpoints = {"nobody:2379"};
  EXPECT_TRUE(fails_with(simulated.connect(std::move(options)), ErrorKind::kUnavailable));
}

TEST(ClientConnect, ToAStoreInsteadOfAPd) {
  SimulatedCluster simulated;
  ClientOptions options;
  options.pd_endpoints = {"store1:20160"};
  EXPECT_TRUE(fails_with(simulated.connect(std::move(options)), ErrorKind::kNotPd));
}

TEST(ClientConnect, OneGoodEndpointIsEnough) {
  SimulatedCluster simulated;
  ClientOptions options;
  options.pd_endpoints = {"nobody:2379", "pd1:2379"};
  EXPECT_TRUE(simulated.connect(std::move(options)));
}

TEST(ClientConnect, CanBeStopped) {
  SimulatedCluster simulated;
  ClientOptions options;
  options.pd_endpoints = {"nobody:2379"};
  const auto start = simulated.loop.now();
  auto connecting = client::connect_on(simulated.loop, simulated.transport, std::move(options));
  EXPECT_TRUE(fails_with(std::move(connecting).with_timeout(500ms).get(), ErrorKind::kDeadline));
  EXPECT_LE(simulated.loop.now() - start, 600ms);
}

TEST(ClientConnect, ATaskThatIsNotStartedDoesNothing) {
  SimulatedCluster simulated;
  ClientOptions options;
  options.pd_endpoints = {"pd1:2379"};
  {
    [[maybe_unused]] auto unused = client::connect_on(simulated.loop, simulated.transport, std::move(options));
  }
  EXPECT_EQ(simulated.cluster.model().requests("GetMembers"), 0u);
}

TEST(Client, RefusesBadOptionsAtOnce) {
  ClientOptions options;
  options.pd_endpoints = {"127.0.0.1:2379"};
  options.shards = 0;
  const auto client = Client::connect(std::move(options)).get();
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().kind(), ErrorKind::kInvalidArgument);
}

}  // namespace
}  // namespace tikv::testing
