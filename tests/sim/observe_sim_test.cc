#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "recording/recording.h"
#include "world.h"

// What a client tells its logger, its metrics and its tracer while a whole cluster does things to it.
namespace tikv::testing {
namespace {

using namespace std::chrono_literals;
using cluster::ServerId;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const TraceContext kCaller = *TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

class Observed : public ::testing::Test {
 protected:
  explicit Observed(Redaction redaction = Redaction::kOff, WorldOptions in = {.pds = 3}) : world(in) {
    ClientOptions options;
    options.logger = logger;
    options.metrics = metrics;
    options.tracer = tracer;
    options.redaction = redaction;
    auto connected = world.run(world.connect(std::move(options)));
    EXPECT_TRUE(connected.result) << describe(connected.result);
    client.emplace(std::move(*connected.result));
  }
  ~Observed() override {
    client->close();
    client.reset();
    world.finish();
  }

  double value(std::string_view series) const {
    return metrics->value(std::string("tikv_client_go_") + std::string(series));
  }
  std::size_t count(std::string_view series) const {
    return metrics->count(std::string("tikv_client_go_") + std::string(series));
  }
  /// Over all series of a metric.
  double sum(std::string_view metric) const {
    double all = 0;
    for (const std::string& series : metrics->series()) {
      if (series.find(metric) != std::string::npos) all += metrics->value(series);
    }
    return all;
  }
  Result<Committed> commit(const std::string& key, const std::string& v) {
    auto writing = [this, &key, &v]() -> Task<Result<Committed>> {
      Transaction txn = co_await client->begin().or_return();
      co_await txn.put(key, v);
      co_return co_await txn.commit();
    };
    return world.run(writing()).result;
  }

