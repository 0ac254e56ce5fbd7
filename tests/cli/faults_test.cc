#include <csignal>
#include <fstream>

#include "embedded_test.h"

namespace tikv::cli {
namespace {

using testing::FaultKind;
using ::testing::HasSubstr;

class FaultsTest : public EmbeddedCliTest {
 protected:
  Process start(std::vector<std::string> words) {
    return Process(tool_words(pd_endpoints(), std::move(words)), Process::Streams::kPipes);
  }
};

TEST_F(FaultsTest, ConflictsAreThree) {
  // The tool's prewrite comes late, so that another transaction is first.
  const auto fault = cluster_->inject(
      {.method = "KvPrewrite", .kind = FaultKind::kDelayRequest, .times = 1, .delay = std::chrono::seconds(3)});
  Process process = start({"txn", "put", "k", "late", "--attempts", "1"});
  ASSERT_TRUE(becomes([&] { return cluster_->hits(fault) > 0; }));
  auto txn = client_->begin().get();
  ASSERT_TRUE(txn && txn->put("k", "first") && txn->commit().get());
  const Ended& ended = process.wait();
  EXPECT_EQ(ended.code, 3) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("tikv: write conflict: "));
  EXPECT_THAT(ended.err, HasSubstr("run it again"));
  EXPECT_EQ(expect(0, {"txn", "get", "k"}), "first\n");
}

TEST_F(FaultsTest, ConflictsAreRunAgain) {
  const auto fault = cluster_->inject(
      {.method = "KvPrewrite", .kind = FaultKind::kDelayRequest, .times = 1, .delay = std::chrono::seconds(3)});
  Process process = start({"txn", "put", "k", "late", "--verbose"});
  ASSERT_TRUE(becomes([&] { return cluster_->hits(fault) > 0; }));
  auto txn = client_->begin().get();
  ASSERT_TRUE(txn && txn->put("k", "first") && txn->commit().get());
  const Ended& ended = process.wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("attempt 1: "));
  EXPECT_EQ(expect(0, {"txn", "get", "k"}), "late\n");
}

TEST_F(FaultsTest, UnknownOutcomesAreSix) {
  cluster_->inject({.method = "RawCompareAndSwap", .kind = FaultKind::kBreakAfter, .times = 0});
  const Ended ended = run({"raw", "cas", "k", "v", "--expect-absent", "--json"});
  EXPECT_EQ(ended.code, 6) << ended.err;
  const auto error = nlohmann::json::parse(ended.err).at("error");
  EXPECT_EQ(error.at("exit"), "outcome_unknown");
  EXPECT_EQ(error.at("applied"), "unknown");
  EXPECT_FALSE(error.at("attempts").empty());
  EXPECT_EQ(client_->raw().get("k").get(), "v") << "it was written after all";
}

TEST_F(FaultsTest, WhatIsTooLateIsFiveAndShowsItsAttempts) {
  cluster_->inject({.method = "RawGet", .kind = FaultKind::kRegionError, .times = 0});
  const Ended ended = run({"raw", "get", "k", "--timeout", "300ms", "--verbose"});
  EXPECT_EQ(ended.code, 5) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("--timeout"));
  EXPECT_THAT(ended.err, HasSubstr("  attempt: "));
}

TEST_F(FaultsTest, RefusalsOfTheServerAreSeven) {
  const Ended ended = run({"raw", "get", "k", "--cf", "nonsense"});
  EXPECT_EQ(ended.code, 7) << ended.err;
  EXPECT_EQ(ended.out, "");
}

