#pragma once

#include <tikv/error.h>
#include <tikv/redaction.h>

namespace tikv::proto::kvrpcpb {
class KeyError;
}

namespace tikv::lock {

/// What a key error means to the caller, with its typed detail. Locks, expired commit timestamps and transactions that
/// were not found are for the library to deal with first; here they are failures too.
Error error_of(const proto::kvrpcpb::KeyError& key_error, Redaction redaction);

/// The error of an operation that surely wrote nothing of its caller's, whatever happened to single requests.
Error not_applied(Error error);

}  // namespace tikv::lock
