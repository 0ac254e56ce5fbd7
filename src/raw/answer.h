#pragma once

#include <tikv/error.h>

#include <string_view>

#include "route/retry.h"

namespace tikv::raw {

/// The error for a response with a text in its `error` field. TiKV gives texts to what it has no field for, so a write
/// may or may not have happened.
Error server_error(const route::Retry& retry, std::string_view call, std::string_view text, Applied applied);

/// The text of the error that a list of pairs holds in the place of a pair; empty if it holds none.
template <class Pairs>
std::string_view error_in(const Pairs& pairs) {
  for (const auto& pair : pairs) {
    if (pair.has_error()) return pair.error().abort().empty() ? "key error" : std::string_view(pair.error().abort());
  }
  return {};
}

}  // namespace tikv::raw
