#include "proto/key_fields.h"

#include <algorithm>

namespace tikv::proto {
namespace {

using enum KeyRole;

// Sorted by message. Whether an empty key means "none" follows client-go's codec for API version 2
// (internal/apicodec/codec_v2.go) and, where it has no rule, TiKV's use of the field.
constexpr KeyField kKeyFields[] = {
    {"coprocessor.KeyRange", "start", kStart},
    {"coprocessor.KeyRange", "end", kEnd},
    {"deadlock.WaitForEntry", "key", kKey},
    {"errorpb.BucketVersionNotMatch", "keys", kBucketKeys},
    {"errorpb.KeyNotInRegion", "key", kKey},
    {"errorpb.KeyNotInRegion", "start_key", kRegionStart},
    {"errorpb.KeyNotInRegion", "end_key", kRegionEnd},
    {"kvrpcpb.AlreadyExist", "key", kKey},
    {"kvrpcpb.AssertionFailed", "key", kKey},
    {"kvrpcpb.BatchGetRequest", "keys", kKey},
    {"kvrpcpb.BatchRollbackRequest", "keys", kKey},
    {"kvrpcpb.BufferBatchGetRequest", "keys", kKey},
    {"kvrpcpb.CheckSecondaryLocksRequest", "keys", kKey},
    {"kvrpcpb.CheckTxnStatusRequest", "primary_key", kKey},
    {"kvrpcpb.CleanupRequest", "key", kKey},
    {"kvrpcpb.CommitRequest", "keys", kKey},
    {"kvrpcpb.CommitRequest", "primary_key", kOptionalKey},
    {"kvrpcpb.CommitTsExpired", "key", kKey},
    {"kvrpcpb.Deadlock", "lock_key", kKey},
    {"kvrpcpb.Deadlock", "deadlock_key", kOptionalKey},
    {"kvrpcpb.DeleteRangeRequest", "start_key", kStart},
    {"kvrpcpb.DeleteRangeRequest", "end_key", kEnd},
    {"kvrpcpb.FlashbackToVersionRequest", "start_key", kStart},
    {"kvrpcpb.FlashbackToVersionRequest", "end_key", kEnd},
    {"kvrpcpb.FlushRequest", "primary_key", kOptionalKey},
    {"kvrpcpb.GetRequest", "key", kKey},
    {"kvrpcpb.KeyRange", "start_key", kStart},
    {"kvrpcpb.KeyRange", "end_key", kEnd},
    {"kvrpcpb.KvPair", "key", kOptionalKey},
    {"kvrpcpb.LockInfo", "primary_lock", kOptionalKey},
    {"kvrpcpb.LockInfo", "key", kOptionalKey},
    {"kvrpcpb.LockInfo", "secondaries", kKey},
    {"kvrpcpb.LockUpgradeConflict", "key", kKey},
    {"kvrpcpb.Mutation", "key", kKey},
    {"kvrpcpb.MvccDebugInfo", "key", kKey},
    {"kvrpcpb.MvccGetByKeyRequest", "key", kKey},
    {"kvrpcpb.MvccGetByStartTsResponse", "key", kOptionalKey},
    {"kvrpcpb.MvccLock", "primary", kOptionalKey},
    {"kvrpcpb.MvccLock", "secondaries", kOptionalKey},
    {"kvrpcpb.PessimisticLockRequest", "primary_lock", kKey},
    {"kvrpcpb.PessimisticRollbackRequest", "keys", kKey},
    {"kvrpcpb.PhysicalScanLockRequest", "start_key", kStart},
    {"kvrpcpb.PrepareFlashbackToVersionRequest", "start_key", kStart},
    {"kvrpcpb.PrepareFlashbackToVersionRequest", "end_key", kEnd},
    {"kvrpcpb.PrewriteRequest", "primary_lock", kKey},
    {"kvrpcpb.PrewriteRequest", "secondaries", kKey},
    {"kvrpcpb.RawBatchDeleteRequest", "keys", kKey},
    {"kvrpcpb.RawBatchGetRequest", "keys", kKey},
    {"kvrpcpb.RawCASRequest", "key", kKey},
    {"kvrpcpb.RawDeleteRangeRequest", "start_key", kStart},
    {"kvrpcpb.RawDeleteRangeRequest", "end_key", kEnd},
    {"kvrpcpb.RawDeleteRequest", "key", kKey},
    {"kvrpcpb.RawGetKeyTTLRequest", "key", kKey},
    {"kvrpcpb.RawGetRequest", "key", kKey},
    {"kvrpcpb.RawPutRequest", "key", kKey},
    {"kvrpcpb.RawScanRequest", "start_key", kScanStart},
    {"kvrpcpb.RawScanRequest", "end_key", kScanEnd},
    {"kvrpcpb.ResolveLockRequest", "keys", kKey},
    {"kvrpcpb.ScanLockRequest", "start_key", kStart},
    {"kvrpcpb.ScanLockRequest", "end_key", kEnd},
    {"kvrpcpb.ScanRequest", "start_key", kScanStart},
    {"kvrpcpb.ScanRequest", "end_key", kScanEnd},
    {"kvrpcpb.SharedLockLost", "key", kKey},
    {"kvrpcpb.SplitRegionRequest", "split_keys", kKey},
    {"kvrpcpb.TxnHeartBeatRequest", "primary_lock", kKey},
    {"kvrpcpb.TxnLockNotFound", "key", kKey},
    {"kvrpcpb.TxnNotFound", "primary_key", kKey},
    {"kvrpcpb.UnsafeDestroyRangeRequest", "start_key", kStart},
    {"kvrpcpb.UnsafeDestroyRangeRequest", "end_key", kEnd},
    {"kvrpcpb.WriteConflict", "key", kOptionalKey},
    {"kvrpcpb.WriteConflict", "primary", kOptionalKey},
    {"metapb.Region", "start_key", kRegionStart},
    {"metapb.Region", "end_key", kRegionEnd},
};
static_assert(std::ranges::is_sorted(kKeyFields, {}, &KeyField::message));

}  // namespace

std::span<const KeyField> key_fields() { return kKeyFields; }

std::span<const KeyField> key_fields_of(std::string_view message) {
  const auto found = std::ranges::equal_range(kKeyFields, message, {}, &KeyField::message);
  return {found.begin(), found.end()};
}

}  // namespace tikv::proto
