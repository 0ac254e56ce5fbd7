#pragma once

#include <tikv/proto/kvrpcpb.pb.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "testkit/store/api_version.h"
#include "testkit/store/environment.h"
#include "testkit/store/lock_waits.h"
#include "testkit/store/mvcc_reader.h"
#include "testkit/store/mvcc_txn.h"
#include "testkit/store/raw_kv.h"
#include "testkit/store/region_view.h"
#include "testkit/store/txn_state.h"

namespace tikv::testing::store {

struct KvStoreOptions {
  StorageApi api = StorageApi::kV1;
  /// TiKV's storage.max-key-size, of the key as it is kept.
  std::size_t max_key_bytes = 8 * 1024;
};

/// The keys of a TiKV store, in memory: transactions with TiKV's Percolator rules, and raw keys. It gives the answers
/// that TiKV gives; tests/conformance holds it to recorded ones.
///
/// Who calls serialises the calls, has checked the context (`check_context`) and says which region the request goes to.
/// All regions share one set of records, so that a split or a merge moves nothing. No call blocks; the one request that
/// may wait, for a pessimistic lock, answers through a callback, which may run inside another request's call.
class KvStore {
 public:
  KvStore(KvStoreOptions options, Environment& environment);

  // Snapshot reads.
  proto::kvrpcpb::GetResponse handle(const RegionView& region, const proto::kvrpcpb::GetRequest& request);
  proto::kvrpcpb::BatchGetResponse handle(const RegionView& region, const proto::kvrpcpb::BatchGetRequest& request);
  proto::kvrpcpb::ScanResponse handle(const RegionView& region, const proto::kvrpcpb::ScanRequest& request);
  proto::kvrpcpb::BufferBatchGetResponse handle(const RegionView& region,
                                                const proto::kvrpcpb::BufferBatchGetRequest& request);
  proto::kvrpcpb::ScanLockResponse handle(const RegionView& region, const proto::kvrpcpb::ScanLockRequest& request);
  proto::kvrpcpb::MvccGetByKeyResponse handle(const RegionView& region,
                                              const proto::kvrpcpb::MvccGetByKeyRequest& request);
  proto::kvrpcpb::MvccGetByStartTsResponse handle(const RegionView& region,
                                                  const proto::kvrpcpb::MvccGetByStartTsRequest& request);

  // Transactions.
  proto::kvrpcpb::PrewriteResponse handle(const RegionView& region, const proto::kvrpcpb::PrewriteRequest& request);
  proto::kvrpcpb::FlushResponse handle(const RegionView& region, const proto::kvrpcpb::FlushRequest& request);
  proto::kvrpcpb::CommitResponse handle(const RegionView& region, const proto::kvrpcpb::CommitRequest& request);
  proto::kvrpcpb::BatchRollbackResponse handle(const RegionView& region,
                                               const proto::kvrpcpb::BatchRollbackRequest& request);
  proto::kvrpcpb::CleanupResponse handle(const RegionView& region, const proto::kvrpcpb::CleanupRequest& request);
  proto::kvrpcpb::CheckTxnStatusResponse handle(const RegionView& region,
                                                const proto::kvrpcpb::CheckTxnStatusRequest& request);
  proto::kvrpcpb::CheckSecondaryLocksResponse handle(const RegionView& region,
                                                     const proto::kvrpcpb::CheckSecondaryLocksRequest& request);
  proto::kvrpcpb::TxnHeartBeatResponse handle(const RegionView& region,
                                              const proto::kvrpcpb::TxnHeartBeatRequest& request);
  proto::kvrpcpb::ResolveLockResponse handle(const RegionView& region,
                                             const proto::kvrpcpb::ResolveLockRequest& request);
  proto::kvrpcpb::PessimisticRollbackResponse handle(const RegionView& region,
                                                     const proto::kvrpcpb::PessimisticRollbackRequest& request);
  /// Calls `done` once, now or when the lock is released, the wait is over, or a deadlock is found.
  void handle(const RegionView& region, const proto::kvrpcpb::PessimisticLockRequest& request,
              std::move_only_function<void(proto::kvrpcpb::PessimisticLockResponse)> done);
  proto::kvrpcpb::DeleteRangeResponse handle(const RegionView& region,
                                             const proto::kvrpcpb::DeleteRangeRequest& request);
  // Whatever the regions are.
  proto::kvrpcpb::UnsafeDestroyRangeResponse handle(const proto::kvrpcpb::UnsafeDestroyRangeRequest& request);
  proto::kvrpcpb::BroadcastTxnStatusResponse handle(const proto::kvrpcpb::BroadcastTxnStatusRequest& request);