  std::shared_ptr<RecordingLogger> logger = std::make_shared<RecordingLogger>();
  std::shared_ptr<RecordingMetrics> metrics = std::make_shared<RecordingMetrics>();
  std::shared_ptr<RecordingTracer> tracer = std::make_shared<RecordingTracer>();
  World world;
  std::optional<Client> client;
};

TEST_F(Observed, RawCallsAreCountedByKindAndTheirRequestsByStore) {
  ASSERT_TRUE(world.run(client->raw().put("key", "value")).result);
  ASSERT_TRUE(world.run(client->raw().get("key")).result);
  ASSERT_TRUE(world.run(client->raw().get("key")).result);
  EXPECT_EQ(count("rawkv_cmd_seconds{type=\"put\"}"), 1U);
  EXPECT_EQ(count("rawkv_cmd_seconds{type=\"get\"}"), 2U);
  EXPECT_THAT(metrics->observations("tikv_client_go_rawkv_kv_size_bytes{type=\"key\"}"), ElementsAre(3));
  EXPECT_THAT(metrics->observations("tikv_client_go_rawkv_kv_size_bytes{type=\"value\"}"), ElementsAre(5));
  const std::string store = std::to_string(world.leader_of("key"));
  const std::string labels = "type=\"RawGet\",store=\"" + store + "\",stale_read=\"false\",scope=\"false\"";
  EXPECT_EQ(count("request_seconds{" + labels + "}"), 2U);
  EXPECT_EQ(count("source_request_seconds{" + labels + ",source=\"external_tikv\"}"), 2U);
  EXPECT_EQ(value("load_region_total{type=\"ByKey\",reason=\"Missing\"}"), 1);
  EXPECT_EQ(value("region_cache_operations_total{type=\"get_region_when_miss\",result=\"ok\"}"), 1);
  EXPECT_EQ(count("load_region_cache_seconds{type=\"get_region_when_miss\"}"), 1U);
  EXPECT_EQ(value("region_cache_operations_total{type=\"get_store\",result=\"ok\"}"), 1);
}

TEST_F(Observed, RegionErrorsAreCountedLoggedAndMadeGood) {
  world.add(region_error_at("RawGet", RegionErrorKind::kServerIsBusy));
  ASSERT_TRUE(world.run(client->raw().get("key")).result);
  EXPECT_EQ(sum("region_err_total{type=\"server_is_busy\""), 1);
  EXPECT_THAT(metrics->observations("tikv_client_go_request_retry_times"), ElementsAre(1));
  EXPECT_EQ(count("backoff_seconds{type=\"serverBusy\"}"), 1U);
  ASSERT_EQ(logger->lines("region error").size(), 1U);
  EXPECT_THAT(logger->lines("region error")[0].text, HasSubstr("error=server_is_busy"));
}

TEST_F(Observed, AStormOfRegionErrorsIsOneLineASecond) {
  world.add(region_error_at("RawGet", RegionErrorKind::kRegionNotInitialized, 0, 12));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(world.run(client->raw().get("key")).result);
  EXPECT_EQ(sum("region_err_total{type=\"region_not_initialized\""), 12);
  const auto lines = logger->lines("region error");
  EXPECT_LT(lines.size(), 8U);
  EXPECT_GE(lines.size(), 1U);
}

TEST_F(Observed, ASlowRequestIsLoggedWithAllItsAttempts) {
  world.add(region_error_at("RawGet", RegionErrorKind::kServerIsBusy));
  ASSERT_TRUE(world.run(client->raw().get("key")).result);
  const auto slow = logger->lines("slow request");
  ASSERT_EQ(slow.size(), 1U) << "a busy store costs a pause of a second or two";
  EXPECT_EQ(slow[0].level, LogLevel::kWarn);
  EXPECT_THAT(slow[0].text, HasSubstr("method=RawGet"));
  EXPECT_THAT(slow[0].text, HasSubstr("outcome=ok"));
  EXPECT_THAT(slow[0].text, HasSubstr("sends=2"));
  EXPECT_THAT(slow[0].text, HasSubstr(" server_is_busy "));
}

TEST_F(Observed, AFastRequestIsNotLogged) {
  ASSERT_TRUE(world.run(client->raw().get("key")).result);
  EXPECT_TRUE(logger->lines("slow request").empty());
  EXPECT_TRUE(logger->lines("region error").empty());
}

TEST_F(Observed, SpansLeadFromTheCallToEachAttempt) {
  world.add(region_error_at("RawGet", RegionErrorKind::kRegionNotInitialized));
  Task<Result<std::optional<std::string>>> getting = client->raw().get("key");
  ASSERT_TRUE(world.run(std::move(getting).with_trace(kCaller)).result);
  const auto call = tracer->spans("tikv.raw.get");
  ASSERT_EQ(call.size(), 1U);
  EXPECT_EQ(call[0].parent, kCaller);
  EXPECT_EQ(call[0].error, "");
  const auto attempts = tracer->spans("tikv.attempt");
  ASSERT_EQ(attempts.size(), 2U);
  EXPECT_EQ(attempts[0].parent, call[0].context);
  EXPECT_EQ(attempts[0].error, "region_not_initialized");
  EXPECT_EQ(attempts[0].attributes.at("rpc.method"), "RawGet");
  EXPECT_NE(attempts[0].attributes.at("tikv.region"), "0");
  EXPECT_NE(attempts[0].attributes.at("server.address"), "");
  EXPECT_EQ(attempts[1].parent, call[0].context);
  EXPECT_EQ(attempts[1].error, "");
  ASSERT_EQ(tracer->spans("tikv.backoff").size(), 1U);
  EXPECT_EQ(tracer->spans("tikv.backoff")[0].parent, call[0].context);
  EXPECT_EQ(tracer->spans("tikv.backoff")[0].attributes.at("tikv.reason"), "regionNotInitialized");
  ASSERT_EQ(tracer->spans("tikv.region_lookup").size(), 1U);
  EXPECT_EQ(tracer->spans("tikv.region_lookup")[0].parent, call[0].context);
  ASSERT_EQ(tracer->spans("tikv.store_lookup").size(), 1U);
  for (const auto& span : tracer->spans()) EXPECT_TRUE(span.ended) << span.name;
}

TEST_F(Observed, ATransactionIsOneTraceFromItsBeginToItsCommit) {
  auto body = [](Transaction& txn) -> Task<Result<void>> {
    co_await txn.get("k").or_return();
    co_await txn.put("k", "1");
    co_return Result<void>();
  };
  Task<Result<void>> running = client->transact(body);
  ASSERT_TRUE(world.run(std::move(running).with_trace(kCaller)).result);
  for (const char* name : {"tikv.txn.begin", "tikv.txn.get", "tikv.txn.commit"}) {
    const auto spans = tracer->spans(name);
    ASSERT_EQ(spans.size(), 1U) << name;
    EXPECT_EQ(spans[0].parent, kCaller) << name;
  }
  const auto timestamps = tracer->spans("tikv.tso");
  ASSERT_EQ(timestamps.size(), 2U);
  EXPECT_EQ(timestamps[0].parent, tracer->spans("tikv.txn.begin")[0].context);
  EXPECT_EQ(timestamps[1].parent, tracer->spans("tikv.txn.commit")[0].context);
  EXPECT_EQ(count("ts_future_wait_seconds"), 2U);
}

TEST_F(Observed, CommitsAreCountedWithWhatTheyWrite) {
  ASSERT_TRUE(commit("key", "value"));
  EXPECT_EQ(value("commit_txn_counter{type=\"ok\"}"), 1);
  EXPECT_EQ(count("txn_cmd_duration_seconds{type=\"commit\",scope=\"general\"}"), 1U);
  EXPECT_THAT(metrics->observations("tikv_client_go_txn_write_kv_num{scope=\"general\"}"), ElementsAre(1));
  EXPECT_THAT(metrics->observations("tikv_client_go_txn_write_size_bytes{scope=\"general\"}"), ElementsAre(8));
  EXPECT_THAT(metrics->observations("tikv_client_go_txn_regions_num{type=\"2pc_prewrite\",scope=\"general\"}"),
              ElementsAre(1));
  EXPECT_THAT(metrics->observations("tikv_client_go_txn_commit_backoff_count"), ElementsAre(0));
}

TEST_F(Observed, AWriteConflictIsAFailedCommit) {
  auto conflicting = [this]() -> Task<Result<Committed>> {
    Transaction late = co_await client->begin().or_return();
    Transaction early = co_await client->begin().or_return();
    co_await early.put("key", "1");
    co_await early.commit().or_return();
    co_await late.put("key", "2");
    co_return co_await late.commit();
  };
  const Result<Committed> committed = world.run(conflicting()).result;
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().kind(), ErrorKind::kConflict);
  EXPECT_EQ(value("commit_txn_counter{type=\"err\"}"), 1);
  EXPECT_EQ(value("txn_write_conflict_counter"), 1);
  EXPECT_THAT(committed.error().message(), HasSubstr("6B6579")) << "the key in hexadecimal";
}

TEST_F(Observed, AnUndeterminedCommitIsLoggedAsAnError) {
  ASSERT_TRUE(commit("key", "1"));
  world.add(fault_at("KvCommit", FaultKind::kDropReply, 0, 0));
  world.add(fault_at("KvCheckTxnStatus", FaultKind::kDropRequest, 0, 0));
  auto writing = [this]() -> Task<Result<Committed>> {
    Transaction txn = co_await client->begin().or_return();
    co_await txn.put("key", "2");
    co_return co_await txn.commit().with_timeout(2s);
  };
  const Result<Committed> committed = world.run(writing()).result;
  ASSERT_FALSE(committed);
  ASSERT_EQ(committed.error().kind(), ErrorKind::kUndetermined) << describe(committed);
  const auto lines = logger->lines("outcome of a commit is unknown");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].level, LogLevel::kError);
  EXPECT_THAT(lines[0].text, HasSubstr("primary=6B6579"));
}