TEST(TtlTest, TimesToLive) {
  auto cluster = testing::Cluster::start({.api = testing::ApiVersion::kV1Ttl});
  ASSERT_TRUE(cluster) << cluster.error().to_string();
  const auto run = [&](std::vector<std::string> words) {
    return run_process(tool_words(cluster->pd_endpoints(), std::move(words)), "");
  };
  EXPECT_EQ(run({"raw", "put", "k", "v", "--ttl", "1000"}).code, 0);
  const auto ttl = nlohmann::json::parse(run({"raw", "ttl", "k", "--json"}).out);
  EXPECT_TRUE(ttl.at("found").get<bool>());
  EXPECT_LE(ttl.at("ttl_seconds"), 1000);
  EXPECT_GT(ttl.at("ttl_seconds"), 900);
  EXPECT_THAT(run({"raw", "ttl", "k"}).out, ::testing::EndsWith(" s\n"));
  EXPECT_EQ(run({"raw", "put", "k", "v"}).code, 0);
  EXPECT_EQ(run({"raw", "ttl", "k"}).out, "never\n");
  EXPECT_EQ(run({"raw", "ttl", "nothing"}).code, 1);
}

TEST_F(FaultsTest, AStoreIsNoPd) {
  const std::string store = cluster_->stores().front().address;
  const Ended ended = run_process({tool_path(), "--pd", store, "raw", "get", "k"}, "");
  EXPECT_EQ(ended.code, 8) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("give --pd the address of a PD"));
}

TEST_F(FaultsTest, CtrlCEndsWhatWaits) {
  const auto fault = cluster_->inject({.method = "RawGet", .kind = FaultKind::kDropRequest, .times = 0});
  Process process = start({"raw", "get", "k"});
  ASSERT_TRUE(becomes([&] { return cluster_->hits(fault) > 0; }));
  process.send(SIGINT);
  const Ended& ended = process.wait();
  EXPECT_EQ(ended.code, 130) << ended.err;
}

TEST_F(FaultsTest, AClosedPipeEndsAScan) {
  ASSERT_TRUE(client_->raw().put("k", "v").get());
  std::ofstream full("/dev/full");
  ASSERT_TRUE(full.is_open());
  const std::string command = tool_path() + " --pd " + pd_endpoints().front() + " raw scan >/dev/full";
  EXPECT_EQ(run_process({"/bin/sh", "-c", command}, "").code, 9);
}

TEST_F(FaultsTest, TheFileSaysWhichClusterAndTheCommandLineSaysItLouder) {
  ASSERT_TRUE(client_->raw().put("k", "v").get());
  const std::string right = "pd-endpoints = [\"" + pd_endpoints().front() + "\"]\n";
  const std::string wrong = "pd-endpoints = [\"" + cluster_->stores().front().address + "\"]\n";
  const auto code = [&](const std::string& file, std::vector<std::string> words, const std::string& pd = "") {
    words.insert(words.begin(), {tool_path(), "--config", folder_.file("tikv.toml", file)});
    words.insert(words.end(), {"raw", "get", "k"});
    return run_process(words, "", {"TIKV_PD=" + pd}).code;
  };
  EXPECT_EQ(code(right, {}), 0);
  EXPECT_EQ(code(wrong, {}), 8);
  EXPECT_EQ(code(wrong, {}, pd_endpoints().front()), 0) << "the environment before the file";
  EXPECT_EQ(code(wrong, {"--pd", pd_endpoints().front()}, cluster_->stores().front().address), 0);
  EXPECT_EQ(code("nonsense = 1\n", {}), 2);
}

TEST_F(FaultsTest, RegionsAreShownAsTheyAre) {
  ASSERT_TRUE(cluster_->split("m"));
  ASSERT_TRUE(cluster_->move_leader("m", 2));
  const auto regions = json({"regions"});
  ASSERT_EQ(regions.size(), 2u);
  EXPECT_EQ(regions[0].at("start"), "");
  EXPECT_EQ(regions[0].at("end"), "m");
  EXPECT_EQ(regions[1].at("start"), "m");
  EXPECT_EQ(regions[1].at("leader").at("store_id"), "2");
  EXPECT_EQ(regions[1].at("peers").size(), 3u);
  EXPECT_EQ(json({"regions", "--raw", "--limit", "1"})[0].at("end").at("hex"), "6d00000000000000f8");
  EXPECT_EQ(json({"regions", "n", "o"}).size(), 1u);
}

}  // namespace
}  // namespace tikv::cli
