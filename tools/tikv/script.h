#pragma once

#include <tikv/error.h>
#include <tikv/key.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bytes.h"

namespace tikv::cli {

/// A line of a transaction's script.
struct Operation {
  enum class Kind : std::uint8_t { kGet, kScan, kPut, kInsert, kDelete, kExpect, kExpectAbsent, kExpectExists };
  Kind kind = Kind::kGet;
  std::size_t line = 0;
  std::string key;    ///< Of a scan: the range's start.
  std::string value;  ///< Of a scan: the range's end.
  std::size_t limit = 0;
};

using Script = std::vector<Operation>;

/// One operation a line, its words as in the shell; empty lines and # comments are left out. `kInvalidArgument` with
/// the line's number.
Result<Script> parse_script(std::string_view text, Form key_form, Form value_form);

/// The name in scripts and in JSON.
std::string_view name_of(Operation::Kind kind) noexcept;
/// A line for each operation.
std::string script_help();

}  // namespace tikv::cli
