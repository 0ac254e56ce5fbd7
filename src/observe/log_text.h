#pragma once

#include <tikv/logger.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

// The text of a log record. All of it is inline, so that adapters, which users link on their own, need nothing of the
// library.
namespace tikv::observe {

struct ValueText {
  std::string operator()(std::string_view text) const {
    if (!text.empty() && text.find_first_of(" \t\r\n\"=") == std::string_view::npos) return std::string(text);
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c == '\n' || c == '\r' ? ' ' : c;
    }
    return out += '"';
  }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(double value) const { return std::to_string(value); }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(std::uint64_t value) const { return std::to_string(value); }
  std::string operator()(std::chrono::nanoseconds value) const {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(value).count();
    return micros < 10000 ? std::to_string(micros) + "us" : std::to_string(micros / 1000) + "ms";
  }
};

inline std::string log_text(const LogRecord& record) {
  std::string text(record.message);
  for (const LogField& field : record.fields) {
    text += ' ';
    text += field.name;
    text += '=';
    text += std::visit(ValueText{}, field.value);
  }
  return text;
}

}  // namespace tikv::observe
