#pragma once

#include <tikv/proto/kvrpcpb.pb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "testkit/store/mvcc_reader.h"
#include "testkit/store/mvcc_txn.h"
#include "testkit/store/txn_state.h"

namespace tikv::testing::store {

enum class CommitKind { kTwoPhases, kOnePhase, kAsync };

/// What all keys of one prewrite have in common.
struct PrewriteTxn {
  std::uint64_t start_ts = 0;
  /// Present: a pessimistic transaction.
  std::optional<std::uint64_t> for_update_ts;
  /// Of an optimistic transaction.
  bool skip_constraint_check = false;
  CommitKind commit_kind = CommitKind::kTwoPhases;
  /// Above it, an async or one-phase commit falls back to two phases. Zero: no limit.
  std::uint64_t max_commit_ts = 0;
  std::string primary;
  std::uint64_t txn_size = 0;
  std::uint64_t lock_ttl_ms = 0;
  std::uint64_t min_commit_ts = 0;
  bool is_retry = false;
  proto::kvrpcpb::AssertionLevel assertion_level = proto::kvrpcpb::Off;
};

using PessimisticAction = proto::kvrpcpb::PrewriteRequest::PessimisticAction;

/// What belongs to one key of it.
struct PrewriteKey {
  const proto::kvrpcpb::Mutation& mutation;
  PessimisticAction action = proto::kvrpcpb::PrewriteRequest::SKIP_PESSIMISTIC_CHECK;
  std::optional<std::uint64_t> expected_for_update_ts;
  /// Async commit: the other keys on the primary's lock, none on theirs. Null: no async commit.
  const std::vector<std::string>* secondaries = nullptr;
  /// Not zero: written by this pipelined flush.
  std::uint64_t generation = 0;
};

/// Writes the lock of one key into `txn`. Gives the min_commit_ts of an async or one-phase commit, or zero. When it
/// gives `kCommitTsTooLarge`, the lock was written as one of a two-phase commit.
Outcome<std::uint64_t> prewrite_key(const PrewriteTxn& props, const PrewriteKey& item, const MvccReader& reader,
                                    TxnState& state, MvccTxn& txn);

/// The key exists at `found`, its newest record, though it should not.
std::optional<std::unexpected<Failure>> check_should_not_exist(const MvccReader& reader, const Key& key,
                                                               const FoundWrite& found, std::uint64_t start_ts);

}  // namespace tikv::testing::store
