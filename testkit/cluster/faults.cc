#include "testkit/cluster/faults.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace tikv::testing::cluster {

using proto::errorpb::Error;

FaultId FaultScript::add(Fault fault) {
  rules_.push_back({++last_id_, std::move(fault), std::nullopt});
  return last_id_;
}

FaultId FaultScript::add(Fault fault, Error error) {
  fault.kind = FaultKind::kRegionError;
  rules_.push_back({++last_id_, std::move(fault), std::move(error)});
  return last_id_;
}

void FaultScript::remove(FaultId id) {
  std::erase_if(rules_, [id](const Rule& rule) { return rule.id == id; });
}

const FaultScript::Rule* FaultScript::find(FaultId id) const {
  const auto found = std::find_if(rules_.begin(), rules_.end(), [id](const Rule& rule) { return rule.id == id; });
  return found == rules_.end() ? nullptr : &*found;
}

std::uint64_t FaultScript::hits(FaultId id) const {
  const Rule* rule = find(id);
  return rule == nullptr ? 0 : rule->hits;
}

std::optional<ServerId> FaultScript::last_hit(FaultId id) const {
  const Rule* rule = find(id);
  return rule == nullptr || rule->hits == 0 ? std::nullopt : std::optional(rule->last_hit);
}

std::optional<FaultScript::Hit> FaultScript::meet(const ServerId& server, std::string_view method) {
  for (Rule& rule : rules_) {
    if (!rule.fault.method.empty() && rule.fault.method != method) continue;
    if (rule.fault.server != 0 && rule.fault.server != server.id) continue;
    if (rule.met++ < rule.fault.skip) continue;
    if (rule.fault.times != 0 && rule.hits == rule.fault.times) continue;
    ++rule.hits;
    rule.last_hit = server;
    return Hit{rule.fault, rule.error};
  }
  return std::nullopt;
}

