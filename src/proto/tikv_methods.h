#pragma once

#include "proto/method.h"

namespace tikv::proto::coprocessor {
class BatchRequest;
class BatchResponse;
class Request;
class Response;
}  // namespace tikv::proto::coprocessor
namespace tikv::proto::debugpb {
class GetRegionPropertiesRequest;
class GetRegionPropertiesResponse;
}  // namespace tikv::proto::debugpb
namespace tikv::proto::kvrpcpb {
class BatchGetRequest;
class BatchGetResponse;
class BatchRollbackRequest;
class BatchRollbackResponse;
class BroadcastTxnStatusRequest;
class BroadcastTxnStatusResponse;
class BufferBatchGetRequest;
class BufferBatchGetResponse;
class CheckLockObserverRequest;
class CheckLockObserverResponse;
class CheckSecondaryLocksRequest;
class CheckSecondaryLocksResponse;
class CheckTxnStatusRequest;
class CheckTxnStatusResponse;
class CleanupRequest;
class CleanupResponse;
class CommitRequest;
class CommitResponse;
class CompactRequest;
class CompactResponse;
class DeleteRangeRequest;
class DeleteRangeResponse;
class FlashbackToVersionRequest;
class FlashbackToVersionResponse;
class FlushRequest;
class FlushResponse;
class GCRequest;
class GCResponse;
class GetHealthFeedbackRequest;
class GetHealthFeedbackResponse;
class GetLockWaitInfoRequest;
class GetLockWaitInfoResponse;
class GetRequest;
class GetResponse;
class MvccGetByKeyRequest;
class MvccGetByKeyResponse;
class MvccGetByStartTsRequest;
class MvccGetByStartTsResponse;
class PessimisticLockRequest;
class PessimisticLockResponse;
class PessimisticRollbackRequest;
class PessimisticRollbackResponse;
class PhysicalScanLockRequest;
class PhysicalScanLockResponse;
class PrepareFlashbackToVersionRequest;
class PrepareFlashbackToVersionResponse;
class PrewriteRequest;
class PrewriteResponse;
class RawBatchDeleteRequest;
class RawBatchDeleteResponse;
class RawBatchGetRequest;
class RawBatchGetResponse;
class RawBatchPutRequest;
class RawBatchPutResponse;
class RawCASRequest;
class RawCASResponse;
class RawChecksumRequest;
class RawChecksumResponse;
class RawDeleteRangeRequest;
class RawDeleteRangeResponse;
class RawDeleteRequest;
class RawDeleteResponse;
class RawGetKeyTTLRequest;
class RawGetKeyTTLResponse;
class RawGetRequest;
class RawGetResponse;
class RawPutRequest;
class RawPutResponse;
class RawScanRequest;
class RawScanResponse;
class RegisterLockObserverRequest;
class RegisterLockObserverResponse;
class RemoveLockObserverRequest;
class RemoveLockObserverResponse;
class ResolveLockRequest;
class ResolveLockResponse;
class ScanLockRequest;
class ScanLockResponse;
class ScanRequest;
class ScanResponse;
class SplitRegionRequest;
class SplitRegionResponse;
class StoreSafeTSRequest;
class StoreSafeTSResponse;
class TiFlashSystemTableRequest;
class TiFlashSystemTableResponse;
class TxnHeartBeatRequest;
class TxnHeartBeatResponse;
class UnsafeDestroyRangeRequest;
class UnsafeDestroyRangeResponse;
}  // namespace tikv::proto::kvrpcpb
namespace tikv::proto::mpp {
class CancelTaskRequest;
class CancelTaskResponse;
class DispatchTaskRequest;
class DispatchTaskResponse;
class EstablishMPPConnectionRequest;
class IsAliveRequest;
class IsAliveResponse;
class MPPDataPacket;
}  // namespace tikv::proto::mpp
namespace tikv::proto::tikvpb {
class BatchCommandsEmptyRequest;
class BatchCommandsEmptyResponse;
class BatchCommandsRequest;
class BatchCommandsResponse;
}  // namespace tikv::proto::tikvpb

