#include "route/region_error.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

namespace tikv::route {
namespace {

using proto::errorpb::Error;

struct Expected {
  std::string_view name;
  std::function<void(Error&)> make;
  RegionAction action;
  std::optional<BackoffKind> pause;
  Applied applied = Applied::kNo;
  ErrorKind kind = ErrorKind::kServer;
};

// Every region error there is, and what is done about it.
const Expected kExpected[] = {
    {"undetermined_result", [](Error& e) { e.mutable_undetermined_result(); }, RegionAction::kAgain,
     BackoffKind::kRegionMiss, Applied::kUnknown},
    {"not_leader", [](Error& e) { e.mutable_not_leader(); }, RegionAction::kFollowLeader, std::nullopt},
    {"disk_full", [](Error& e) { e.mutable_disk_full(); }, RegionAction::kAgain, BackoffKind::kTikvDiskFull},
    {"recovery_in_progress", [](Error& e) { e.mutable_recoveryinprogress(); }, RegionAction::kMoved,
     BackoffKind::kRegionRecoveryInProgress},
    {"peer_is_witness", [](Error& e) { e.mutable_is_witness(); }, RegionAction::kMoved, BackoffKind::kIsWitness},
    {"flashback_in_progress", [](Error& e) { e.mutable_flashbackinprogress(); }, RegionAction::kGiveUp, std::nullopt},
    {"flashback_not_prepared", [](Error& e) { e.mutable_flashbacknotprepared(); }, RegionAction::kGiveUp, std::nullopt},
    {"region_not_found", [](Error& e) { e.mutable_region_not_found(); }, RegionAction::kMoved, BackoffKind::kRegionMiss,
     Applied::kUnknown},
    {"key_not_in_region", [](Error& e) { e.mutable_key_not_in_region(); }, RegionAction::kMoved,
     BackoffKind::kRegionMiss},
    {"epoch_not_match", [](Error& e) { e.mutable_epoch_not_match(); }, RegionAction::kNewEpoch, std::nullopt},
    {"bucket_version_not_match", [](Error& e) { e.mutable_bucket_version_not_match(); }, RegionAction::kMoved,
     BackoffKind::kRegionMiss},
    {"server_is_busy", [](Error& e) { e.mutable_server_is_busy(); }, RegionAction::kAgain,
     BackoffKind::kTikvServerBusy},
    {"stale_command", [](Error& e) { e.mutable_stale_command(); }, RegionAction::kAgain, BackoffKind::kStaleCommand,
     Applied::kUnknown},
    {"store_not_match", [](Error& e) { e.mutable_store_not_match(); }, RegionAction::kWrongStore,
     BackoffKind::kRegionMiss},
    {"raft_entry_too_large", [](Error& e) { e.mutable_raft_entry_too_large(); }, RegionAction::kGiveUp, std::nullopt,
     Applied::kNo, ErrorKind::kTooLarge},
    {"max_timestamp_not_synced", [](Error& e) { e.mutable_max_timestamp_not_synced(); }, RegionAction::kAgain,
     BackoffKind::kMaxTsNotSynced},
    {"region_not_initialized", [](Error& e) { e.mutable_region_not_initialized(); }, RegionAction::kAgain,
     BackoffKind::kRegionNotInitialized},
    {"read_index_not_ready", [](Error& e) { e.mutable_read_index_not_ready(); }, RegionAction::kAgain,
     BackoffKind::kRegionScheduling},
    {"proposal_in_merging_mode", [](Error& e) { e.mutable_proposal_in_merging_mode(); }, RegionAction::kAgain,
     BackoffKind::kRegionScheduling},
    {"data_is_not_ready", [](Error& e) { e.mutable_data_is_not_ready(); }, RegionAction::kOther, std::nullopt},
    {"mismatch_peer_id", [](Error& e) { e.mutable_mismatch_peer_id(); }, RegionAction::kMoved,
     BackoffKind::kRegionMiss},
    {"deadline_exceeded", [](Error& e) { e.set_message("Deadline is exceeded"); }, RegionAction::kOther,
     BackoffKind::kRegionScheduling},
    {"invalid_max_ts_update", [](Error& e) { e.set_message("invalid max_ts update: 3"); }, RegionAction::kGiveUp,
     std::nullopt},
    {"unknown", [](Error& e) { e.set_message("TiKV is Closing"); }, RegionAction::kOther,
     BackoffKind::kRegionScheduling, Applied::kUnknown},
};

TEST(RegionError, EachHasItsRow) {
  for (const Expected& expected : kExpected) {
    Error error;
    expected.make(error);
    const RegionErrorRow& row = region_error_row(error);
    EXPECT_EQ(row.name, expected.name);
    EXPECT_EQ(row.action, expected.action) << row.name;
    EXPECT_EQ(row.pause, expected.pause) << row.name;
    EXPECT_EQ(row.applied, expected.applied) << row.name;
    EXPECT_EQ(row.kind, expected.kind) << row.name;
  }
}

TEST(RegionError, EachRowHasItsTest) {
  std::set<std::string_view> tested;
  for (const Expected& expected : kExpected) tested.insert(expected.name);
  for (const RegionErrorRow& row : region_errors()) EXPECT_TRUE(tested.contains(row.name)) << row.name;
  EXPECT_EQ(region_errors().size(), std::size(kExpected));
}

// errorpb.Error has fields 2 to 22. A field that a new kvproto adds needs a row; a message with only that field would
// be taken for unknown.
TEST(RegionError, EachFieldOfTheMessageIsCovered) {
  std::set<std::string> seen;
  for (const Expected& expected : kExpected) {
    Error error;
    expected.make(error);
    if (error.message().empty()) seen.insert(error.SerializeAsString());
  }
  for (int field = 2; field <= 22; ++field) {
    // The field alone, as an empty message: its tag and a length of zero.
    std::string bytes;
    const int tag = field << 3 | 2;
    if (tag >= 128) {
      bytes += static_cast<char>(tag % 128 + 128);
      bytes += static_cast<char>(tag / 128);
    } else {
      bytes += static_cast<char>(tag);
    }
    bytes += '\0';
    EXPECT_TRUE(seen.contains(bytes)) << "field " << field;
  }
  EXPECT_EQ(seen.size(), 21u);
}

TEST(RegionError, AnEmptyErrorIsUnknown) { EXPECT_EQ(region_error_row(Error()).name, "unknown"); }

TEST(RegionError, TheFieldGoesBeforeTheMessage) {
  Error error;
  error.set_message("Deadline is exceeded");
  error.mutable_server_is_busy()->set_reason("deadline is exceeded");
  EXPECT_EQ(region_error_row(error).name, "server_is_busy");
}

TEST(RegionError, ABusyStoreMayNameThePause) {
  Error error;
  EXPECT_EQ(requested_pause(error), std::nullopt);
  error.mutable_server_is_busy();
  EXPECT_EQ(requested_pause(error), std::nullopt);
  error.mutable_server_is_busy()->set_backoff_ms(120);
  EXPECT_EQ(requested_pause(error), std::chrono::milliseconds(120));
  error.mutable_server_is_busy()->set_backoff_ms(~0ull);
  EXPECT_EQ(requested_pause(error), std::chrono::milliseconds(10000)) << "no longer than we would by ourselves";
}

TEST(RegionError, TooLargeTellsSizeAndLimit) {
  Error error;
  error.set_message("raft entry is too large");
  error.mutable_raft_entry_too_large()->set_entry_size(9000000);
  const tikv::Error out = give_up_error(region_error_row(error), error, Redaction::kOff);
  EXPECT_EQ(out.kind(), ErrorKind::kTooLarge);
  ASSERT_NE(out.detail<SizeLimit>(), nullptr);
  EXPECT_EQ(out.detail<SizeLimit>()->size, 9000000u);
  EXPECT_EQ(out.detail<SizeLimit>()->limit, 8u * 1024 * 1024);
  EXPECT_NE(out.message().find("raft entry is too large"), std::string::npos);
}

TEST(RegionError, FlashbackTellsSinceWhen) {
  Error error;
  error.mutable_flashbackinprogress()->set_flashback_start_ts(77);
  EXPECT_NE(give_up_error(region_error_row(error), error, Redaction::kOff).message().find("77"), std::string::npos);
}

}  // namespace
}  // namespace tikv::route
