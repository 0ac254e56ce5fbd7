#pragma once

#include "proto/method.h"

namespace tikv::proto::pdpb {
class AdvanceGCSafePointRequest;
class AdvanceGCSafePointResponse;
class AdvanceTxnSafePointRequest;
class AdvanceTxnSafePointResponse;
class AllocIDRequest;
class AllocIDResponse;
class BatchScanRegionsRequest;
class BatchScanRegionsResponse;
class DeleteGCBarrierRequest;
class DeleteGCBarrierResponse;
class DeleteGlobalGCBarrierRequest;
class DeleteGlobalGCBarrierResponse;
class GetAllGCSafePointV2Request;
class GetAllGCSafePointV2Response;
class GetAllKeyspacesGCStatesRequest;
class GetAllKeyspacesGCStatesResponse;
class GetAllStoresRequest;
class GetAllStoresResponse;
class GetClusterConfigRequest;
class GetClusterConfigResponse;
class GetClusterInfoRequest;
class GetClusterInfoResponse;
class GetExternalTimestampRequest;
class GetExternalTimestampResponse;
class GetGCSafePointRequest;
class GetGCSafePointResponse;
class GetGCSafePointV2Request;
class GetGCSafePointV2Response;
class GetGCStateRequest;
class GetGCStateResponse;
class GetMembersRequest;
class GetMembersResponse;
class GetMinTSRequest;
class GetMinTSResponse;
class GetOperatorRequest;
class GetOperatorResponse;
class GetRegionByIDRequest;
class GetRegionRequest;
class GetRegionResponse;
class GetStoreRequest;
class GetStoreResponse;
class IsBootstrappedRequest;
class IsBootstrappedResponse;
class IsSnapshotRecoveringRequest;
class IsSnapshotRecoveringResponse;
class LoadGlobalConfigRequest;
class LoadGlobalConfigResponse;
class QueryRegionRequest;
class QueryRegionResponse;
class ScanRegionsRequest;
class ScanRegionsResponse;
class ScatterRegionRequest;
class ScatterRegionResponse;
class SetExternalTimestampRequest;
class SetExternalTimestampResponse;
class SetGCBarrierRequest;
class SetGCBarrierResponse;
class SetGlobalGCBarrierRequest;
class SetGlobalGCBarrierResponse;
class SplitAndScatterRegionsRequest;
class SplitAndScatterRegionsResponse;
class SplitRegionsRequest;
class SplitRegionsResponse;
class StoreGlobalConfigRequest;
class StoreGlobalConfigResponse;
class TsoRequest;
class TsoResponse;
class UpdateGCSafePointRequest;
class UpdateGCSafePointResponse;
class UpdateGCSafePointV2Request;
class UpdateGCSafePointV2Response;
class UpdateServiceGCSafePointRequest;
class UpdateServiceGCSafePointResponse;
class UpdateServiceSafePointV2Request;
class UpdateServiceSafePointV2Response;
class WatchGCSafePointV2Request;
class WatchGCSafePointV2Response;
class WatchGlobalConfigRequest;
class WatchGlobalConfigResponse;
}  // namespace tikv::proto::pdpb

