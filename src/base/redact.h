#pragma once

#include <tikv/redaction.h>

#include <string>
#include <string_view>

namespace tikv::base {

/// A text that may hold users' data, such as a server's message, as messages may have it. In markers, those that the
/// text itself holds are doubled, as TiDB does it.
std::string redacted(std::string_view text, Redaction redaction);

}  // namespace tikv::base
