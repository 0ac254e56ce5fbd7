#pragma once

#include <tikv/error.h>
#include <tikv/key.h>

#include <string>
#include <string_view>

#include "bytes.h"

namespace tikv::cli {

/// KEY<tab>VALUE, without its line end. `kInvalidArgument` for no tab or several, an empty key, or a key or value that
/// is not of its form. A carriage return at the end belongs to the line end, except in the text form.
Result<KvPair> parse_line(std::string_view line, Form key_form, Form value_form);

/// The line with its line end. `kInvalidArgument` for what the text form can't hold: tabs and line ends.
Result<std::string> print_line(const KvPair& pair, Form key_form, Form value_form);

}  // namespace tikv::cli
