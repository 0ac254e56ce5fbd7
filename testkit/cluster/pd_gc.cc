#include <limits>
#include <tuple>
#include <utility>

#include "testkit/cluster/pd_service.h"

namespace tikv::testing::cluster {

using namespace proto::pdpb;

namespace {

constexpr std::string_view kGcWorker = "gc_worker";
/// Its service safe point holds all keyspaces back.
constexpr std::string_view kNativeBr = "native_br";
/// PD's NullKeyspaceID: what belongs to no keyspace.
constexpr std::uint32_t kNullKeyspace = 0xFFFFFFFF;

template <class Info>
void describe(const std::string& id, const GcStates::Barrier& barrier, std::int64_t now_ms, Info& info) {
  info.set_barrier_id(id);
  info.set_barrier_ts(barrier.ts);
  info.set_ttl_seconds(barrier.ttl_seconds(now_ms));
}

}  // namespace

void PdService::add_gc_methods() {
  add("/pdpb.PD/GetGCSafePoint", Role::kLeader, &PdService::get_gc_safe_point);
  add("/pdpb.PD/UpdateGCSafePoint", Role::kLeader, &PdService::update_gc_safe_point);
  add("/pdpb.PD/UpdateServiceGCSafePoint", Role::kLeader, &PdService::update_service_gc_safe_point);
  add("/pdpb.PD/AdvanceGCSafePoint", Role::kLeader, &PdService::advance_gc_safe_point);
  add("/pdpb.PD/AdvanceTxnSafePoint", Role::kLeader, &PdService::advance_txn_safe_point);
  add("/pdpb.PD/SetGCBarrier", Role::kLeader, &PdService::set_gc_barrier);
  add("/pdpb.PD/DeleteGCBarrier", Role::kLeader, &PdService::delete_gc_barrier);
  add("/pdpb.PD/SetGlobalGCBarrier", Role::kLeader, &PdService::set_global_gc_barrier);
  add("/pdpb.PD/DeleteGlobalGCBarrier", Role::kLeader, &PdService::delete_global_gc_barrier);
  add("/pdpb.PD/GetGCState", Role::kLeader, &PdService::get_gc_state);
  add("/pdpb.PD/GetAllKeyspacesGCStates", Role::kLeader, &PdService::get_all_gc_states);
}

/// Stores collect up to PD's safe point by themselves.
Result<GcStates::Advance> PdService::collect_garbage(std::uint64_t safe_point) {
  auto advance = parts_.pd.gc.advance_gc_safe_point(safe_point);
  if (advance && advance->to > advance->from) parts_.keys.collect_garbage(advance->to);
  return advance;
}

void PdService::get_gc_safe_point(const GetGCSafePointRequest&, GetGCSafePointResponse& response) {
  response.set_safe_point(parts_.pd.gc.gc_safe_point());
}

void PdService::update_gc_safe_point(const UpdateGCSafePointRequest& request, UpdateGCSafePointResponse& response) {
  // A smaller one fails silently: some ask by passing zero.
  if (request.safe_point() > parts_.pd.gc.gc_safe_point()) {
    const auto advance = collect_garbage(request.safe_point());
    if (!advance) set_pd_error(response, UNKNOWN, advance.error().message());
  }
  response.set_new_safe_point(parts_.pd.gc.gc_safe_point());
}

void PdService::update_service_gc_safe_point(const UpdateServiceGCSafePointRequest& request,
                                             UpdateServiceGCSafePointResponse& response) {
  GcStates& gc = parts_.pd.gc;
  const std::int64_t now = parts_.host.unix_ms();
  response.set_service_id(std::string(kGcWorker));
  response.set_ttl(std::numeric_limits<std::int64_t>::max() - now / 1000);
  if (request.service_id() == kGcWorker) {
    const auto advance = gc.advance_txn_safe_point(request.safe_point(), now);
    if (!advance) return set_pd_error(response, UNKNOWN, advance.error().message());
    if (!advance->blocker_id.empty()) response.set_service_id(advance->blocker_id);
  } else if (request.ttl() > 0) {
    // One behind the safe point is not set, which the answer's safe point tells.
    std::ignore = gc.set_barrier(request.service_id() == kNativeBr, request.service_id(), request.safe_point(),
                                 request.ttl(), now);
  } else {
    gc.delete_barrier(request.service_id() == kNativeBr, request.service_id());
  }
  response.set_min_safe_point(gc.txn_safe_point());
}

void PdService::advance_gc_safe_point(const AdvanceGCSafePointRequest& request, AdvanceGCSafePointResponse& response) {
  const auto advance = collect_garbage(request.target());
  if (!advance) return set_pd_error(response, UNKNOWN, advance.error().message());
  response.set_old_gc_safe_point(advance->from);
  response.set_new_gc_safe_point(advance->to);
}

void PdService::advance_txn_safe_point(const AdvanceTxnSafePointRequest& request,
                                       AdvanceTxnSafePointResponse& response) {
  const auto advance = parts_.pd.gc.advance_txn_safe_point(request.target(), parts_.host.unix_ms());
  if (!advance) return set_pd_error(response, UNKNOWN, advance.error().message());
  response.set_old_txn_safe_point(advance->from);
  response.set_new_txn_safe_point(advance->to);
  response.set_blocker_description(advance->blocker);
}

void PdService::set_gc_barrier(const SetGCBarrierRequest& request, SetGCBarrierResponse& response) {
  const std::int64_t now = parts_.host.unix_ms();
  const auto barrier =
      parts_.pd.gc.set_barrier(false, request.barrier_id(), request.barrier_ts(), request.ttl_seconds(), now);
  if (!barrier) return set_pd_error(response, UNKNOWN, barrier.error().message());
  describe(request.barrier_id(), *barrier, now, *response.mutable_new_barrier_info());
}

void PdService::delete_gc_barrier(const DeleteGCBarrierRequest& request, DeleteGCBarrierResponse& response) {
  const auto barrier = parts_.pd.gc.delete_barrier(false, request.barrier_id());
  if (!barrier) return;
  describe(request.barrier_id(), *barrier, parts_.host.unix_ms(), *response.mutable_deleted_barrier_info());
}

void PdService::set_global_gc_barrier(const SetGlobalGCBarrierRequest& request, SetGlobalGCBarrierResponse& response) {
  const std::int64_t now = parts_.host.unix_ms();
  const auto barrier =
      parts_.pd.gc.set_barrier(true, request.barrier_id(), request.barrier_ts(), request.ttl_seconds(), now);
  if (!barrier) return set_pd_error(response, UNKNOWN, barrier.error().message());
  describe(request.barrier_id(), *barrier, now, *response.mutable_new_barrier_info());
}

void PdService::delete_global_gc_barrier(const DeleteGlobalGCBarrierRequest& request,
                                         DeleteGlobalGCBarrierResponse& response) {
  const auto barrier = parts_.pd.gc.delete_barrier(true, request.barrier_id());
  if (!barrier) return;
  describe(request.barrier_id(), *barrier, parts_.host.unix_ms(), *response.mutable_deleted_barrier_info());
}

void PdService::fill_gc_state(GCState& state, bool with_barriers) {
  const GcStates& gc = parts_.pd.gc;
  state.mutable_keyspace_scope()->set_keyspace_id(kNullKeyspace);
  state.set_txn_safe_point(gc.txn_safe_point());
  state.set_gc_safe_point(gc.gc_safe_point());
  if (!with_barriers) return;
  for (const auto& [id, barrier] : gc.barriers()) {
    describe(id, barrier, parts_.host.unix_ms(), *state.add_gc_barriers());
  }
}

void PdService::get_gc_state(const GetGCStateRequest& request, GetGCStateResponse& response) {
  fill_gc_state(*response.mutable_gc_state(), !request.exclude_gc_barriers());
  if (!request.include_global_gc_barriers()) return;
  auto& barriers = *response.mutable_global_gc_barriers();
  for (const auto& [id, barrier] : parts_.pd.gc.global_barriers()) {
    describe(id, barrier, parts_.host.unix_ms(), *barriers.add_barriers());
  }
}

void PdService::get_all_gc_states(const GetAllKeyspacesGCStatesRequest& request,
                                  GetAllKeyspacesGCStatesResponse& response) {
  fill_gc_state(*response.add_gc_states(), !request.exclude_gc_barriers());
  if (request.exclude_global_gc_barriers()) return;
  for (const auto& [id, barrier] : parts_.pd.gc.global_barriers()) {
    describe(id, barrier, parts_.host.unix_ms(), *response.add_global_gc_barriers());
  }
}

}  // namespace tikv::testing::cluster