namespace tikv::proto {

/// What the client sends to PD. Rows that a follower may answer are those that PD's handlers serve without being
/// leader: on request (gRPC metadata "pd-allow-follower-handle"), and always for members and the cluster's description.
inline constexpr MethodTable kPdMethods{
    Rpc<pdpb::GetClusterInfoRequest, pdpb::GetClusterInfoResponse>{follower_reads("/pdpb.PD/GetClusterInfo")},
    Rpc<pdpb::GetMembersRequest, pdpb::GetMembersResponse>{follower_reads("/pdpb.PD/GetMembers")},
    Rpc<pdpb::TsoRequest, pdpb::TsoResponse>{streams(Streaming::kBoth, writes("/pdpb.PD/Tso"))},
    Rpc<pdpb::IsBootstrappedRequest, pdpb::IsBootstrappedResponse>{reads("/pdpb.PD/IsBootstrapped")},
    Rpc<pdpb::AllocIDRequest, pdpb::AllocIDResponse>{writes("/pdpb.PD/AllocID")},
    Rpc<pdpb::IsSnapshotRecoveringRequest, pdpb::IsSnapshotRecoveringResponse>{reads("/pdpb.PD/IsSnapshotRecovering")},
    Rpc<pdpb::GetStoreRequest, pdpb::GetStoreResponse>{reads("/pdpb.PD/GetStore")},
    Rpc<pdpb::GetAllStoresRequest, pdpb::GetAllStoresResponse>{reads("/pdpb.PD/GetAllStores")},
    Rpc<pdpb::GetRegionRequest, pdpb::GetRegionResponse>{follower_reads("/pdpb.PD/GetRegion")},
    Rpc<pdpb::GetRegionByIDRequest, pdpb::GetRegionResponse>{follower_reads("/pdpb.PD/GetRegionByID")},
    Rpc<pdpb::QueryRegionRequest, pdpb::QueryRegionResponse>{
        streams(Streaming::kBoth, follower_reads("/pdpb.PD/QueryRegion"))},
    Rpc<pdpb::ScanRegionsRequest, pdpb::ScanRegionsResponse>{follower_reads("/pdpb.PD/ScanRegions")},
    Rpc<pdpb::BatchScanRegionsRequest, pdpb::BatchScanRegionsResponse>{follower_reads("/pdpb.PD/BatchScanRegions")},
    Rpc<pdpb::GetClusterConfigRequest, pdpb::GetClusterConfigResponse>{reads("/pdpb.PD/GetClusterConfig")},
    Rpc<pdpb::ScatterRegionRequest, pdpb::ScatterRegionResponse>{writes("/pdpb.PD/ScatterRegion")},
    Rpc<pdpb::GetGCSafePointRequest, pdpb::GetGCSafePointResponse>{reads("/pdpb.PD/GetGCSafePoint")},
    Rpc<pdpb::UpdateGCSafePointRequest, pdpb::UpdateGCSafePointResponse>{writes("/pdpb.PD/UpdateGCSafePoint")},
    Rpc<pdpb::UpdateServiceGCSafePointRequest, pdpb::UpdateServiceGCSafePointResponse>{
        writes("/pdpb.PD/UpdateServiceGCSafePoint")},
    Rpc<pdpb::GetGCSafePointV2Request, pdpb::GetGCSafePointV2Response>{reads("/pdpb.PD/GetGCSafePointV2")},
    Rpc<pdpb::WatchGCSafePointV2Request, pdpb::WatchGCSafePointV2Response>{
        streams(Streaming::kServer, reads("/pdpb.PD/WatchGCSafePointV2"))},
    Rpc<pdpb::UpdateGCSafePointV2Request, pdpb::UpdateGCSafePointV2Response>{writes("/pdpb.PD/UpdateGCSafePointV2")},
    Rpc<pdpb::UpdateServiceSafePointV2Request, pdpb::UpdateServiceSafePointV2Response>{
        writes("/pdpb.PD/UpdateServiceSafePointV2")},
    Rpc<pdpb::GetAllGCSafePointV2Request, pdpb::GetAllGCSafePointV2Response>{reads("/pdpb.PD/GetAllGCSafePointV2")},
    Rpc<pdpb::AdvanceGCSafePointRequest, pdpb::AdvanceGCSafePointResponse>{writes("/pdpb.PD/AdvanceGCSafePoint")},
    Rpc<pdpb::AdvanceTxnSafePointRequest, pdpb::AdvanceTxnSafePointResponse>{writes("/pdpb.PD/AdvanceTxnSafePoint")},
    Rpc<pdpb::SetGCBarrierRequest, pdpb::SetGCBarrierResponse>{writes("/pdpb.PD/SetGCBarrier")},
    Rpc<pdpb::DeleteGCBarrierRequest, pdpb::DeleteGCBarrierResponse>{writes("/pdpb.PD/DeleteGCBarrier")},
    Rpc<pdpb::SetGlobalGCBarrierRequest, pdpb::SetGlobalGCBarrierResponse>{writes("/pdpb.PD/SetGlobalGCBarrier")},
    Rpc<pdpb::DeleteGlobalGCBarrierRequest, pdpb::DeleteGlobalGCBarrierResponse>{
        writes("/pdpb.PD/DeleteGlobalGCBarrier")},
    Rpc<pdpb::GetGCStateRequest, pdpb::GetGCStateResponse>{reads("/pdpb.PD/GetGCState")},
    Rpc<pdpb::GetAllKeyspacesGCStatesRequest, pdpb::GetAllKeyspacesGCStatesResponse>{
        reads("/pdpb.PD/GetAllKeyspacesGCStates")},
    Rpc<pdpb::GetOperatorRequest, pdpb::GetOperatorResponse>{reads("/pdpb.PD/GetOperator")},
    Rpc<pdpb::SplitRegionsRequest, pdpb::SplitRegionsResponse>{writes("/pdpb.PD/SplitRegions")},
    Rpc<pdpb::SplitAndScatterRegionsRequest, pdpb::SplitAndScatterRegionsResponse>{
        writes("/pdpb.PD/SplitAndScatterRegions")},
    Rpc<pdpb::StoreGlobalConfigRequest, pdpb::StoreGlobalConfigResponse>{writes("/pdpb.PD/StoreGlobalConfig")},
    Rpc<pdpb::LoadGlobalConfigRequest, pdpb::LoadGlobalConfigResponse>{reads("/pdpb.PD/LoadGlobalConfig")},
    Rpc<pdpb::WatchGlobalConfigRequest, pdpb::WatchGlobalConfigResponse>{
        streams(Streaming::kServer, reads("/pdpb.PD/WatchGlobalConfig"))},
    Rpc<pdpb::SetExternalTimestampRequest, pdpb::SetExternalTimestampResponse>{writes("/pdpb.PD/SetExternalTimestamp")},
    Rpc<pdpb::GetExternalTimestampRequest, pdpb::GetExternalTimestampResponse>{reads("/pdpb.PD/GetExternalTimestamp")},
    Rpc<pdpb::GetMinTSRequest, pdpb::GetMinTSResponse>{reads("/pdpb.PD/GetMinTS")},
};

// Methods that share a request with a row above.
inline constexpr Rpc<pdpb::GetRegionRequest, pdpb::GetRegionResponse> kGetPrevRegion{
    follower_reads("/pdpb.PD/GetPrevRegion")};

template <class Request>
  requires requires { row_of<Request>(kPdMethods); }
struct MethodOf<Request> {
  using Response = typename decltype(row_of<Request>(kPdMethods))::Response;
  static constexpr Method method = row_of<Request>(kPdMethods).method;
};

}  // namespace tikv::proto
