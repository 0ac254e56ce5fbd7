#pragma once

#include <tikv/error.h>

#include <string_view>

#include "route/retry.h"

namespace tikv::raw {

/// The error for a read's response with a text in its `error` field.
Error read_error(const route::Retry& retry, std::string_view call, std::string_view text);

/// The same for a write. TiKV gives texts to what it has no field for: mostly to what it refuses before it does
/// anything, but also to a write whose outcome it does not know itself. `sent_before`: an earlier try of this request
/// may have arrived.
Error write_error(const route::Retry& retry, std::string_view call, std::string_view text, bool sent_before);

/// Whether TiKV says `text` only of a write that it has not begun.
bool refused_outright(std::string_view text) noexcept;

/// The text of the error that a list of pairs holds in the place of a pair; empty if it holds none.
template <class Pairs>
std::string_view error_in(const Pairs& pairs) {
  for (const auto& pair : pairs) {
    if (pair.has_error()) return pair.error().abort().empty() ? "key error" : std::string_view(pair.error().abort());
  }
  return {};
}

}  // namespace tikv::raw
