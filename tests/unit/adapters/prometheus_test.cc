#include <tikv/prometheus.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <sstream>
#include <string>
#include <vector>

#include "observe/metrics.h"
#include "observe/store_metrics.h"

namespace tikv {
namespace {

using observe::Metric;
using observe::MetricRow;
using observe::Metrics;
using ::testing::Contains;

struct PrometheusTest : ::testing::Test {
  std::shared_ptr<prometheus::Registry> target = std::make_shared<prometheus::Registry>();
  std::shared_ptr<MetricsRegistry> registry = prometheus_metrics(target);

  /// What a server would show, line by line.
  std::vector<std::string> scrape() const {
    std::stringstream text(prometheus::TextSerializer().Serialize(target->Collect()));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }
};

TEST_F(PrometheusTest, ShowsEachMetricOfAClientUnderClientGosNameAndType) {
  const Metrics metrics(*registry);
  const observe::ChannelMetrics channel(metrics.series, "s1:20160", "0");
  observe::StoreMetrics store(metrics.series, 1, "external_tikv");
  store.request("/tikvpb.Tikv/KvGet", std::chrono::milliseconds(1));
  store.region_error("not_leader");
  store.rpc_error("UNAVAILABLE");
  store.connection_failure("s1:20160");
  store.over_limit("s1:20160");
  metrics.series.histogram(Metric::kStoreCheckTime, {"s1:20160"});
  const std::vector<std::string> lines = scrape();
  constexpr std::array kTypes = {"counter", "gauge", "histogram", "summary"};
  for (const MetricRow& row : observe::metric_table()) {
    const std::string line = "# TYPE " + std::string(observe::kMetricPrefix) + std::string(row.name) + " " +
                             kTypes[static_cast<std::size_t>(row.type)];
    EXPECT_THAT(lines, Contains(line));
  }
}

TEST_F(PrometheusTest, ShowsLabelsBucketsAndNumbers) {
  const Metrics metrics(*registry);
  metrics.route.backoff("regionMiss").observe(0.002);
  metrics.route.backoff("regionMiss").observe(0.004);
  const std::vector<std::string> lines = scrape();
  const std::string name = "tikv_client_go_backoff_seconds";
  EXPECT_THAT(lines, Contains(name + "_count{type=\"regionMiss\"} 2"));
  EXPECT_THAT(lines, Contains(name + "_sum{type=\"regionMiss\"} 0.006"));
  EXPECT_THAT(lines, Contains(name + "_bucket{type=\"regionMiss\",le=\"0.001\"} 0"));
  EXPECT_THAT(lines, Contains(name + "_bucket{type=\"regionMiss\",le=\"0.002\"} 1"));
  EXPECT_THAT(lines, Contains(name + "_bucket{type=\"regionMiss\",le=\"0.004\"} 2"));
  EXPECT_THAT(lines, Contains(name + "_bucket{type=\"regionMiss\",le=\"+Inf\"} 2"));
}

TEST_F(PrometheusTest, ShowsCountersGaugesAndSummaries) {
  const observe::Series series(*registry);
  series.counter(Metric::kCommit, {"ok"}).add(3);
  series.gauge(Metric::kStoreLiveness, {"4"}).set(2);
  series.gauge(Metric::kStoreLiveness, {"4"}).add(-1);
  series.histogram(Metric::kRequestBySource, {"Get", "4", "false", "false", "me"}).observe(0.5);
  const std::vector<std::string> lines = scrape();
  EXPECT_THAT(lines, Contains("tikv_client_go_commit_txn_counter{type=\"ok\"} 3"));
  EXPECT_THAT(lines, Contains("tikv_client_go_store_liveness_state{store=\"4\"} 1"));
  EXPECT_THAT(lines, Contains("tikv_client_go_source_request_seconds_count"
                              "{scope=\"false\",source=\"me\",stale_read=\"false\",store=\"4\",type=\"Get\"} 1"));
}

TEST_F(PrometheusTest, GivesTheSameHandleForTheSameSeries) {
  const observe::Series series(*registry);
  EXPECT_EQ(&series.counter(Metric::kCommit, {"ok"}), &series.counter(Metric::kCommit, {"ok"}));
  EXPECT_NE(&series.counter(Metric::kCommit, {"ok"}), &series.counter(Metric::kCommit, {"err"}));
}

TEST_F(PrometheusTest, LetsTwoClientsShareARegistry) {
  const auto other = prometheus_metrics(target);
  const Metrics one(*registry);
  const Metrics two(*other);
  one.lock.count(observe::LockAction::kResolve);
  two.lock.count(observe::LockAction::kResolve);
  EXPECT_THAT(scrape(), Contains("tikv_client_go_lock_resolver_actions_total{type=\"resolve\"} 2"));
}

}  // namespace
}  // namespace tikv