TEST_F(Observed, AStoreThatGoesDownAndComesBackIsLoggedTwice) {
  ASSERT_TRUE(world.run(client->raw().put("key", "value")).result);
  const std::uint64_t store = world.leader_of("key");
  const std::string liveness = "store_liveness_state{store=\"" + std::to_string(store) + "\"}";
  world.kill(ServerId::store(store));
  Task<Result<void>> putting = client->raw().put("key", "again");
  ASSERT_TRUE(world.run(std::move(putting).with_timeout(60s)).result);
  ASSERT_EQ(logger->lines("store does not answer").size(), 1U);
  EXPECT_EQ(logger->lines("store does not answer")[0].level, LogLevel::kWarn);
  EXPECT_EQ(value(liveness), 1);
  EXPECT_GT(value("kv_status_api_count{result=\"err\"}"), 0);
  EXPECT_GT(sum("rpc_err_total"), 0);
  ASSERT_TRUE(world.model().restart(ServerId::store(store)));
  world.loop.run_for(10s);
  ASSERT_EQ(logger->lines("store answers again").size(), 1U);
  EXPECT_EQ(value(liveness), 0);
  EXPECT_EQ(value("kv_status_api_count{result=\"ok\"}"), 1);
}

TEST_F(Observed, WhatTheCallerEndsIsCountedApart) {
  ASSERT_TRUE(world.run(client->raw().put("key", "value")).result);
  world.add(fault_at("RawGet", FaultKind::kDropReply, 0, 0));
  const RawClient raw = client->raw();
  std::stop_source stop;
  Started<Result<std::optional<std::string>>> left(raw.get("key").with_stop(stop.get_token()));
  world.loop.run_for(10ms);
  world.loop.submit([&] { stop.request_stop(); });
  world.loop.run_for(1ms);
  ASSERT_TRUE(left.done());
  EXPECT_EQ(left.value().error().kind(), ErrorKind::kCancelled);
  EXPECT_EQ(sum("rpc_err_total{type=\"context-canceled\""), 1);
  EXPECT_EQ(sum("rpc_err_total"), 1);
}

