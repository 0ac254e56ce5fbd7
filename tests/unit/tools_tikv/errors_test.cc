#include "errors.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace tikv::cli {
namespace {

using namespace std::chrono_literals;

Failure unavailable() {
  Error error(ErrorKind::kUnavailable, "region 7 could not be reached");
  error.with_attempts({{7, 3, 4, 2, "tikv2:20160", "NotLeader", 1500us}}, 9).with_elapsed(20s);
  return Failure(std::move(error));
}

std::string printed(const Failure& failure, bool json, bool verbose) {
  Settings settings;
  settings.json = json;
  settings.verbose = verbose;
  std::ostringstream err;
  print_failure(err, settings, failure);
  return err.str();
}

TEST(Errors, SayWhatFailedAndWhatToDo) {
  EXPECT_EQ(printed(unavailable(), false, false),
            "tikv: unavailable: region 7 could not be reached\n"
            "  tried: 9 attempts in 20000 ms (--verbose shows them)\n"
            "  check --pd and the network, and run it again\n");
}

TEST(Errors, ShowAttemptsIfAskedTo) {
  EXPECT_EQ(printed(unavailable(), false, true),
            "tikv: unavailable: region 7 could not be reached\n"
            "  tried: 9 attempts in 20000 ms\n"
            "  attempt: tikv2:20160, region 7 (epoch 3.4), store 2: NotLeader, 1500 us\n"
            "  check --pd and the network, and run it again\n");
}

TEST(Errors, AreObjectsForPrograms) {
  const auto error = nlohmann::json::parse(printed(unavailable(), true, false)).at("error");
  EXPECT_EQ(error.at("exit"), "retry");
  EXPECT_EQ(error.at("exit_code"), 5);
  EXPECT_EQ(error.at("kind"), "unavailable");
  EXPECT_EQ(error.at("advice"), "retry_call");
  EXPECT_EQ(error.at("applied"), "no");
  EXPECT_EQ(error.at("attempt_count"), 9);
  EXPECT_EQ(error.at("elapsed_us"), 20'000'000);
  EXPECT_EQ(error.at("attempts").at(0).at("outcome"), "NotLeader");
  EXPECT_EQ(error.at("attempts").at(0).at("took_us"), 1500);
}

TEST(Errors, OfTheToolItselfAreShort) {
  const Failure failure(Exit::kFile, "can't read x");
  EXPECT_EQ(printed(failure, false, true), "tikv: can't read x\n");
  const auto error = nlohmann::json::parse(printed(failure, true, false)).at("error");
  EXPECT_EQ(error.at("exit_code"), 9);
  EXPECT_FALSE(error.contains("kind"));
}

}  // namespace
}  // namespace tikv::cli
