#include <gtest/gtest.h>
#include <tikv/logger.h>

#include <array>

#include "observe/log.h"
#include "recording/recording.h"

namespace tikv {
namespace {

using testing::RecordingLogger;
using namespace std::chrono_literals;

TEST(LogRecord, IsOneLineOfNamesAndValues) {
  const std::array fields = {LogField{"store", std::uint64_t{4}}, LogField{"address", std::string_view("s4:20160")},
                             LogField{"took", 1500ms}, LogField{"pause", 250us}, LogField{"again", true}};
  const LogRecord record{.level = LogLevel::kWarn, .message = "slow request", .fields = fields};
  EXPECT_EQ(to_string(record), "slow request store=4 address=s4:20160 took=1500ms pause=250us again=true");
}

TEST(LogRecord, QuotesWhatWouldNotBeOneWord) {
  const std::array fields = {LogField{"a", std::string_view("two words")}, LogField{"b", std::string_view("")},
                             LogField{"c", std::string_view("say \"x=1\"\nnow")}};
  const LogRecord record{.level = LogLevel::kInfo, .message = "m", .fields = fields};
  EXPECT_EQ(to_string(record), R"(m a="two words" b="" c="say \"x=1\" now")");
}

TEST(Log, SaysNothingWithoutALogger) {
  const observe::Log log;
  EXPECT_FALSE(log.wants(LogLevel::kError));
  log.error("nobody hears this", {{"field", std::uint64_t{1}}});
}

TEST(Log, LeavesOutWhatTheLoggerDoesNotWant) {
  const auto logger = std::make_shared<RecordingLogger>(LogLevel::kWarn);
  const observe::Log log(logger);
  log.debug("d");
  log.info("i");
  log.warn("w", {{"n", std::int64_t{-1}}});
  log.error("e");
  const auto lines = logger->lines();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].text, "w n=-1");
  EXPECT_EQ(lines[0].level, LogLevel::kWarn);
  EXPECT_EQ(lines[1].text, "e");
  EXPECT_EQ(to_string(lines[1].level), "error");
}

}  // namespace
}  // namespace tikv
