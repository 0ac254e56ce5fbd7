#pragma once

#include <string>
#include <string_view>

// Keys of a configuration file that set nothing.
namespace tikv::config {

/// Whether keys begin with `table` and a dot.
bool is_table(std::string_view table);

/// What to say about a key, or a table, that no setting has: why client-go's key of that name has no effect here, which
/// key may have been meant, or only that there is none.
std::string unknown_key(std::string_view key);

}  // namespace tikv::config
