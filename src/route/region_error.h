#pragma once

#include <tikv/error.h>
#include <tikv/proto/errorpb.pb.h>
#include <tikv/redaction.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "route/backoff.h"

namespace tikv::route {

/// What to do about a region error.
enum class RegionAction : std::uint8_t {
  kAgain,         ///< Send to the same peer again.
  kOther,         ///< Send to another peer.
  kFollowLeader,  ///< The peer is not the leader: go to the one it names, or else to another.
  kMoved,         ///< The region is not what was thought: forget it, locate the keys anew.
  kNewEpoch,      ///< The same, and the error tells what is there now.
  kWrongStore,    ///< Another store answers at this address: look the store up, and the region.
  kGiveUp,        ///< The operation can't succeed.
};

/// One region error and what it means.
struct RegionErrorRow {
  using Error = proto::errorpb::Error;

  /// For attempt histories and metrics: client-go's label.
  std::string_view name;
  /// The error's field; null for those that have none.
  bool (Error::*has)() const;
  /// For errors without a field: what their message contains.
  std::string_view message;
  RegionAction action;
  /// The pause before that.
  std::optional<BackoffKind> pause;
  /// Whether the request may have been carried out all the same: if so, only what may be done twice is sent again.
  Applied applied = Applied::kNo;
  /// For `kGiveUp`.
  ErrorKind kind = ErrorKind::kServer;
};

/// The whole table: the first row that matches counts; the last one matches everything. What a new error needs is a row
/// here and one in the test.
std::span<const RegionErrorRow> region_errors() noexcept;

/// The row for `error`.
const RegionErrorRow& region_error_row(const proto::errorpb::Error& error) noexcept;

/// The pause that a busy store asks for; `nullopt` if it leaves that to the client.
std::optional<std::chrono::milliseconds> requested_pause(const proto::errorpb::Error& error) noexcept;

/// What the caller is told when the row says to give up.
tikv::Error give_up_error(const RegionErrorRow& row, const proto::errorpb::Error& error, Redaction redaction);

/// TiKV's default of raftstore.raft-entry-max-size; the error does not tell the store's own.
inline constexpr std::uint64_t kDefaultRaftEntryLimit = 8 * 1024 * 1024;

}  // namespace tikv::route
