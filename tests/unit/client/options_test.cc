// Each option changes what the client does, seen from outside.

#include <gtest/gtest.h>
#include <tikv/proto/kvrpcpb.pb.h>

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/codec.h"
#include "simulated_client.h"

namespace tikv::testing {
namespace {

using namespace std::chrono_literals;
namespace kvrpcpb = proto::kvrpcpb;

class OptionsTest : public ::testing::Test, protected SimulatedCluster {
 protected:
  /// What hangs comes to its end, so that nothing outlives the cluster.
  void TearDown() override {
    cluster.model().faults().clear();
    loop.run_for(2min);
  }

  Client client_with(const std::function<void(ClientOptions&)>& change) {
    ClientOptions options;
    options.pd_endpoints = cluster.pd_endpoints();
    change(options);
    Result<Client> client = connect(std::move(options));
    EXPECT_TRUE(client) << client.error().to_string();
    return std::move(*client);
  }
  std::uint64_t requests(std::string_view method) { return cluster.model().requests(method); }
  std::uint64_t scans() { return requests("ScanRegions") + requests("BatchScanRegions"); }
  std::uint64_t look_ups() { return requests("GetRegion"); }

  void fault(std::string method, FaultKind kind, std::uint64_t times, std::chrono::milliseconds by = 0ms) {
    Fault fault;
    fault.method = std::move(method);
    fault.kind = kind;
    fault.times = times;
    fault.delay = by;
    cluster.model().faults().add(std::move(fault));
  }
  void no_leader_once(std::string method) {
    Fault fault;
    fault.method = std::move(method);
    fault.kind = FaultKind::kRegionError;
    fault.region_error = RegionErrorKind::kRegionNotInitialized;
    cluster.model().faults().add(std::move(fault));
  }
  /// A transaction with `keys`, each with a value of `bytes`.
  static Result<Transaction> filled(Client& client, int keys, std::size_t bytes) {
    Result<Transaction> txn = client.begin().get();
    for (int i = 0; txn && i < keys; ++i) {
      EXPECT_TRUE(txn->put("k" + std::to_string(100 + i), std::string(bytes, 'v')));
    }
    return txn;
  }
  /// All locks in the stores, with their lives in milliseconds.
  std::vector<kvrpcpb::LockInfo> locks() {
    const auto& region = cluster.model().topology().regions().begin()->second;
    const auto view = cluster.model().topology().view(region.meta.peers(0).store_id(), region.meta.id(),
                                                      region.meta.region_epoch().version());
    kvrpcpb::ScanLockRequest request;
    request.set_max_version(std::numeric_limits<std::uint64_t>::max());
    const kvrpcpb::ScanLockResponse response = cluster.model().keys().handle(*view, request);
    return {response.locks().begin(), response.locks().end()};
  }
  /// A commit of one key whose decisive request never arrives, as it stands `after` so long.
  void hang_in_commit(Client& client, std::chrono::milliseconds after) {
    fault("KvCommit", FaultKind::kDropRequest, 0);
    Result<Transaction> txn = filled(client, 1, 1);
    ASSERT_TRUE(txn);
    const auto done = std::make_shared<bool>(false);
    txn->commit().start([done](const Result<Committed>&) { *done = true; });
    loop.run_for(after);
    EXPECT_FALSE(*done);
    hanging_.emplace_back(std::move(*txn));
  }

