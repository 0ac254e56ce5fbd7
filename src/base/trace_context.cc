#include <tikv/trace_context.h>

#include <span>

namespace tikv {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kLength = 55;  // of version 00

// Upper case is not allowed.
bool read_hex(std::string_view text, std::span<std::uint8_t> out) noexcept {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t high = kDigits.find(text[2 * i]);
    const std::size_t low = kDigits.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

void write_hex(std::span<const std::uint8_t> bytes, std::string& out) {
  for (const std::uint8_t byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

}  // namespace

std::optional<TraceContext> TraceContext::parse(std::string_view text) noexcept {
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  std::uint8_t version = 0;
  if (!read_hex(text.substr(0, 2), {&version, 1}) || version == 0xFF) return std::nullopt;
  if (version == 0 ? text.size() != kLength : text.size() > kLength && text[kLength] != '-') return std::nullopt;
  TraceContext context;
  const bool good = read_hex(text.substr(3, 32), context.trace_id) && read_hex(text.substr(36, 16), context.span_id) &&
                    read_hex(text.substr(53, 2), {&context.flags, 1});
  if (!good || !context.valid()) return std::nullopt;
  return context;
}

std::string TraceContext::traceparent() const {
  std::string text = "00-";
  text.reserve(kLength);
  write_hex(trace_id, text);
  text += '-';
  write_hex(span_id, text);
  text += '-';
  write_hex({&flags, 1}, text);
  return text;
}

}  // namespace tikv
