#include <tikv/spdlog.h>

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <array>
#include <sstream>

namespace tikv {
namespace {

struct SpdlogTest : ::testing::Test {
  std::ostringstream out;
  std::shared_ptr<spdlog::logger> target =
      std::make_shared<spdlog::logger>("tikv", std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
  std::shared_ptr<Logger> logger = spdlog_logger(target);

  SpdlogTest() { target->set_pattern("%l|%v"); }
  void log(LogLevel level, std::string_view message, std::span<const LogField> fields = {}) {
    logger->log({.level = level, .message = message, .fields = fields});
  }
};

TEST_F(SpdlogTest, WritesRecordsWithTheirFields) {
  const std::array fields = {LogField{"store", std::uint64_t{4}}, LogField{"why", std::string_view("no {} answer")}};
  log(LogLevel::kWarn, "store {does} not answer", fields);
  log(LogLevel::kError, "bad");
  EXPECT_EQ(out.str(), "warning|store {does} not answer store=4 why=\"no {} answer\"\nerror|bad\n");
}

TEST_F(SpdlogTest, WantsWhatSpdlogWouldKeep) {
  target->set_level(spdlog::level::warn);
  EXPECT_FALSE(logger->wants(LogLevel::kDebug));
  EXPECT_FALSE(logger->wants(LogLevel::kInfo));
  EXPECT_TRUE(logger->wants(LogLevel::kWarn));
  EXPECT_TRUE(logger->wants(LogLevel::kError));
  target->set_level(spdlog::level::debug);
  EXPECT_TRUE(logger->wants(LogLevel::kDebug));
}

}  // namespace
}  // namespace tikv