TEST_F(Observed, EachLeaderOfPdIsLoggedOnce) {
  ASSERT_EQ(logger->lines("PD has a leader").size(), 1U) << "found by connect";
  ASSERT_TRUE(world.run(client->timestamp()).result);
  world.kill(ServerId::pd(1));
  Task<Result<std::uint64_t>> asking = client->timestamp();
  ASSERT_TRUE(world.run(std::move(asking).with_timeout(60s)).result);
  EXPECT_EQ(logger->lines("PD has a leader").size(), 2U);
}

TEST_F(Observed, TheLockOfAnOldTransactionIsLoggedAndItsOwnersStateAskedFor) {
  world.add(fault_at("KvCommit", FaultKind::kDropRequest, 0, 0));
  world.add(fault_at("KvBatchRollback", FaultKind::kDropRequest, 0, 0));
  auto writing = [this]() -> Task<Result<Committed>> {
    Transaction txn = co_await client->begin().or_return();
    co_await txn.put("key", "1");
    co_return co_await txn.commit();
  };
  Started<Result<Committed>> stuck(runtime::run_on(world.loop, writing()));
  world.loop.run_for(40s);
  const Result<Committed> waited = world.run(writing().with_timeout(5s)).result;
  ASSERT_FALSE(waited) << "the first one's lock is in the way";
  const auto lines = logger->lines("waiting for the lock of an old transaction");
  ASSERT_GE(lines.size(), 1U);
  EXPECT_LE(lines.size(), 6U) << "one a second";
  EXPECT_EQ(lines[0].level, LogLevel::kWarn);
  EXPECT_THAT(lines[0].text, HasSubstr("key=6B6579"));
  EXPECT_THAT(lines[0].text, HasSubstr("age=4"));
  EXPECT_GT(value("lock_resolver_actions_total{type=\"resolve\"}"), 0);
  EXPECT_GT(value("lock_resolver_actions_total{type=\"query_txn_status\"}"), 0);
  EXPECT_GT(count("txn_heart_beat{type=\"ok\"}"), 0U) << "the locks were kept alive";
  world.heal();
  ASSERT_TRUE(world.loop.run_until([&stuck] { return stuck.done(); }, world.now() + 10min));
}

