#include <tikv/logger.h>

#include <array>
#include <string>

namespace tikv {
namespace {

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warn", "error"};

std::string quoted(std::string_view text) {
  if (!text.empty() && text.find_first_of(" \t\r\n\"=") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  out += '"';
  return out;
}

struct ToText {
  std::string operator()(std::string_view text) const { return quoted(text); }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(double value) const { return std::to_string(value); }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(std::uint64_t value) const { return std::to_string(value); }
  std::string operator()(std::chrono::nanoseconds value) const {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(value).count();
    return micros < 10000 ? std::to_string(micros) + "us" : std::to_string(micros / 1000) + "ms";
  }
};

}  // namespace

std::string_view to_string(LogLevel level) noexcept { return kLevels[static_cast<std::size_t>(level)]; }

std::string to_string(const LogRecord& record) {
  std::string text(record.message);
  for (const LogField& field : record.fields) {
    text += ' ';
    text += field.name;
    text += '=';
    text += std::visit(ToText{}, field.value);
  }
  return text;
}

}  // namespace tikv
