#include <tikv/key.h>

namespace tikv {

KeyRange KeyRange::prefix(std::string_view prefix) { return {std::string(prefix), prefix_end(prefix)}; }

std::string next_key(std::string_view key) {
  std::string next;
  next.reserve(key.size() + 1);
  next.append(key);
  next.push_back('\0');
  return next;
}

std::string prefix_end(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xFF) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

std::string key_text(std::string_view key) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const char c : key.substr(0, kKeyTextBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  if (key.size() > kKeyTextBytes) text += "... (" + std::to_string(key.size()) + " bytes)";
  return text;
}

}  // namespace tikv
