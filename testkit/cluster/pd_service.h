#pragma once

#include <tikv/proto/keyspacepb.pb.h>
#include <tikv/proto/meta_storagepb.pb.h>
#include <tikv/proto/pdpb.pb.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "testkit/cluster/gate.h"
#include "testkit/cluster/pd_state.h"
#include "testkit/cluster/rpc.h"
#include "testkit/store/kv_store.h"

namespace tikv::testing::cluster {

/// What PD's members work on.
struct PdParts {
  PdState& pd;
  Topology& topology;
  store::KvStore& keys;
  Host& host;
  Gate& gate;
};

/// Answers what clients ask a PD member: pdpb.PD, and of keyspacepb.Keyspace that there is only the default keyspace.
class PdService {
 public:
  explicit PdService(PdParts parts);

  void unary(std::uint64_t member_id, std::string_view path, const CallInfo& info, std::string request, ReplyFn reply);
  /// One request of a TSO stream; a failure ends the stream.
  void tso(std::uint64_t member_id, const std::string& request, ReplyFn reply);
  /// One request of a QueryRegion stream.
  void query_region(std::uint64_t member_id, const std::string& request, ReplyFn reply);

 private:
  /// Who may answer.
  enum class Role : std::uint8_t {
    kAny,       ///< every member, and it does not look at the cluster id
    kFollower,  ///< the leader, or a follower if the client allows it
    kLeader,
  };
  struct Handler {
    Role role;
    std::function<RpcReply(const std::string& request)> run;
  };

  template <class Request, class Response>
  void add(std::string_view path, Role role, void (PdService::*handle)(const Request&, Response&));
  void add_region_methods();
  void add_gc_methods();
  RpcReply execute(std::uint64_t member_id, std::string_view path, const CallInfo& info, const std::string& request);
  void answer_as_etcd(std::uint64_t member_id, std::string path, ReplyFn reply);
  RpcReply allocate_timestamps(std::uint64_t member_id, const std::string& request);
  RpcReply mismatch(std::uint64_t cluster_id) const;
  void serve(std::uint64_t member_id, std::string_view method, std::function<RpcReply()> work, ReplyFn reply);
  /// The regions as far as PD has heard of them.
  const Topology& known() const { return parts_.pd.late_view ? *parts_.pd.late_view : parts_.topology; }
  std::int64_t clock_ms() { return parts_.host.unix_ms() + parts_.pd.clock_skew_ms; }

  // pd_service.cc: the cluster.
  void get_members(const proto::pdpb::GetMembersRequest&, proto::pdpb::GetMembersResponse&);
  void get_cluster_info(const proto::pdpb::GetClusterInfoRequest&, proto::pdpb::GetClusterInfoResponse&);
  void get_cluster_config(const proto::pdpb::GetClusterConfigRequest&, proto::pdpb::GetClusterConfigResponse&);
  void is_bootstrapped(const proto::pdpb::IsBootstrappedRequest&, proto::pdpb::IsBootstrappedResponse&);
  void bootstrap(const proto::pdpb::BootstrapRequest&, proto::pdpb::BootstrapResponse&);
  void is_snapshot_recovering(const proto::pdpb::IsSnapshotRecoveringRequest&,
                              proto::pdpb::IsSnapshotRecoveringResponse&);
  void alloc_id(const proto::pdpb::AllocIDRequest&, proto::pdpb::AllocIDResponse&);
  void get_store(const proto::pdpb::GetStoreRequest&, proto::pdpb::GetStoreResponse&);
  void get_all_stores(const proto::pdpb::GetAllStoresRequest&, proto::pdpb::GetAllStoresResponse&);
  void get_min_ts(const proto::pdpb::GetMinTSRequest&, proto::pdpb::GetMinTSResponse&);
  void store_global_config(const proto::pdpb::StoreGlobalConfigRequest&, proto::pdpb::StoreGlobalConfigResponse&);
  void load_global_config(const proto::pdpb::LoadGlobalConfigRequest&, proto::pdpb::LoadGlobalConfigResponse&);
  void set_external_timestamp(const proto::pdpb::SetExternalTimestampRequest&,
                              proto::pdpb::SetExternalTimestampResponse&);
  void get_external_timestamp(const proto::pdpb::GetExternalTimestampRequest&,
                              proto::pdpb::GetExternalTimestampResponse&);
  void get_meta(const proto::meta_storagepb::GetRequest&, proto::meta_storagepb::GetResponse&);
  void load_keyspace(const proto::keyspacepb::LoadKeyspaceRequest&, proto::keyspacepb::LoadKeyspaceResponse&);
  void load_keyspace_by_id(const proto::keyspacepb::LoadKeyspaceByIDRequest&, proto::keyspacepb::LoadKeyspaceResponse&);

