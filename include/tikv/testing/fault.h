#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace tikv::testing {

/// What happens to a request that a fault meets. Where a connection breaks, everything under way on it is lost; over
/// gRPC, whose library breaks no connections, only the request's call or stream is, and ends with UNAVAILABLE.
enum class FaultKind : std::uint8_t {
  kDropRequest,   ///< It never arrives: nothing is done, nothing is answered.
  kDropReply,     ///< It is carried out, and the answer is lost.
  kDelayRequest,  ///< It is carried out after `delay`.
  kDelayReply,    ///< It is carried out, and answered after `delay`.
  kDuplicate,     ///< It is carried out twice, and the second answer is given; with `delay`, it is answered at once and
                  ///< carried out once more after it, unless the answer was a region error.
  kRegionError,   ///< It is answered with `region_error` and not carried out.
  kStatus,        ///< It is answered with the gRPC status `status` and not carried out.
  kBreakBefore,   ///< The connection breaks before it is carried out.
  kBreakAfter,    ///< It is carried out, and the connection breaks before the answer.
};

/// The region errors a fault can answer with, as kvproto's errorpb.Error names them.
enum class RegionErrorKind : std::uint8_t {
  kMessageOnly,  ///< An error of which only the text is set.
  kNotLeader,    ///< With the leader the cluster knows; none if `Fault::hide_leader`.
  kRegionNotFound,
  kKeyNotInRegion,
  kEpochNotMatch,  ///< With the regions as they are.
  kServerIsBusy,   ///< With `Fault::delay` as the backoff asked for.
  kStaleCommand,
  kStoreNotMatch,
  kRaftEntryTooLarge,
  kMaxTimestampNotSynced,
  kReadIndexNotReady,
  kProposalInMergingMode,
  kDataIsNotReady,
  kRegionNotInitialized,
  kDiskFull,
  kRecoveryInProgress,
  kFlashbackInProgress,
  kFlashbackNotPrepared,
  kIsWitness,
  kMismatchPeerId,
  kBucketVersionNotMatch,
  kUndeterminedResult,
};

/// A rule for requests as they arrive at a server: which ones, and what happens to them. Of the rules that fit a
/// request the one added first decides; one whose turn has not come yet, or is over, counts the request and lets it
/// pass.
struct Fault {
  /// The method's name as in "KvPrewrite", also for requests inside BatchCommands; "Tso" for each request of a TSO
  /// stream. Empty: every method of stores and PDs.
  std::string method;
  FaultKind kind = FaultKind::kDropReply;
  /// Only requests to this store, or to this PD member; 0 for any.
  std::uint64_t server = 0;
  /// So many fitting requests pass unharmed first.
  std::uint64_t skip = 0;
  /// So many are hit then; 0 for all.
  std::uint64_t times = 1;
  std::chrono::milliseconds delay{0};
  RegionErrorKind region_error = RegionErrorKind::kServerIsBusy;
  bool hide_leader = false;
  /// A gRPC status code; 14 is UNAVAILABLE.
  int status = 14;
};

/// Names a fault that was added, to take it back or to ask how often it hit.
using FaultId = std::uint64_t;

}  // namespace tikv::testing
