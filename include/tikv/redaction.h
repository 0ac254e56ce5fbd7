#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tikv {

/// What becomes of users' data (keys, and texts of servers, which may hold keys) in error messages and logs. The modes
/// are TiDB's (`tidb_redact_log`). Typed details of an error, such as `WriteConflict::key`, are for the program and
/// stay as they are; traces and metrics hold no users' data in the first place.
enum class Redaction : std::uint8_t {
  kOff,     ///< As it is.
  kOn,      ///< "?" in its place.
  kMarker,  ///< Between ‹ and ›, so that a later program can take it out.
};

/// `key` for messages, as `key_text` writes it, under `redaction`.
std::string key_text(std::string_view key, Redaction redaction);

}  // namespace tikv
