#include "base/redact.h"

#include <tikv/key.h>

namespace tikv {
namespace base {
namespace {

constexpr std::string_view kOpen = "\u2039";   // ‹
constexpr std::string_view kClose = "\u203A";  // ›

std::string marked(std::string_view text) {
  std::string out(kOpen);
  while (!text.empty()) {
    const bool marker = text.starts_with(kOpen) || text.starts_with(kClose);
    const std::string_view next = text.substr(0, marker ? kOpen.size() : 1);
    out += next;
    if (marker) out += next;
    text.remove_prefix(next.size());
  }
  out += kClose;
  return out;
}

}  // namespace

std::string redacted(std::string_view text, Redaction redaction) {
  switch (redaction) {
    case Redaction::kOn:
      return "?";
    case Redaction::kMarker:
      return marked(text);
    case Redaction::kOff:
      break;
  }
  return std::string(text);
}

}  // namespace base

std::string key_text(std::string_view key, Redaction redaction) { return base::redacted(key_text(key), redaction); }

}  // namespace tikv
