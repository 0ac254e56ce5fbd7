#pragma once

#include <tikv/error.h>

#include <cstdint>

#include "net/transport.h"

namespace tikv::route {

/// What a send that brought no answer means.
struct SendFailure {
  enum class Action : std::uint8_t {
    kRetry,   ///< Pause, then another peer or, when it is well again, the same.
    kGiveUp,  ///< The operation is over, with `kind`.
  };
  Action action = Action::kRetry;
  ErrorKind kind = ErrorKind::kUnavailable;
  enum class Doubt : std::uint8_t {
    kNone,     ///< The store is up.
    kCheck,    ///< It may be slow or gone: ask it.
    kSuspect,  ///< Prefer others until it has answered that.
  };
  Doubt doubt = Doubt::kNone;
  /// Whether the request may have been carried out.
  Applied applied = Applied::kUnknown;
};

/// Decides by how the call ended (not OK). `out_of_time`: the operation's own deadline has passed, not only that of
/// this attempt.
SendFailure judge_send_failure(const net::Status& status, bool out_of_time) noexcept;

}  // namespace tikv::route