TEST_F(Observed, DebugStateShowsWhatTheClientHolds) {
  ASSERT_TRUE(world.run(client->raw().put("key", "value")).result);
  world.kill(ServerId::store(world.leader_of("key")));
  Task<Result<void>> putting = client->raw().put("key", "again");
  ASSERT_TRUE(world.run(std::move(putting).with_timeout(60s)).result);
  const auto state = world.run(client->debug_state()).result;
  ASSERT_TRUE(state) << describe(state);
  EXPECT_EQ(state->cluster_id, client->cluster_id());
  ASSERT_EQ(state->shards.size(), 1U);
  const DebugState::Shard& shard = state->shards[0];
  EXPECT_EQ(shard.raw_regions, 1U);
  EXPECT_EQ(shard.txn_regions, 0U);
  EXPECT_GE(shard.background_tasks, 1U) << "the check of the store that is down";
  EXPECT_EQ(shard.pd.members.size(), 3U);
  EXPECT_NE(shard.pd.leader, "");
  EXPECT_FALSE(shard.pd.searching);
  EXPECT_EQ(shard.stores.size(), 3U);
  EXPECT_EQ(std::ranges::count(shard.stores, "down", &DebugState::Store::liveness), 1);
  const std::string json = to_json(*state);
  EXPECT_THAT(json, HasSubstr("\"liveness\":\"down\""));
  EXPECT_THAT(json, HasSubstr("\"raw_regions\":1,"));
}

TEST_F(Observed, DebugStateOfAClosedClientIsAnError) {
  client->close();
  const auto state = world.run(client->debug_state()).result;
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().kind(), ErrorKind::kClosed);
}

class Redacted : public Observed {
 protected:
  Redacted() : Observed(Redaction::kOn) {}
};

TEST_F(Redacted, NoKeyIsInAMessageOrALogLine) {
  auto conflicting = [this]() -> Task<Result<Committed>> {
    Transaction late = co_await client->begin().or_return();
    Transaction early = co_await client->begin().or_return();
    co_await early.put("key", "1");
    co_await early.commit().or_return();
    co_await late.put("key", "2");
    co_return co_await late.commit();
  };
  const Result<Committed> committed = world.run(conflicting()).result;
  ASSERT_FALSE(committed);
  EXPECT_THAT(committed.error().to_string(), HasSubstr("key ? was written"));
  EXPECT_THAT(committed.error().to_string(), Not(HasSubstr("6B6579")));
  ASSERT_NE(committed.error().detail<WriteConflict>(), nullptr);
  EXPECT_EQ(committed.error().detail<WriteConflict>()->key, "key") << "for the program, not for people";

  const KeyRange reversed("key2", "key1");
  const auto scanned = world.run(client->raw().checksum(reversed)).result;
  ASSERT_FALSE(scanned);
  EXPECT_THAT(scanned.error().message(), Not(HasSubstr("6B6579")));
  const auto read = world.run(client->snapshot(1).scan(reversed).next()).result;
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message(), Not(HasSubstr("6B6579")));

  for (const auto& line : logger->lines()) EXPECT_THAT(line.text, Not(HasSubstr("6B6579")));
  for (const auto& span : tracer->spans()) {
    for (const auto& [name, text] : span.attributes) EXPECT_THAT(text, Not(HasSubstr("6B6579"))) << name;
  }
}

}  // namespace
}  // namespace tikv::testing
