#pragma once

#include <tikv/error.h>

#include <string>
#include <string_view>
#include <vector>

namespace tikv::cli {

/// The words of a line of the shell or of a transaction's script: apart by blanks; '...' and "..." keep blanks together
/// (and may hold the other quote); # begins a comment where a word could begin. A backslash has no meaning here: it is
/// the key's or value's own. `kInvalidArgument` for a quote that does not end.
Result<std::vector<std::string>> words_of(std::string_view line);

}  // namespace tikv::cli