namespace {

struct ErrorRequest {
  const Fault& fault;
  const Topology& topology;
  const RegionState* region;
  std::uint64_t region_id;
  std::uint64_t store_id;
};

void fill_not_leader(const ErrorRequest& request, Error& error) {
  auto& detail = *error.mutable_not_leader();
  detail.set_region_id(request.region_id);
  const auto* leader = request.region == nullptr ? nullptr : request.region->leader_peer();
  if (!request.fault.hide_leader && leader != nullptr) *detail.mutable_leader() = *leader;
}

void fill_key_not_in_region(const ErrorRequest& request, Error& error) {
  auto& detail = *error.mutable_key_not_in_region();
  detail.set_region_id(request.region_id);
  if (request.region == nullptr) return;
  detail.set_start_key(request.region->meta.start_key());
  detail.set_end_key(request.region->meta.end_key());
}

void fill_epoch_not_match(const ErrorRequest& request, Error& error) {
  auto& detail = *error.mutable_epoch_not_match();
  if (request.region != nullptr) *detail.add_current_regions() = request.region->meta;
}

struct Row {
  RegionErrorKind kind;
  void (*fill)(const ErrorRequest&, Error&);
};

const std::array kRows = {
    Row{RegionErrorKind::kMessageOnly, [](const ErrorRequest&, Error&) {}},
    Row{RegionErrorKind::kNotLeader, fill_not_leader},
    Row{RegionErrorKind::kRegionNotFound,
        [](const ErrorRequest& request, Error& error) {
          error.mutable_region_not_found()->set_region_id(request.region_id);
        }},
    Row{RegionErrorKind::kKeyNotInRegion, fill_key_not_in_region},
    Row{RegionErrorKind::kEpochNotMatch, fill_epoch_not_match},
    Row{RegionErrorKind::kServerIsBusy,
        [](const ErrorRequest& request, Error& error) {
          error.mutable_server_is_busy()->set_reason("a fault");
          error.mutable_server_is_busy()->set_backoff_ms(static_cast<std::uint64_t>(request.fault.delay.count()));
        }},
    Row{RegionErrorKind::kStaleCommand, [](const ErrorRequest&, Error& error) { error.mutable_stale_command(); }},
    Row{RegionErrorKind::kStoreNotMatch,
        [](const ErrorRequest& request, Error& error) {
          error.mutable_store_not_match()->set_request_store_id(request.store_id);
          error.mutable_store_not_match()->set_actual_store_id(request.store_id + 1);
        }},
    Row{RegionErrorKind::kRaftEntryTooLarge,
        [](const ErrorRequest& request, Error& error) {
          error.mutable_raft_entry_too_large()->set_region_id(request.region_id);
          error.mutable_raft_entry_too_large()->set_entry_size(8 << 20);
        }},
    Row{RegionErrorKind::kMaxTimestampNotSynced,
        [](const ErrorRequest&, Error& error) { error.mutable_max_timestamp_not_synced(); }},
    Row{RegionErrorKind::kReadIndexNotReady,
        [](const ErrorRequest& request, Error& error) {
          error.mutable_read_index_not_ready()->set_region_id(request.region_id);
        }},
    Row{RegionErrorKind::kProposalInMergingMode,
        [](const ErrorRequest& request, Error& error) {
          error.mutable_proposal_in_merging_mode()->set_region_id(request.region_id);
        }},
    Row{RegionErrorKind::kDataIsNotReady,
        [](const ErrorRequest& request, Error& error) {
          error.mutable_data_is_not_ready()->set_region_id(request.region_id);
        }},
    Row{RegionErrorKind::kRegionNotInitialized,
        [](const ErrorRequest& request, Error& error) {
          error.mutable_region_not_initialized()->set_region_id(request.region_id);
        }},
    Row{RegionErrorKind::kDiskFull,
        [](const ErrorRequest& request, Error& error) {
          error.mutable_disk_full()->add_store_id(request.store_id);
          error.mutable_disk_full()->set_reason("a fault");
        }},
    Row{RegionErrorKind::kRecoveryInProgress,
        [](const ErrorRequest& request, Error& error) {
          error.mutable_recoveryinprogress()->set_region_id(request.region_id);
        }},
    Row{RegionErrorKind::kFlashbackInProgress,
        [](const ErrorRequest& request, Error& error) {
          error.mutable_flashbackinprogress()->set_region_id(request.region_id);
        }},
    Row{RegionErrorKind::kFlashbackNotPrepared,
        [](const ErrorRequest& request, Error& error) {
          error.mutable_flashbacknotprepared()->set_region_id(request.region_id);
        }},
    Row{RegionErrorKind::kIsWitness,
        [](const ErrorRequest& request, Error& error) {
          error.mutable_is_witness()->set_region_id(request.region_id);
        }},
    Row{RegionErrorKind::kMismatchPeerId,
        [](const ErrorRequest&, Error& error) { error.mutable_mismatch_peer_id()->set_store_peer_id(1); }},
    Row{RegionErrorKind::kBucketVersionNotMatch,
        [](const ErrorRequest&, Error& error) { error.mutable_bucket_version_not_match()->set_version(1); }},
    Row{RegionErrorKind::kUndeterminedResult,
        [](const ErrorRequest&, Error& error) { error.mutable_undetermined_result()->set_message("a fault"); }},
};

}  // namespace

Error make_region_error(const Fault& fault, const Topology& topology, std::uint64_t region_id, std::uint64_t store_id) {
  const ErrorRequest request{fault, topology, topology.find(region_id), region_id, store_id};
  Error error;
  error.set_message("a fault of the test's making");
  const auto row =
      std::find_if(kRows.begin(), kRows.end(), [&fault](const Row& one) { return one.kind == fault.region_error; });
  if (row != kRows.end()) row->fill(request, error);
  return error;
}

}  // namespace tikv::testing::cluster
