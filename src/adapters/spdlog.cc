#include <spdlog/logger.h>
#include <tikv/spdlog.h>

#include <array>
#include <utility>

#include "observe/log_text.h"

namespace tikv {
namespace {

constexpr std::array kLevels = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err};

spdlog::level::level_enum level_of(LogLevel level) noexcept { return kLevels[static_cast<std::size_t>(level)]; }

class SpdlogLogger final : public Logger {
 public:
  explicit SpdlogLogger(std::shared_ptr<spdlog::logger> logger) : logger_(std::move(logger)) {}

  bool wants(LogLevel level) const noexcept override { return logger_->should_log(level_of(level)); }
  // spdlog hands exceptions of its sinks to its error handler.
  void log(const LogRecord& record) noexcept override {
    const std::string text = observe::log_text(record);
    logger_->log(level_of(record.level), spdlog::string_view_t(text.data(), text.size()));
  }

 private:
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace

std::shared_ptr<Logger> spdlog_logger(std::shared_ptr<spdlog::logger> logger) {
  return std::make_shared<SpdlogLogger>(std::move(logger));
}

}  // namespace tikv
