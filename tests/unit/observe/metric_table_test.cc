#include "observe/metric_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "observe/metrics.h"
#include "observe/store_metrics.h"
#include "proto/tikv_methods.h"
#include "recording/recording.h"

namespace tikv::observe {
namespace {

std::vector<std::string> split(const std::string& line, char by) {
  std::vector<std::string> parts;
  std::stringstream text(line);
  for (std::string part; std::getline(text, part, by);) parts.push_back(part);
  if (line.ends_with(by)) parts.emplace_back();
  return parts;
}

/// A metric as client-go has it.
struct Fact {
  std::string type;
  std::vector<std::string> labels;
  std::vector<double> buckets;
};

std::vector<double> numbers(std::string text) {
  const auto begin = text.find_first_of("({") + 1;
  std::vector<double> all;
  for (const std::string& part : split(text.substr(begin, text.size() - begin - 1), ',')) {
    double product = 1;
    for (const std::string& factor : split(part, '*')) product *= std::stod(factor);
    all.push_back(product);
  }
  return all;
}

std::vector<double> buckets_of(const std::string& text) {
  if (text.empty()) return {};
  std::vector<double> given = numbers(text);
  if (text.starts_with("[]")) return given;
  EXPECT_TRUE(text.starts_with("ExponentialBuckets(")) << text;
  std::vector<double> all;
  double border = given[0];
  for (int i = 0; i < static_cast<int>(given[2]); ++i, border *= given[1]) all.push_back(border);
  return all;
}

std::map<std::string, Fact> facts() {
  std::ifstream file(TIKV_CLIENT_GO_METRICS);
  std::string line;
  std::getline(file, line);
  std::map<std::string, Fact> all;
  while (std::getline(file, line)) {
    const auto columns = split(line, '\t');
    Fact fact;
    fact.type = columns.at(1);
    fact.labels = split(columns.at(2), ',');
    fact.buckets = buckets_of(columns.at(3));
    all[columns.at(0)] = fact;
  }
  return all;
}

std::string type_name(MetricType type) {
  constexpr std::array kNames = {"counter", "gauge", "histogram", "summary"};
  return kNames[static_cast<std::size_t>(type)];
}

TEST(MetricTable, HasNamesTypesLabelsAndBucketsOfClientGo) {
  const auto all = facts();
  ASSERT_GT(all.size(), 80U);
  std::set<std::string> seen;
  for (const MetricRow& row : metric_table()) {
    const std::string name = std::string(kMetricPrefix) + std::string(row.name);
    SCOPED_TRACE(name);
    EXPECT_TRUE(seen.insert(name).second) << "twice";
    const auto fact = all.find(name);
    ASSERT_NE(fact, all.end());
    EXPECT_EQ(type_name(row.type), fact->second.type);
    const auto labels = row.label_names();
    EXPECT_EQ(std::vector<std::string>(labels.begin(), labels.end()), fact->second.labels);
    const std::vector<double> borders = row.buckets.borders();
    ASSERT_EQ(borders.size(), fact->second.buckets.size());
    for (std::size_t i = 0; i < borders.size(); ++i) EXPECT_DOUBLE_EQ(borders[i], fact->second.buckets[i]);
    EXPECT_FALSE(row.help.empty());
  }
}

TEST(MetricTable, IsWhatTheParityLedgerCallsDone) {
  std::ifstream file(TIKV_PARITY_METRICS);
  std::string line;
  std::getline(file, line);
  std::set<std::string> done;
  while (std::getline(file, line)) {
    const auto columns = split(line, '\t');
    if (columns.at(1) == "done") done.insert(columns.at(2));
  }
  std::set<std::string> table;
  for (const MetricRow& row : metric_table()) table.insert(std::string(kMetricPrefix) + std::string(row.name));
  EXPECT_EQ(done, table);
}

TEST(MetricTable, NamesRequestsAsClientGoDoes) {
  EXPECT_EQ(command_name("/tikvpb.Tikv/KvGet"), "Get");
  EXPECT_EQ(command_name("/tikvpb.Tikv/RawCompareAndSwap"), "RawCompareAndSwap");
  EXPECT_EQ(command_name("/tikvpb.Tikv/KVPessimisticRollback"), "PessimisticRollback");
  EXPECT_EQ(command_name("/tikvpb.Tikv/IsAlive"), "MPPAlive");
}

TEST(MetricTable, NamesNoTwoRequestsAlike) {
  std::set<std::string_view> names;
  proto::for_each_row(proto::kTikvMethods, [&](const auto& row) {
    EXPECT_TRUE(names.insert(command_name(row.method.path)).second) << row.method.path;
  });
}

TEST(Metrics, AsksForEachSeriesWithAsManyValuesAsLabels) {
  testing::RecordingMetrics registry;
  const Metrics metrics(registry);
  const ChannelMetrics channel(metrics.series, "s1:20160", "0");
  for (const std::string& series : registry.series()) {
    EXPECT_THAT(series, ::testing::StartsWith(kMetricPrefix));
    EXPECT_EQ(series.find("=\"\","), std::string::npos) << series;
  }
  metrics.lock.count(LockAction::kQueryCommitted);
  EXPECT_EQ(registry.value("tikv_client_go_lock_resolver_actions_total{type=\"query_txn_status_committed\"}"), 1);
  metrics.route.backoff("regionMiss").observe(0.002);
  metrics.route.backoff("tikvServerBusy").observe(2);
  metrics.route.backoff("no such reason").observe(0.002);
  EXPECT_EQ(registry.count("tikv_client_go_backoff_seconds{type=\"regionMiss\"}"), 1U);
  EXPECT_EQ(registry.count("tikv_client_go_backoff_seconds{type=\"serverBusy\"}"), 1U);
  EXPECT_EQ(registry.count("tikv_client_go_backoff_seconds{type=\"\"}"), 1U);
}

TEST(StoreMetrics, AsksForASeriesWhenItIsNeeded) {
  testing::RecordingMetrics registry;
  StoreMetrics store(Series(registry), 4, "external_tikv");
  const std::string gets =
      "tikv_client_go_request_seconds{type=\"Get\",store=\"4\",stale_read=\"false\",scope=\"false\"}";
  EXPECT_THAT(registry.series(), ::testing::Not(::testing::Contains(gets)));
  static constexpr std::string_view kGet = "/tikvpb.Tikv/KvGet";
  store.request(kGet, std::chrono::milliseconds(3));
  store.request(kGet, std::chrono::milliseconds(4));
  EXPECT_EQ(registry.observations(gets), (std::vector<double>{0.003, 0.004}));
  store.region_error("not_leader");
  store.region_error("not_leader");
  store.rpc_error("connection");
  EXPECT_EQ(registry.value("tikv_client_go_region_err_total{type=\"not_leader\",store=\"4\"}"), 2);
  EXPECT_EQ(registry.value("tikv_client_go_rpc_err_total{type=\"connection\",store=\"4\"}"), 1);
}

}  // namespace
}  // namespace tikv::observe
