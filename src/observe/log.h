#pragma once

#include <tikv/logger.h>

#include <initializer_list>
#include <memory>
#include <utility>

namespace tikv::observe {

/// A client's way to its logger, if it has one. Without, a call costs a null check.
///
///   if (log.wants(LogLevel::kWarn)) log.warn("store does not answer", {{"store", id}, {"address", address}});
///
/// `wants` is only needed where the fields cost something.
class Log {
 public:
  Log() = default;
  explicit Log(std::shared_ptr<Logger> logger) noexcept : logger_(std::move(logger)) {}

  bool wants(LogLevel level) const noexcept { return logger_ != nullptr && logger_->wants(level); }

  using Fields = std::initializer_list<LogField>;
  void debug(std::string_view message, Fields fields = {}) const noexcept { at(LogLevel::kDebug, message, fields); }
  void info(std::string_view message, Fields fields = {}) const noexcept { at(LogLevel::kInfo, message, fields); }
  void warn(std::string_view message, Fields fields = {}) const noexcept { at(LogLevel::kWarn, message, fields); }
  void error(std::string_view message, Fields fields = {}) const noexcept { at(LogLevel::kError, message, fields); }

 private:
  void at(LogLevel level, std::string_view message, Fields fields) const noexcept {
    if (!wants(level)) return;
    logger_->log({.level = level, .message = message, .fields = {fields.begin(), fields.size()}});
  }

  std::shared_ptr<Logger> logger_;
};

}  // namespace tikv::observe
