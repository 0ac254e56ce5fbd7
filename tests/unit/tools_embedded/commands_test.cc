#include "commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "chaos.h"

namespace tikv::embedded {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(WordsOf, SplitsAtSpacesAndKnowsBytes) {
  EXPECT_THAT(words_of("  split\tkey  2\r"), ElementsAre("split", "key", "2"));
  EXPECT_THAT(words_of(""), IsEmpty());
  EXPECT_THAT(words_of("a\\x20b\\x00"), ElementsAre(std::string("a b\0", 4)));
  EXPECT_THAT(words_of("\\x2 \\xzz"), ElementsAre("\\x2", "\\xzz"));
}

class CommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto cluster = testing::Cluster::start({.pds = 2});
    ASSERT_TRUE(cluster);
    cluster_ = std::make_unique<testing::Cluster>(*std::move(cluster));
  }
  std::string run(std::string_view line) { return run_command(*cluster_, line); }

  std::unique_ptr<testing::Cluster> cluster_;
};

TEST_F(CommandsTest, SplitAndMoveRegions) {
  EXPECT_EQ(run("split-raw m"), "ok");
  EXPECT_THAT(run("regions"), HasSubstr(",m)@1 "));
  EXPECT_EQ(run("split key"), "ok");
  EXPECT_EQ(run("move-leader key 2"), "ok");
  EXPECT_THAT(run("regions"), HasSubstr("@2"));
  EXPECT_EQ(run("merge key"), "ok");
  EXPECT_THAT(run("move-leader key 9"), StartsWith("error: "));
  EXPECT_EQ(run("remove-peer key 3"), "ok");
  EXPECT_EQ(run("add-peer key 3"), "ok");
}

TEST_F(CommandsTest, EndAndStartServers) {
  EXPECT_EQ(run("kill 2"), "ok");
  EXPECT_THAT(run("stores"), HasSubstr("(down)"));
  EXPECT_THAT(run("kill 2"), StartsWith("error: "));
  EXPECT_EQ(run("restart 2"), "ok");
  for (const auto* line :
       {"isolate 1", "heal 1", "freeze 1", "thaw 1", "kill-pd 2", "restart-pd 2", "move-pd-leader 2"}) {
    EXPECT_EQ(run(line), "ok") << line;
  }
  EXPECT_THAT(run("kill 17"), StartsWith("error: "));
}

TEST_F(CommandsTest, InjectFaults) {
  EXPECT_EQ(run("drop-reply KvPrewrite"), "ok");
  EXPECT_EQ(run("fault * delay-reply 3 100"), "ok");
  EXPECT_THAT(run("fault * explode 3 100"), StartsWith("error: "));
  EXPECT_EQ(run("clear-faults"), "ok");
  EXPECT_EQ(run("requests KvPrewrite"), "0");
}

TEST_F(CommandsTest, ExplainWhatTheyDoNotUnderstand) {
  EXPECT_EQ(run("  "), "");
  EXPECT_EQ(run("dance"), "error: no command dance");
  EXPECT_THAT(run("kill me"), StartsWith("error: usage: kill"));
  EXPECT_THAT(run("split"), StartsWith("error: usage: split"));
  EXPECT_THAT(command_help(), EndsWith("  quit\n"));
}

TEST_F(CommandsTest, ChaosKeepsAMajority) {
  const Chaos chaos(*cluster_, std::chrono::milliseconds(1), 3);
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  while (std::chrono::steady_clock::now() < end) {
    std::size_t down = 0;
    for (const auto& store : cluster_->stores()) down += store.alive ? 0 : 1;
    ASSERT_LE(down, 1U);
    std::this_thread::yield();
  }
}

}  // namespace
}  // namespace tikv::embedded