namespace tikv::proto {

/// What the client sends to stores. Arms come from tikvpb.BatchCommandsRequest, follower reads from client-go's
/// isReadReq.
inline constexpr MethodTable kTikvMethods{
    Rpc<kvrpcpb::GetRequest, kvrpcpb::GetResponse>{follower_reads("/tikvpb.Tikv/KvGet", 1)},
    Rpc<kvrpcpb::ScanRequest, kvrpcpb::ScanResponse>{follower_reads("/tikvpb.Tikv/KvScan", 2)},
    Rpc<kvrpcpb::PrewriteRequest, kvrpcpb::PrewriteResponse>{writes("/tikvpb.Tikv/KvPrewrite", 3)},
    Rpc<kvrpcpb::CommitRequest, kvrpcpb::CommitResponse>{writes("/tikvpb.Tikv/KvCommit", 4)},
    Rpc<kvrpcpb::CleanupRequest, kvrpcpb::CleanupResponse>{writes("/tikvpb.Tikv/KvCleanup", 6)},
    Rpc<kvrpcpb::BatchGetRequest, kvrpcpb::BatchGetResponse>{follower_reads("/tikvpb.Tikv/KvBatchGet", 7)},
    Rpc<kvrpcpb::BatchRollbackRequest, kvrpcpb::BatchRollbackResponse>{writes("/tikvpb.Tikv/KvBatchRollback", 8)},
    Rpc<kvrpcpb::ScanLockRequest, kvrpcpb::ScanLockResponse>{reads("/tikvpb.Tikv/KvScanLock", 9)},
    Rpc<kvrpcpb::ResolveLockRequest, kvrpcpb::ResolveLockResponse>{writes("/tikvpb.Tikv/KvResolveLock", 10)},
    Rpc<kvrpcpb::GCRequest, kvrpcpb::GCResponse>{writes("/tikvpb.Tikv/KvGC", 11)},
    Rpc<kvrpcpb::DeleteRangeRequest, kvrpcpb::DeleteRangeResponse>{writes("/tikvpb.Tikv/KvDeleteRange", 12)},
    Rpc<kvrpcpb::PessimisticLockRequest, kvrpcpb::PessimisticLockResponse>{
        writes("/tikvpb.Tikv/KvPessimisticLock", 23)},
    Rpc<kvrpcpb::PessimisticRollbackRequest, kvrpcpb::PessimisticRollbackResponse>{
        writes("/tikvpb.Tikv/KVPessimisticRollback", 24)},
    Rpc<kvrpcpb::TxnHeartBeatRequest, kvrpcpb::TxnHeartBeatResponse>{writes("/tikvpb.Tikv/KvTxnHeartBeat", 26)},
    Rpc<kvrpcpb::CheckTxnStatusRequest, kvrpcpb::CheckTxnStatusResponse>{writes("/tikvpb.Tikv/KvCheckTxnStatus", 25)},
    Rpc<kvrpcpb::CheckSecondaryLocksRequest, kvrpcpb::CheckSecondaryLocksResponse>{
        writes("/tikvpb.Tikv/KvCheckSecondaryLocks", 33)},
    Rpc<kvrpcpb::FlashbackToVersionRequest, kvrpcpb::FlashbackToVersionResponse>{
        writes("/tikvpb.Tikv/KvFlashbackToVersion", 35)},
    Rpc<kvrpcpb::PrepareFlashbackToVersionRequest, kvrpcpb::PrepareFlashbackToVersionResponse>{
        writes("/tikvpb.Tikv/KvPrepareFlashbackToVersion", 36)},
    Rpc<kvrpcpb::FlushRequest, kvrpcpb::FlushResponse>{writes("/tikvpb.Tikv/KvFlush", 37)},
    Rpc<kvrpcpb::BufferBatchGetRequest, kvrpcpb::BufferBatchGetResponse>{reads("/tikvpb.Tikv/KvBufferBatchGet", 38)},
    Rpc<kvrpcpb::RawGetRequest, kvrpcpb::RawGetResponse>{raw_reads("/tikvpb.Tikv/RawGet", 13)},
    Rpc<kvrpcpb::RawBatchGetRequest, kvrpcpb::RawBatchGetResponse>{raw_reads("/tikvpb.Tikv/RawBatchGet", 14)},
    Rpc<kvrpcpb::RawPutRequest, kvrpcpb::RawPutResponse>{raw_writes("/tikvpb.Tikv/RawPut", 15)},
    Rpc<kvrpcpb::RawBatchPutRequest, kvrpcpb::RawBatchPutResponse>{raw_writes("/tikvpb.Tikv/RawBatchPut", 16)},
    Rpc<kvrpcpb::RawDeleteRequest, kvrpcpb::RawDeleteResponse>{raw_writes("/tikvpb.Tikv/RawDelete", 17)},
    Rpc<kvrpcpb::RawBatchDeleteRequest, kvrpcpb::RawBatchDeleteResponse>{raw_writes("/tikvpb.Tikv/RawBatchDelete", 18)},
    Rpc<kvrpcpb::RawDeleteRangeRequest, kvrpcpb::RawDeleteRangeResponse>{raw_writes("/tikvpb.Tikv/RawDeleteRange", 20)},
    Rpc<kvrpcpb::RawScanRequest, kvrpcpb::RawScanResponse>{raw_reads("/tikvpb.Tikv/RawScan", 19)},
    Rpc<kvrpcpb::RawGetKeyTTLRequest, kvrpcpb::RawGetKeyTTLResponse>{raw_reads("/tikvpb.Tikv/RawGetKeyTTL")},
    Rpc<kvrpcpb::RawCASRequest, kvrpcpb::RawCASResponse>{raw_writes("/tikvpb.Tikv/RawCompareAndSwap")},
    Rpc<kvrpcpb::RawChecksumRequest, kvrpcpb::RawChecksumResponse>{raw_reads("/tikvpb.Tikv/RawChecksum")},
    Rpc<kvrpcpb::UnsafeDestroyRangeRequest, kvrpcpb::UnsafeDestroyRangeResponse>{
        writes("/tikvpb.Tikv/UnsafeDestroyRange")},
    Rpc<kvrpcpb::RegisterLockObserverRequest, kvrpcpb::RegisterLockObserverResponse>{
        writes("/tikvpb.Tikv/RegisterLockObserver")},
    Rpc<kvrpcpb::CheckLockObserverRequest, kvrpcpb::CheckLockObserverResponse>{reads("/tikvpb.Tikv/CheckLockObserver")},
    Rpc<kvrpcpb::RemoveLockObserverRequest, kvrpcpb::RemoveLockObserverResponse>{
        writes("/tikvpb.Tikv/RemoveLockObserver")},
    Rpc<kvrpcpb::PhysicalScanLockRequest, kvrpcpb::PhysicalScanLockResponse>{reads("/tikvpb.Tikv/PhysicalScanLock")},
    Rpc<kvrpcpb::StoreSafeTSRequest, kvrpcpb::StoreSafeTSResponse>{reads("/tikvpb.Tikv/GetStoreSafeTS")},
    Rpc<kvrpcpb::GetLockWaitInfoRequest, kvrpcpb::GetLockWaitInfoResponse>{reads("/tikvpb.Tikv/GetLockWaitInfo")},
    Rpc<kvrpcpb::GetHealthFeedbackRequest, kvrpcpb::GetHealthFeedbackResponse>{
        reads("/tikvpb.Tikv/GetHealthFeedback", 39)},
    Rpc<kvrpcpb::BroadcastTxnStatusRequest, kvrpcpb::BroadcastTxnStatusResponse>{
        writes("/tikvpb.Tikv/BroadcastTxnStatus", 40)},
    Rpc<coprocessor::Request, coprocessor::Response>{follower_reads("/tikvpb.Tikv/Coprocessor", 22)},
    Rpc<coprocessor::BatchRequest, coprocessor::BatchResponse>{
        streams(Streaming::kServer, follower_reads("/tikvpb.Tikv/BatchCoprocessor"))},
    Rpc<mpp::DispatchTaskRequest, mpp::DispatchTaskResponse>{writes("/tikvpb.Tikv/DispatchMPPTask")},
    Rpc<mpp::EstablishMPPConnectionRequest, mpp::MPPDataPacket>{
        streams(Streaming::kServer, writes("/tikvpb.Tikv/EstablishMPPConnection"))},
    Rpc<mpp::CancelTaskRequest, mpp::CancelTaskResponse>{writes("/tikvpb.Tikv/CancelMPPTask")},
    Rpc<mpp::IsAliveRequest, mpp::IsAliveResponse>{reads("/tikvpb.Tikv/IsAlive")},
    Rpc<kvrpcpb::MvccGetByKeyRequest, kvrpcpb::MvccGetByKeyResponse>{reads("/tikvpb.Tikv/MvccGetByKey")},
    Rpc<kvrpcpb::MvccGetByStartTsRequest, kvrpcpb::MvccGetByStartTsResponse>{reads("/tikvpb.Tikv/MvccGetByStartTs")},
    Rpc<kvrpcpb::SplitRegionRequest, kvrpcpb::SplitRegionResponse>{writes("/tikvpb.Tikv/SplitRegion")},
    Rpc<debugpb::GetRegionPropertiesRequest, debugpb::GetRegionPropertiesResponse>{
        reads("/debugpb.Debug/GetRegionProperties")},
    Rpc<kvrpcpb::CompactRequest, kvrpcpb::CompactResponse>{writes("/tikvpb.Tikv/Compact")},
    Rpc<kvrpcpb::TiFlashSystemTableRequest, kvrpcpb::TiFlashSystemTableResponse>{
        reads("/tikvpb.Tikv/GetTiFlashSystemTable")},
    Rpc<tikvpb::BatchCommandsEmptyRequest, tikvpb::BatchCommandsEmptyResponse>{reads("", 255)},
    // The stream that carries the arms.
    Rpc<tikvpb::BatchCommandsRequest, tikvpb::BatchCommandsResponse>{
        streams(Streaming::kBoth, writes("/tikvpb.Tikv/BatchCommands"))},
};

// Methods that share a request with a row above.
inline constexpr Rpc<coprocessor::Request, coprocessor::Response> kCoprocessorStream{
    streams(Streaming::kServer, follower_reads("/tikvpb.Tikv/CoprocessorStream"))};

template <class Request>
  requires requires { row_of<Request>(kTikvMethods); }
struct MethodOf<Request> {
  using Response = typename decltype(row_of<Request>(kTikvMethods))::Response;
  static constexpr Method method = row_of<Request>(kTikvMethods).method;
};

}  // namespace tikv::proto
