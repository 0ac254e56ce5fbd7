#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace tikv {

enum class LogLevel : std::uint8_t {
  kDebug,  ///< Of use to somebody who works on the client.
  kInfo,   ///< The cluster changed, and the client has followed: a new leader of PD, a store that is back.
  kWarn,   ///< Something costs time or was left undone: a store that does not answer, a slow request.
  kError,  ///< An outcome that somebody should look into: a commit that may or may not have happened.
};

/// One named fact of a log record. Text is only borrowed: it lives as long as the call of `Logger::log`.
struct LogField {
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool, std::chrono::nanoseconds>;
  std::string_view name;
  Value value;
};

/// What happened, and the facts about it. Keys are redacted already (`ClientOptions::redaction`).
struct LogRecord {
  LogLevel level = LogLevel::kInfo;
  std::string_view message;  ///< The same words for the same event each time; what differs is in the fields.
  std::span<const LogField> fields;
};

/// Where a client's log records go. Give one to `ClientOptions::logger`; without, a client says nothing.
/// `tikv/spdlog.h` has one for spdlog.
///
/// Thread-safety: both functions are called on the client's io threads, at once if it has several. They must not block
/// for long, call the client, or throw.
class Logger {
 public:
  virtual ~Logger() = default;
  /// Whether a record of this level would be kept at all. Asked before a record is made, so it should be cheap.
  virtual bool wants(LogLevel level) const noexcept = 0;
  virtual void log(const LogRecord& record) noexcept = 0;
};

/// "debug", "info", "warn", "error".
std::string_view to_string(LogLevel level) noexcept;
/// The record as one line of text: the message, then `name=value` for each field, values with blanks in quotes.
std::string to_string(const LogRecord& record);

}  // namespace tikv
