#pragma once

#include <tikv/error.h>

#include <chrono>
#include <cstdint>
#include <random>
#include <string>

#include "net/transport.h"

namespace tikv::proto::pdpb {
class ResponseHeader;
}

// What to do after a try at PD: decisions without I/O.
namespace tikv::pd {

struct PdOptions;

enum class Next : std::uint8_t {
  kDone,        ///< The response is there; its header may still carry an error that belongs to the call.
  kFindLeader,  ///< This member can't serve: find out who leads and go there.
  kPause,       ///< This member leads but can't serve right now: try it again later.
  kFail,        ///< Trying again gives the same.
};

struct Verdict {
  Next next = Next::kDone;
  ErrorKind kind = ErrorKind::kServer;  ///< For `kFail`, and for the others once time has run out.
  std::string outcome;                  ///< For the attempt history and messages.
};

/// The try ended with `status`; `header` is that of the response if the status is OK. `cluster_id`: ours.
Verdict judge(const net::Status& status, const proto::pdpb::ResponseHeader& header, std::uint64_t cluster_id);

/// The pause before a try that follows `failures` failed ones in a row at the same leader: none after the first (a
/// connection that broke while idle, say), then from `backoff_base` doubled up to `backoff_max`, each less up to half
/// of it by chance, so that clients don't come back in step. A new leader is tried at once, and has two failures more
/// than an old one before pauses begin: members that send clients to and fro are not asked in a tight loop.
std::chrono::nanoseconds pause_before(std::uint32_t failures, bool new_leader, const PdOptions& options,
                                      std::mt19937_64& random);

/// Whether a search for the leader that ended with `error` may end better later.
bool worth_repeating(const Error& error) noexcept;

}  // namespace tikv::pd
