#include "route/region_error.h"

#include <array>
#include <chrono>
#include <string>

#include "base/redact.h"

namespace tikv::route {
namespace {

using proto::errorpb::Error;
using enum RegionAction;
using enum BackoffKind;

// From client-go's onRegionError (internal/locate/region_request.go), which is in the same order but for those that
// only TiFlash and follower reads know. Where it differs: an undetermined result of what may be done twice is sent
// again here, with a note for the caller that an earlier attempt may have gone through; and an error of an unknown kind
// pauses before the next peer is tried.
//
// What may have been carried out all the same, by TiKV's source (components/raftstore/src/store):
// - stale_command: a store that drops a request because its leadership ended may already have replicated it.
// - region_not_found: nearly always said before anything was done, but a peer that is removed says it for its
// proposals,
//   too (Peer::destroy in peer.rs, ApplyDelegate::destroy in fsm/apply.rs), which a new leader may have committed.
// - unknown: nobody can tell.
// The other rows are said before a request is proposed, or when it is applied as nothing (a new epoch).
constexpr std::array kRows = {
    RegionErrorRow{"undetermined_result", &Error::has_undetermined_result, {}, kAgain, kRegionMiss, Applied::kUnknown},
    RegionErrorRow{"not_leader", &Error::has_not_leader, {}, kFollowLeader, std::nullopt},
    RegionErrorRow{"disk_full", &Error::has_disk_full, {}, kAgain, kTikvDiskFull},
    RegionErrorRow{"recovery_in_progress", &Error::has_recoveryinprogress, {}, kMoved, kRegionRecoveryInProgress},
    RegionErrorRow{"peer_is_witness", &Error::has_is_witness, {}, kMoved, kIsWitness},
    RegionErrorRow{"flashback_in_progress", &Error::has_flashbackinprogress, {}, kGiveUp, std::nullopt},
    RegionErrorRow{"flashback_not_prepared", &Error::has_flashbacknotprepared, {}, kGiveUp, std::nullopt},
    RegionErrorRow{"region_not_found", &Error::has_region_not_found, {}, kMoved, kRegionMiss, Applied::kUnknown},
    RegionErrorRow{"key_not_in_region", &Error::has_key_not_in_region, {}, kMoved, kRegionMiss},
    RegionErrorRow{"epoch_not_match", &Error::has_epoch_not_match, {}, kNewEpoch, std::nullopt},
    RegionErrorRow{"bucket_version_not_match", &Error::has_bucket_version_not_match, {}, kMoved, kRegionMiss},
    RegionErrorRow{"server_is_busy", &Error::has_server_is_busy, {}, kAgain, kTikvServerBusy},
    RegionErrorRow{"stale_command", &Error::has_stale_command, {}, kAgain, kStaleCommand, Applied::kUnknown},
    RegionErrorRow{"store_not_match", &Error::has_store_not_match, {}, kWrongStore, kRegionMiss},
    RegionErrorRow{"raft_entry_too_large",
                   &Error::has_raft_entry_too_large,
                   {},
                   kGiveUp,
                   std::nullopt,
                   Applied::kNo,
                   ErrorKind::kTooLarge},
    RegionErrorRow{"max_timestamp_not_synced", &Error::has_max_timestamp_not_synced, {}, kAgain, kMaxTsNotSynced},
    RegionErrorRow{"region_not_initialized", &Error::has_region_not_initialized, {}, kAgain, kRegionNotInitialized},
    RegionErrorRow{"read_index_not_ready", &Error::has_read_index_not_ready, {}, kAgain, kRegionScheduling},
    RegionErrorRow{"proposal_in_merging_mode", &Error::has_proposal_in_merging_mode, {}, kAgain, kRegionScheduling},
    RegionErrorRow{"data_is_not_ready", &Error::has_data_is_not_ready, {}, kOther, std::nullopt},
    RegionErrorRow{"mismatch_peer_id", &Error::has_mismatch_peer_id, {}, kMoved, kRegionMiss},
    RegionErrorRow{"deadline_exceeded", nullptr, "Deadline is exceeded", kOther, kRegionScheduling},
    RegionErrorRow{"invalid_max_ts_update", nullptr, "invalid max_ts update", kGiveUp, std::nullopt},
    RegionErrorRow{"unknown", nullptr, {}, kOther, kRegionScheduling, Applied::kUnknown},
};

bool matches(const RegionErrorRow& row, const Error& error) {
  if (row.has != nullptr) return (error.*row.has)();
  return error.message().find(row.message) != std::string::npos;
}

}  // namespace

std::span<const RegionErrorRow> region_errors() noexcept { return kRows; }

const RegionErrorRow& region_error_row(const proto::errorpb::Error& error) noexcept {
  for (const RegionErrorRow& row : kRows)
    if (matches(row, error)) return row;
  return kRows.back();
}

std::optional<std::chrono::milliseconds> requested_pause(const proto::errorpb::Error& error) noexcept {
  const std::uint64_t asked = error.has_server_is_busy() ? error.server_is_busy().backoff_ms() : 0;
  if (asked == 0) return std::nullopt;
  const auto most = static_cast<std::uint64_t>(backoff_row(kTikvServerBusy).cap.count());
  return std::chrono::milliseconds(static_cast<std::int64_t>(asked < most ? asked : most));
}

tikv::Error give_up_error(const RegionErrorRow& row, const proto::errorpb::Error& error, Redaction redaction) {
  std::string message = "the store answered ";
  message += row.name;
  if (error.has_flashbackinprogress()) {
    message += " since timestamp " + std::to_string(error.flashbackinprogress().flashback_start_ts());
  }
  if (!error.message().empty()) message += ": " + base::redacted(error.message(), redaction);
  tikv::Error out(row.kind, std::move(message));
  if (error.has_raft_entry_too_large()) {
    SizeLimit size;
    size.size = error.raft_entry_too_large().entry_size();
    size.limit = kDefaultRaftEntryLimit;
    out.with_detail(size);
  }
  return out;
}

}  // namespace tikv::route
