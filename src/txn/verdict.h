#pragma once

#include <tikv/error.h>
#include <tikv/redaction.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lock/lock_info.h"
#include "lock/resolver.h"

namespace tikv::proto::kvrpcpb {
class CommitResponse;
class PrewriteResponse;
}  // namespace tikv::proto::kvrpcpb

// What a store's answer means for a commit. No I/O, no clock.
namespace tikv::txn {

/// An answer to a prewrite: done, if there are neither locks nor an error.
struct PrewriteVerdict {
  PrewriteVerdict() = default;
  bool done() const noexcept { return locks.empty() && !error; }

  std::vector<lock::Lock> locks;  ///< In the way: resolve them and try again.
  std::optional<Error> error;
};
PrewriteVerdict judge_prewrite(const proto::kvrpcpb::PrewriteResponse& response, std::uint64_t start_ts,
                               Redaction redaction);

/// An answer to a commit.
struct CommitVerdict {
  CommitVerdict() = default;
  enum class Kind : std::uint8_t {
    kCommitted,
    kNewTimestamp,  ///< A reader asked for a later commit timestamp. Nothing was committed, nor will be at the old one.
    kRolledBack,    ///< The lock is gone, and the transaction was not committed.
    kFailed,        ///< This request changed nothing.
  };
  Kind kind = Kind::kCommitted;
  std::optional<Error> error;
};
CommitVerdict judge_commit(const proto::kvrpcpb::CommitResponse& response, std::string_view primary,
                           Redaction redaction);

/// What the primary's store says when the reply to the primary's commit was lost.
enum class Settled : std::uint8_t { kCommitted, kRolledBack, kOpen };
Settled judge_status(const lock::StatusAnswer& answer) noexcept;

/// `kAborted` for a transaction that has lived for more than a day (client-go's MaxTxnTimeUse): what it read may have
/// been collected as garbage.
Result<void> check_age(std::uint64_t start_ts, std::uint64_t commit_ts);

/// No other transaction can push a commit timestamp further than this; more is a broken store (client-go: one hour).
inline constexpr std::uint64_t kMaxCommitTsPush = std::uint64_t{3'600'000} << 18;

}  // namespace tikv::txn