  // pd_regions.cc
  void get_region(const proto::pdpb::GetRegionRequest&, proto::pdpb::GetRegionResponse&);
  void get_prev_region(const proto::pdpb::GetRegionRequest&, proto::pdpb::GetRegionResponse&);
  void get_region_by_id(const proto::pdpb::GetRegionByIDRequest&, proto::pdpb::GetRegionResponse&);
  void scan_regions(const proto::pdpb::ScanRegionsRequest&, proto::pdpb::ScanRegionsResponse&);
  void batch_scan_regions(const proto::pdpb::BatchScanRegionsRequest&, proto::pdpb::BatchScanRegionsResponse&);
  void query_regions(const proto::pdpb::QueryRegionRequest&, proto::pdpb::QueryRegionResponse&);
  void scatter_region(const proto::pdpb::ScatterRegionRequest&, proto::pdpb::ScatterRegionResponse&);
  void get_operator(const proto::pdpb::GetOperatorRequest&, proto::pdpb::GetOperatorResponse&);
  void split_regions(const proto::pdpb::SplitRegionsRequest&, proto::pdpb::SplitRegionsResponse&);
  void split_and_scatter(const proto::pdpb::SplitAndScatterRegionsRequest&,
                         proto::pdpb::SplitAndScatterRegionsResponse&);
  std::vector<std::uint64_t> split_at(const google::protobuf::RepeatedPtrField<std::string>& keys);

  // pd_gc.cc
  void get_gc_safe_point(const proto::pdpb::GetGCSafePointRequest&, proto::pdpb::GetGCSafePointResponse&);
  void update_gc_safe_point(const proto::pdpb::UpdateGCSafePointRequest&, proto::pdpb::UpdateGCSafePointResponse&);
  void update_service_gc_safe_point(const proto::pdpb::UpdateServiceGCSafePointRequest&,
                                    proto::pdpb::UpdateServiceGCSafePointResponse&);
  void advance_gc_safe_point(const proto::pdpb::AdvanceGCSafePointRequest&, proto::pdpb::AdvanceGCSafePointResponse&);
  void advance_txn_safe_point(const proto::pdpb::AdvanceTxnSafePointRequest&,
                              proto::pdpb::AdvanceTxnSafePointResponse&);
  void set_gc_barrier(const proto::pdpb::SetGCBarrierRequest&, proto::pdpb::SetGCBarrierResponse&);
  void delete_gc_barrier(const proto::pdpb::DeleteGCBarrierRequest&, proto::pdpb::DeleteGCBarrierResponse&);
  void set_global_gc_barrier(const proto::pdpb::SetGlobalGCBarrierRequest&, proto::pdpb::SetGlobalGCBarrierResponse&);
  void delete_global_gc_barrier(const proto::pdpb::DeleteGlobalGCBarrierRequest&,
                                proto::pdpb::DeleteGlobalGCBarrierResponse&);
  void get_gc_state(const proto::pdpb::GetGCStateRequest&, proto::pdpb::GetGCStateResponse&);
  void get_all_gc_states(const proto::pdpb::GetAllKeyspacesGCStatesRequest&,
                         proto::pdpb::GetAllKeyspacesGCStatesResponse&);
  void fill_gc_state(proto::pdpb::GCState& state, bool with_barriers);
  Result<GcStates::Advance> collect_garbage(std::uint64_t safe_point);

  PdParts parts_;
  std::unordered_map<std::string_view, Handler> handlers_;
};

/// Puts a PD error into a response.
template <class Response>
void set_pd_error(Response& response, proto::pdpb::ErrorType type, std::string text) {
  auto& error = *response.mutable_header()->mutable_error();
  error.set_type(type);
  error.set_message(std::move(text));
}

template <class Request, class Response>
void PdService::add(std::string_view path, Role role, void (PdService::*handle)(const Request&, Response&)) {
  auto run = [this, role, handle](const std::string& bytes) -> RpcReply {
    Request request;
    if (!request.ParseFromString(bytes)) {
      return RpcReply::failed(RpcCode::kInternal, "the request is not a " + request.GetTypeName());
    }
    auto response = std::make_unique<Response>();
    if (role != Role::kAny) {
      if constexpr (requires { request.header().cluster_id(); }) {
        const std::uint64_t cluster_id = request.header().cluster_id();
        if (cluster_id != parts_.pd.cluster_id) return mismatch(cluster_id);
      }
    }
    if constexpr (requires { response->mutable_header(); }) {
      response->mutable_header()->set_cluster_id(parts_.pd.cluster_id);
    }
    (this->*handle)(request, *response);
    return RpcReply::of(std::move(response));
  };
  handlers_.emplace(path, Handler{role, std::move(run)});
}

}  // namespace tikv::testing::cluster
