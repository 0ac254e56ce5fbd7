#include "bytes.h"

#include <algorithm>
#include <array>
#include <optional>

namespace tikv::cli {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

struct Escape {
  char letter;
  char byte;
};
/// What stands after a backslash. Only the first four are printed so; the others let any argument begin with any
/// character.
constexpr std::array kEscapes = {
    Escape{'\\', '\\'}, Escape{'t', '\t'}, Escape{'n', '\n'}, Escape{'r', '\r'},  Escape{'0', '\0'},
    Escape{'@', '@'},   Escape{'-', '-'},  Escape{'"', '"'},  Escape{'\'', '\''}, Escape{' ', ' '},
};
constexpr std::size_t kPrintedEscapes = 4;

std::unexpected<Error> bad(std::string what, std::size_t at) {
  return std::unexpected(Error(ErrorKind::kInvalidArgument, std::move(what) + " at byte " + std::to_string(at)));
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

std::optional<char> hex_byte(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const auto high = hex_digit(text[0]);
  const auto low = hex_digit(text[1]);
  if (!high || !low) return std::nullopt;
  return static_cast<char>(*high * 16 + *low);
}

void add_hex(std::string& text, char c) {
  const auto byte = static_cast<unsigned char>(c);
  text += kDigits[byte >> 4];
  text += kDigits[byte & 15];
}

Result<std::string> parse_hex(std::string_view text) {
  std::string bytes;
  if (text.size() % 2 != 0) return bad("an odd number of hexadecimal digits", text.size());
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto byte = hex_byte(text.substr(i));
    if (!byte) return bad("no hexadecimal digit", i);
    bytes += *byte;
  }
  return bytes;
}

Result<std::string> parse_escaped(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    const std::string_view rest = text.substr(i + 1);
    if (rest.starts_with('x')) {
      const auto byte = hex_byte(rest.substr(1));
      if (!byte) return bad("\\x without two hexadecimal digits", i);
      bytes += *byte;
      i += 3;
      continue;
    }
    if (rest.empty()) return bad("a backslash with nothing after it", i);
    const auto* escape = std::ranges::find(kEscapes, rest.front(), &Escape::letter);
    if (escape == kEscapes.end()) return bad("an unknown escape (a backslash itself is \\\\)", i);
    bytes += escape->byte;
    ++i;
  }
  return bytes;
}

/// U+0080 to U+009F are control characters, and U+00A0 looks like a space.
bool prints_well(std::string_view character) {
  if (character.size() == 1) return character[0] >= ' ' && character[0] <= '~';
  return !(character[0] == '\xC2' && static_cast<unsigned char>(character[1]) <= 0xA0);
}

std::string print_escaped(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const auto last = kEscapes.begin() + kPrintedEscapes;
    const auto* escape = std::find_if(kEscapes.begin(), last, [&](const Escape& e) { return e.byte == bytes[0]; });
    const std::size_t length = std::max<std::size_t>(utf8_length(bytes), 1);
    if (escape != last) {
      text += '\\';
      text += escape->letter;
    } else if (utf8_length(bytes) > 0 && prints_well(bytes.substr(0, length))) {
      text += bytes.substr(0, length);
    } else {
      for (const char c : bytes.substr(0, length)) {
        text += "\\x";
        add_hex(text, c);
      }
    }
    bytes.remove_prefix(length);
  }
  return text;
}

/// The smallest code point that takes so many bytes.
constexpr std::array<std::uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};

std::size_t length_by_first_byte(unsigned char byte) noexcept {
  if (byte < 0x80) return 1;
  if (byte >= 0xC2 && byte < 0xE0) return 2;
  if (byte >= 0xE0 && byte < 0xF0) return 3;
  if (byte >= 0xF0 && byte < 0xF5) return 4;
  return 0;
}

}  // namespace

std::size_t utf8_length(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const std::size_t length = length_by_first_byte(static_cast<unsigned char>(text[0]));
  if (length <= 1) return length;
  if (text.size() < length) return 0;
  std::uint32_t point = static_cast<unsigned char>(text[0]) & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) != 0x80U) return 0;
    point = (point << 6) | (byte & 0x3FU);
  }
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  return point < kSmallest[length] || surrogate || point > 0x10FFFF ? 0 : length;
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::size_t columns_of(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

Result<std::string> parse_bytes(std::string_view text, Form form) {
  switch (form) {
    case Form::kEscaped:
      return parse_escaped(text);
    case Form::kHex:
      return parse_hex(text);
    case Form::kText:
      break;
  }
  return std::string(text);
}

std::string print_bytes(std::string_view bytes, Form form) {
  if (form == Form::kEscaped) return print_escaped(bytes);
  if (form == Form::kText) return std::string(bytes);
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) add_hex(text, c);
  return text;
}

}  // namespace tikv::cli