 private:
  std::vector<Transaction> hanging_;
};

TEST_F(OptionsTest, PreloadLooksAllRegionsUpWhileConnecting) {
  ASSERT_TRUE(cluster.model().split("m"));
  Client client = client_with([](ClientOptions& o) { o.regions.preload = true; });
  EXPECT_EQ(scans(), 1U);
  EXPECT_TRUE(client.raw().get("a").get());
  EXPECT_TRUE(client.raw().get("z").get());
  EXPECT_EQ(look_ups(), 0U);

  Client lazy = client_with([](ClientOptions&) {});
  EXPECT_EQ(scans(), 1U);
  EXPECT_TRUE(lazy.raw().get("a").get());
  EXPECT_EQ(look_ups(), 1U);
}

TEST_F(OptionsTest, PreloadThatFailsIsNoFailure) {
  fault("ScanRegions", FaultKind::kDropRequest, 0);
  fault("BatchScanRegions", FaultKind::kDropRequest, 0);
  Client client = client_with([](ClientOptions& o) { o.regions.preload = true; });
  EXPECT_TRUE(client.raw().get("a").get());
  EXPECT_EQ(look_ups(), 1U);
}

TEST_F(OptionsTest, RefreshIntervalLooksAllRegionsUpAgainAndAgain) {
  Client client = client_with([](ClientOptions& o) { o.regions.refresh_interval = 10s; });
  EXPECT_EQ(scans(), 0U);
  EXPECT_TRUE(client.raw().get("z").get());
  ASSERT_TRUE(cluster.model().split("m"));
  loop.run_for(35s);
  EXPECT_EQ(scans(), 3U);
  const std::uint64_t gets = requests("RawGet");
  EXPECT_TRUE(client.raw().get("z").get());
  EXPECT_EQ(requests("RawGet"), gets + 1) << "the split is known already";
  client.close();
  loop.run_for(35s);
  EXPECT_EQ(scans(), 3U);
}

TEST_F(OptionsTest, RegionTtlForgetsWhatNobodyAsksFor) {
  Client client = client_with([](ClientOptions& o) {
    o.regions.ttl = 10s;
    o.regions.ttl_jitter = 0ms;
  });
  EXPECT_TRUE(client.raw().get("a").get());
  loop.run_for(9s);
  EXPECT_TRUE(client.raw().get("a").get());
  EXPECT_EQ(look_ups(), 1U);
  loop.run_for(11s);
  EXPECT_TRUE(client.raw().get("a").get());
  EXPECT_EQ(look_ups(), 2U);
}

TEST_F(OptionsTest, PdTimeoutGivesATryUp) {
  Client client = client_with([](ClientOptions& o) { o.pd.request_timeout = 50ms; });
  fault("GetRegion", FaultKind::kDropRequest, 1);
  const runtime::TimePoint began = loop.now();
  EXPECT_TRUE(client.raw().get("a").get());
  EXPECT_LT(loop.now() - began, 1s);
  EXPECT_GE(loop.now() - began, 50ms);
}

TEST_F(OptionsTest, BudgetsOfNothingAllowNoPause) {
  Client client = client_with([](ClientOptions& o) {
    o.retry.raw_budget = o.retry.read_budget = o.retry.prewrite_budget = o.retry.commit_budget = 0ms;
  });
  Client patient = client_with([](ClientOptions&) {});
  const auto attempt = [this](const char* method, auto call) {
    no_leader_once(method);
    const auto result = call().get();
    if (result) return std::string("fine");
    EXPECT_EQ(result.error().attempt_count(), 1U);
    return std::string(to_string(result.error().kind()));
  };
  const std::string gave_up(to_string(ErrorKind::kUnavailable));
  const auto committing = [](Client& by, const char* key) {
    auto txn = by.begin().get();
    EXPECT_TRUE(txn->put(key, "1"));
    return std::move(*txn);
  };

  EXPECT_EQ(attempt("RawGet", [&] { return client.raw().get("a"); }), gave_up);
  EXPECT_EQ(attempt("RawGet", [&] { return patient.raw().get("a"); }), "fine");
  const std::uint64_t now = client.timestamp().get().value();
  EXPECT_EQ(attempt("KvGet", [&] { return client.snapshot(now).get("t"); }), gave_up);
  EXPECT_EQ(attempt("KvGet", [&] { return patient.snapshot(now).get("t"); }), "fine");
  for (const char* method : {"KvPrewrite", "KvCommit"}) {
    SCOPED_TRACE(method);
    Transaction hasty = committing(client, "t");
    EXPECT_EQ(attempt(method, [&] { return hasty.commit(); }), gave_up);
    loop.run_for(5s);  // it is rolled back
    Transaction calm = committing(patient, "u");
    EXPECT_EQ(attempt(method, [&] { return calm.commit(); }), "fine");
  }
}

TEST_F(OptionsTest, StoreLimitRefusesWhatWouldPileUp) {
  Client client = client_with([](ClientOptions& o) { o.stores.max_requests = 2; });
  EXPECT_TRUE(client.raw().get("a").get());
  fault("RawGet", FaultKind::kDelayReply, 0, 100ms);
  std::vector<Result<std::optional<std::string>>> results;
  for (int i = 0; i < 3; ++i) client.raw().get("a").start([&](auto result) { results.push_back(std::move(result)); });
  loop.run_for(1s);
  ASSERT_EQ(results.size(), 3U);
  EXPECT_TRUE(fails_with(results[0], ErrorKind::kUnavailable)) << "the third comes back first";
  EXPECT_NE(results[0].error().message().find("2 requests of this client under way"), std::string::npos);
  EXPECT_EQ(results[0].error().applied(), Applied::kNo);
  EXPECT_TRUE(results[1] && results[2]);
  EXPECT_TRUE(client.raw().get("a").get()) << "there is room again";
}

TEST_F(OptionsTest, CommitBatchBytesCutsRequests) {
  Client client = client_with([](ClientOptions& o) { o.commit.batch_bytes = 1; });
  Client usual = client_with([](ClientOptions&) {});
  const auto prewrites = [&](Client& by) {
    const std::uint64_t before = requests("KvPrewrite");
    Result<Transaction> txn = filled(by, 10, 100);
    EXPECT_TRUE(txn && txn->commit().get());
    loop.run_for(1s);
    return requests("KvPrewrite") - before;
  };
  EXPECT_EQ(prewrites(client), 10U);
  EXPECT_EQ(prewrites(usual), 1U);
}

TEST_F(OptionsTest, CommitterConcurrencyBoundsWhatRunsAtOnce) {
  fault("KvPrewrite", FaultKind::kDelayReply, 0, 100ms);
  const auto time_of_commit = [&](std::size_t concurrency) {
    Client client = client_with([&](ClientOptions& o) {
      o.commit.batch_bytes = 1;
      o.commit.concurrency = concurrency;
    });
    Result<Transaction> txn = filled(client, 6, 1);
    const runtime::TimePoint began = loop.now();
    EXPECT_TRUE(txn && txn->commit().get());
    return loop.now() - began;
  };
  EXPECT_GE(time_of_commit(1), 600ms);
  EXPECT_LT(time_of_commit(6), 300ms);
}

TEST_F(OptionsTest, LockTtlIsWhatHeartbeatsProlongTo) {
  Client client = client_with([](ClientOptions& o) { o.commit.lock_ttl = 5min; });
  hang_in_commit(client, 2s);
  ASSERT_EQ(locks().size(), 1U);
  EXPECT_GE(locks()[0].lock_ttl(), 300'000U);
  EXPECT_LE(locks()[0].lock_ttl(), 303'000U);
}

TEST_F(OptionsTest, MaxLifetimeEndsTheHeartbeats) {
  Client client = client_with([](ClientOptions& o) { o.commit.max_lifetime = 4s; });
  hang_in_commit(client, 20s);
  EXPECT_EQ(requests("KvTxnHeartBeat"), 2U) << "after 1.5 and 3 s";
  Client usual = client_with([](ClientOptions&) {});
  hang_in_commit(usual, 20s);
  EXPECT_GE(requests("KvTxnHeartBeat"), 8U);
}

// What a reader removes of the locks of a client that died: all that lie in the region, or only those that it met.
TEST_F(OptionsTest, ResolveByKeysBelowDecidesHowLocksAreRemoved) {
  const auto left_over = [&](std::size_t threshold) {
    cluster.model().faults().clear();
    fault("KvCommit", FaultKind::kDropRequest, 0);
    {
      Client dies = client_with([](ClientOptions&) {});
      Result<Transaction> txn = filled(dies, 3, 1);
      EXPECT_TRUE(fails_with(txn->commit().with_timeout(1s).get(), ErrorKind::kUndetermined));
    }
    cluster.model().faults().clear();
    EXPECT_EQ(locks().size(), 3U);
    loop.run_for(30s);  // until they have expired
    Client reader = client_with([&](ClientOptions& o) { o.commit.resolve_by_keys_below = threshold; });
    const std::vector<std::string> keys{"k101"};
    EXPECT_TRUE(reader.snapshot(reader.timestamp().get().value()).batch_get(keys).get());
    loop.run_for(1s);
    const std::size_t left = locks().size();
    const std::vector<std::string> all{"k100", "k101", "k102"};
    EXPECT_TRUE(reader.snapshot(reader.timestamp().get().value()).batch_get(all).get());
    loop.run_for(1s);
    return left;
  };
  EXPECT_EQ(left_over(512), 1U) << "the primary is resolved by asking for it, k101 by its key";
  EXPECT_EQ(left_over(0), 0U);
}

}  // namespace
}  // namespace tikv::testing