  // Raw keys.
  proto::kvrpcpb::RawGetResponse handle(const RegionView& region, const proto::kvrpcpb::RawGetRequest& request);
  proto::kvrpcpb::RawBatchGetResponse handle(const RegionView& region,
                                             const proto::kvrpcpb::RawBatchGetRequest& request);
  proto::kvrpcpb::RawPutResponse handle(const RegionView& region, const proto::kvrpcpb::RawPutRequest& request);
  proto::kvrpcpb::RawBatchPutResponse handle(const RegionView& region,
                                             const proto::kvrpcpb::RawBatchPutRequest& request);
  proto::kvrpcpb::RawDeleteResponse handle(const RegionView& region, const proto::kvrpcpb::RawDeleteRequest& request);
  proto::kvrpcpb::RawBatchDeleteResponse handle(const RegionView& region,
                                                const proto::kvrpcpb::RawBatchDeleteRequest& request);
  proto::kvrpcpb::RawDeleteRangeResponse handle(const RegionView& region,
                                                const proto::kvrpcpb::RawDeleteRangeRequest& request);
  proto::kvrpcpb::RawScanResponse handle(const RegionView& region, const proto::kvrpcpb::RawScanRequest& request);
  proto::kvrpcpb::RawBatchScanResponse handle(const RegionView& region,
                                              const proto::kvrpcpb::RawBatchScanRequest& request);
  proto::kvrpcpb::RawGetKeyTTLResponse handle(const RegionView& region,
                                              const proto::kvrpcpb::RawGetKeyTTLRequest& request);
  proto::kvrpcpb::RawCASResponse handle(const RegionView& region, const proto::kvrpcpb::RawCASRequest& request);
  proto::kvrpcpb::RawChecksumResponse handle(const RegionView& region,
                                             const proto::kvrpcpb::RawChecksumRequest& request);

  /// A new leader must not let a computed commit_ts fall at or below what the old one's readers have seen: as TiKV asks
  /// PD then, tell it the newest timestamp given out.
  void saw_timestamp(std::uint64_t ts) { state_.saw_read_at(ts); }

  /// Collects garbage: of each key what no read at or above `safe_point` can see. Locks stay.
  void collect_garbage(std::uint64_t safe_point);

  /// Waits for locks in a region that this store no longer leads end as if their time were over.
  void abandon_waits(std::uint64_t region_id) { waits_.abandon(region_id); }
  std::size_t waiting() const { return waits_.size(); }

  /// Keys with any record, for tests.
  std::size_t key_count() const { return data_.size(); }

 private:
  using PessimisticDone = std::move_only_function<void(proto::kvrpcpb::PessimisticLockResponse)>;

  MvccReader reader(const RegionView& region) const { return {data_, region}; }
  void finish(const MvccTxn& txn);
  std::optional<std::unexpected<Failure>> check_mutations(
      const proto::kvrpcpb::Context& context,
      const google::protobuf::RepeatedPtrField<proto::kvrpcpb::Mutation>& mutations) const;
  std::optional<std::unexpected<Failure>> check_raw_key(const proto::kvrpcpb::Context& context,
                                                        const std::string& key) const;
  Outcome<void> resolve_keys(const RegionView& region, const proto::kvrpcpb::ResolveLockRequest& request);
  Outcome<void> resolve_scanned(const RegionView& region, const proto::kvrpcpb::ResolveLockRequest& request);
  Outcome<void> pessimistic_rollback(const RegionView& region,
                                     const proto::kvrpcpb::PessimisticRollbackRequest& request);
  void resume(LockWaiter waiter, std::uint64_t token);
  Outcome<void> raw_put(const RegionView& region, const proto::kvrpcpb::Context& context, const std::string& cf,
                        const std::vector<RawPair>& pairs, bool atomic);
  Outcome<void> raw_delete(const RegionView& region, const proto::kvrpcpb::Context& context, const std::string& cf,
                           const std::vector<std::string>& keys, bool atomic);
  Outcome<std::vector<RawPair>> raw_batch_scan(const RegionView& region,
                                               const proto::kvrpcpb::RawBatchScanRequest& request);

  KvStoreOptions options_;
  MvccData data_;
  TxnState state_;
  RawKv raw_;
  LockWaits waits_;
};

}  // namespace tikv::testing::store
