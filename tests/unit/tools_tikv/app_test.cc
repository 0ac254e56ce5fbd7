#include "app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace tikv::cli {
namespace {

using ::testing::HasSubstr;

/// Command lines that need no cluster.
class AppTest : public ::testing::Test {
 protected:
  void SetUp() override { unsetenv("TIKV_PD"); }
  int run(std::vector<std::string> words, LineOf line = LineOf::kProgram) {
    in_ = std::istringstream(input_);
    out_.str("");
    err_.str("");
    Session session(in_, out_, err_, nullptr);
    return static_cast<int>(run_line(session, std::move(words), line));
  }
  std::string out() const { return out_.str(); }
  std::string err() const { return err_.str(); }

  std::string input_;

 private:
  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(AppTest, EveryCommandExplainsItself) {
  for (const CommandRow* row : all_commands()) {
    std::vector<std::string> words;
    if (!row->group.empty()) words.emplace_back(row->group);
    words.emplace_back(row->name);
    words.emplace_back("--help");
    EXPECT_EQ(run(words), 0) << row->name;
    EXPECT_THAT(out(), HasSubstr(std::string(row->help))) << row->name;
    EXPECT_THAT(out(), HasSubstr("Example")) << row->name;
    EXPECT_EQ(err(), "");
  }
}

TEST_F(AppTest, UsageErrorsAreTwo) {
  const std::vector<std::vector<std::string>> bad = {
      {},
      {"raw"},
      {"raw", "fly"},
      {"raw", "get"},
      {"raw", "get", "a", "b"},
      {"raw", "get", "a", "--nonsense"},
      {"raw", "get", "a"},  // which cluster?
      {"--pd", "nonsense", "raw", "get", "a"},
      {"--timeout", "soon", "timestamp", "1"},
      {"--key-format", "octal", "timestamp", "1"},
      {"timestamp", "yesterday"},
      {"--pd", "127.0.0.1:1", "raw", "put", "bad\\q", "v"},
      {"--pd", "127.0.0.1:1", "raw", "batch-put", "a"},
      {"--pd", "127.0.0.1:1", "export", "raw", "--prefix", "a", "b"},
  };
  for (const auto& words : bad) {
    EXPECT_EQ(run(words), 2) << ::testing::PrintToString(words);
    EXPECT_EQ(out(), "");
    EXPECT_THAT(err(), HasSubstr("tikv: "));
  }
}

TEST_F(AppTest, UnknownCommandsAreNamed) {
  run({"fly", "away"});
  EXPECT_THAT(err(), HasSubstr("tikv: there is no command 'fly'"));
  run({"raw", "fly"});
  EXPECT_THAT(err(), HasSubstr("tikv: there is no command 'fly'"));
  run({"raw", "get"});
  EXPECT_THAT(err(), HasSubstr("tikv: KEY is required"));
}

TEST_F(AppTest, PdTakesOneWordAndLeavesTheNext) {
  // The value that is no value is complained about, before anything is connected to.
  EXPECT_EQ(run({"raw", "put", "--pd", "127.0.0.1:1", "k", "\\q"}), 2);
  EXPECT_THAT(err(), HasSubstr("unknown escape"));
}

TEST_F(AppTest, UsageErrorsAreObjectsWithJson) {
  EXPECT_EQ(run({"raw", "get", "--json"}), 2);
  EXPECT_EQ(nlohmann::json::parse(err()).at("error").at("exit_code"), 2);
}

TEST_F(AppTest, ATimestampIsExplainedWithoutACluster) {
  const std::string timestamp = std::to_string((std::uint64_t{1'700'000'000'007} << 18) + 5);
  EXPECT_EQ(run({"timestamp", timestamp}), 0);
  EXPECT_EQ(out(), timestamp + "  2023-11-14 22:13:20.007 UTC  logical 5\n");
  EXPECT_EQ(run({"timestamp", timestamp, "--json"}), 0);
  const auto json = nlohmann::json::parse(out());
  EXPECT_EQ(json.at("timestamp"), timestamp);
  EXPECT_EQ(json.at("time"), "2023-11-14T22:13:20.007Z");
  EXPECT_EQ(json.at("physical_ms"), 1'700'000'000'007);
  EXPECT_EQ(json.at("logical"), 5);
}

TEST_F(AppTest, TheVersionIsTheLibrarys) {
  EXPECT_EQ(run({"--version"}), 0);
  EXPECT_THAT(out(), HasSubstr("tikv 0."));
}

TEST_F(AppTest, NobodyHasToKnowTheOrderOfOptions) {
  EXPECT_EQ(run({"--json", "timestamp", "1"}), 0);
  const std::string first = out();
  EXPECT_EQ(run({"timestamp", "1", "--json"}), 0);
  EXPECT_EQ(out(), first);
}

TEST_F(AppTest, WithoutAClusterThereIsAHint) {
  EXPECT_EQ(run({"raw", "get", "k"}), 2);
  EXPECT_THAT(err(), HasSubstr("--pd HOST:PORT"));
}

TEST_F(AppTest, ShellLinesKnowNoClusterOptions) {
  EXPECT_EQ(run({"--pd", "127.0.0.1:1", "timestamp", "1"}, LineOf::kShell), 2);
  EXPECT_EQ(run({"shell"}, LineOf::kShell), 2);
  EXPECT_EQ(run({"timestamp", "1"}, LineOf::kShell), 0);
}

}  // namespace
}  // namespace tikv::cli
