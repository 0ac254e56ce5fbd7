#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "wired_cluster.h"

// What docs/performance.md says of an idle client: after the timers that it names there is nothing that could ever wake
// it. Timers of the loop's own kind (its clock, a lone caller's hand-over) are a matter of real time, not of this loop.
namespace tikv::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::Field;
using ::testing::Pointee;

class IdleClient : public ::testing::Test, protected WiredCluster {
 protected:
  IdleClient() : client(connect().value()) {}
  ~IdleClient() override { client.close(); }

  /// Something of everything, over some seconds.
  void work() {
    for (int i = 0; i < 20; ++i) {
      const std::string key = "raw " + std::to_string(i);
      ASSERT_TRUE(client.raw().put(key, "1").get());
      ASSERT_EQ(client.raw().get(key).get(), "1");
      loop.run_for(100ms);
    }
    ASSERT_TRUE(client.raw().scan(KeyRange::prefix("raw")).collect().get());
    for (int i = 0; i < 20; ++i) {
      auto txn = client.begin().get();
      ASSERT_TRUE(txn);
      for (char c = 'a'; c <= 'z'; ++c) {
        ASSERT_TRUE(txn->put(std::string(1, c), std::to_string(i)));
      }
      ASSERT_TRUE(txn->commit().get());
      loop.run_for(100ms);
    }
    ASSERT_TRUE(client.snapshot(client.timestamp().get().value()).scan(KeyRange::prefix("")).collect().get());
    // One that is begun, has read, has writes in its buffer, and is left alone.
    open_transaction.emplace(client.begin().get().value());
    ASSERT_TRUE(open_transaction->get("a").get());
    ASSERT_TRUE(open_transaction->put("a", "later"));
  }

  struct Wakes {
    std::size_t count = 0;                   // points in time at which something happens
    std::chrono::nanoseconds until_last{0};  // from now to the last of them
  };
  /// Lets `duration` pass, or less if there is nothing left to happen.
  Wakes wakes_within(std::chrono::nanoseconds duration) {
    settle();
    const runtime::TimePoint began = loop.now();
    Wakes wakes;
    for (runtime::TimePoint last = began; loop.step(began + duration);) {
      if (loop.now() == last) continue;
      last = loop.now();
      ++wakes.count;
      wakes.until_last = last - began;
    }
    return wakes;
  }
  /// Lets everything happen that happens at this point in time.
  void settle() { loop.run_for(0ns); }

  std::vector<int> writes() const {
    std::vector<int> all;
    for (const auto& peer : network.peers) all.push_back(peer->writes);
    return all;
  }

  Client client;
  std::optional<Transaction> open_transaction;
};

constexpr auto kKeepalive = 10s;

TEST_F(IdleClient, WakesOnceForEachConnectionAndNeverAgain) {
  ASSERT_EQ(NetworkOptions().keepalive_interval, kKeepalive);
  work();
  settle();
  EXPECT_LE(loop.timers().size(), network.peers.size())
      << "but for the keepalive of each connection, no timer is armed";
  const std::vector<int> written = writes();
  const Wakes wakes = wakes_within(1h);
  EXPECT_GE(wakes.count, 1U);
  EXPECT_LE(wakes.count, network.peers.size());
  EXPECT_LE(wakes.until_last, kKeepalive);
  EXPECT_EQ(loop.timers().size(), 0U);
  EXPECT_FALSE(loop.step()) << "there is nothing left that could wake it";
  EXPECT_EQ(loop.background(), 0U);
  EXPECT_EQ(writes(), written) << "and it has said nothing to anybody";
  EXPECT_THAT(network.peers, Each(Pointee(Field(&net::FakePeer::pings, 0))));
}

TEST_F(IdleClient, WorksAsBeforeAfterADay) {
  work();
  const int connections = network.attempts;
  const std::vector<int> written = writes();
  loop.run_for(24h);
  EXPECT_EQ(writes(), written);
  EXPECT_EQ(client.raw().get("raw 0").get(), "1");
  EXPECT_TRUE(open_transaction->commit().get());
  EXPECT_EQ(network.attempts, connections) << "on the connections that it had";
  EXPECT_LE(wakes_within(1h).until_last, kKeepalive);
  EXPECT_EQ(loop.timers().size(), 0U);
}

TEST_F(IdleClient, LooksAfterAFailedStoreUntilItAnswers) {
  work();
  const auto leader = cluster::ServerId::store(1);
  ASSERT_TRUE(cluster.model().kill(leader));
  ASSERT_TRUE(client.raw().put("raw 0", "2").get());
  settle();

  wakes_within(20s);  // the keepalives of the others, and pauses that grow to their limit
  EXPECT_LE(wakes_within(100s).count, 101U) << "a check each second, and nothing else";
  EXPECT_GT(loop.timers().size(), 0U);

  ASSERT_TRUE(cluster.model().restart(leader));
  // A second to the next check, which may find that an attempt to connect has failed too short a time ago.
  const auto found = 1s + std::chrono::duration_cast<std::chrono::nanoseconds>(1.2 * net::ReconnectOptions().most);
  EXPECT_LE(wakes_within(1h).until_last, found + 1s + kKeepalive);
  EXPECT_EQ(loop.timers().size(), 0U);
  EXPECT_FALSE(loop.step());
}

}  // namespace
}  // namespace tikv::testing
