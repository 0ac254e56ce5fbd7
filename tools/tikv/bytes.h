#pragma once

#include <tikv/error.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tikv::cli {

/// How keys and values are written as text.
enum class Form : std::uint8_t {
  kEscaped,  ///< Readable where it can be; `\xNN`, `\t`, `\n`, `\r`, `\\` elsewhere. Any bytes come back as they were.
  kText,     ///< The bytes themselves.
  kHex,      ///< Two hexadecimal digits each.
};

/// `kInvalidArgument`, with the position, for text that is not of the form.
Result<std::string> parse_bytes(std::string_view text, Form form);
std::string print_bytes(std::string_view bytes, Form form);

/// The bytes of the character that `text` begins with; 0 if that is no well-formed UTF-8.
std::size_t utf8_length(std::string_view text) noexcept;
bool is_utf8(std::string_view text) noexcept;
/// Columns on a terminal, a character each.
std::size_t columns_of(std::string_view text) noexcept;

}  // namespace tikv::cli
