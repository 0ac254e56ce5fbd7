#include "testkit/store/dispatch.h"

#include <algorithm>
#include <array>

namespace tikv::testing::store {

using namespace proto::kvrpcpb;

namespace {

template <class Request>
void run(KvStore& store, const RegionSource& regions, const std::string& bytes, CallDone done) {
  Request request;
  if (!request.ParseFromString(bytes)) return done(CallStatus::kMalformed, {});
  done(CallStatus::kOk, answer(store, regions, request).SerializeAsString());
}

template <>
void run<PessimisticLockRequest>(KvStore& store, const RegionSource& regions, const std::string& bytes, CallDone done) {
  PessimisticLockRequest request;
  if (!request.ParseFromString(bytes)) return done(CallStatus::kMalformed, {});
  answer(store, regions, request, [done = std::move(done)](PessimisticLockResponse response) mutable {
    done(CallStatus::kOk, response.SerializeAsString());
  });
}

/// A store-wide request: no region is asked.
template <class Request>
void run_storewide(KvStore& store, const RegionSource&, const std::string& bytes, CallDone done) {
  Request request;
  if (!request.ParseFromString(bytes)) return done(CallStatus::kMalformed, {});
  done(CallStatus::kOk, store.handle(request).SerializeAsString());
}

struct Method {
  std::string_view name;
  void (*run)(KvStore&, const RegionSource&, const std::string&, CallDone);
};

constexpr std::array kMethods = {
    Method{"BroadcastTxnStatus", run_storewide<BroadcastTxnStatusRequest>},
    Method{"KVPessimisticRollback", run<PessimisticRollbackRequest>},
    Method{"KvBatchGet", run<BatchGetRequest>},
    Method{"KvBatchRollback", run<BatchRollbackRequest>},
    Method{"KvBufferBatchGet", run<BufferBatchGetRequest>},
    Method{"KvCheckSecondaryLocks", run<CheckSecondaryLocksRequest>},
    Method{"KvCheckTxnStatus", run<CheckTxnStatusRequest>},
    Method{"KvCleanup", run<CleanupRequest>},
    Method{"KvCommit", run<CommitRequest>},
    Method{"KvDeleteRange", run<DeleteRangeRequest>},
    Method{"KvFlush", run<FlushRequest>},
    Method{"KvGet", run<GetRequest>},
    Method{"KvPessimisticLock", run<PessimisticLockRequest>},
    Method{"KvPrewrite", run<PrewriteRequest>},
    Method{"KvResolveLock", run<ResolveLockRequest>},
    Method{"KvScan", run<ScanRequest>},
    Method{"KvScanLock", run<ScanLockRequest>},
    Method{"KvTxnHeartBeat", run<TxnHeartBeatRequest>},
    Method{"MvccGetByKey", run<MvccGetByKeyRequest>},
    Method{"MvccGetByStartTs", run<MvccGetByStartTsRequest>},
    Method{"RawBatchDelete", run<RawBatchDeleteRequest>},
    Method{"RawBatchGet", run<RawBatchGetRequest>},
    Method{"RawBatchPut", run<RawBatchPutRequest>},
    Method{"RawBatchScan", run<RawBatchScanRequest>},
    Method{"RawChecksum", run<RawChecksumRequest>},
    Method{"RawCompareAndSwap", run<RawCASRequest>},
    Method{"RawDelete", run<RawDeleteRequest>},
    Method{"RawDeleteRange", run<RawDeleteRangeRequest>},
    Method{"RawGet", run<RawGetRequest>},
    Method{"RawGetKeyTTL", run<RawGetKeyTTLRequest>},
    Method{"RawPut", run<RawPutRequest>},
    Method{"RawScan", run<RawScanRequest>},
    Method{"UnsafeDestroyRange", run_storewide<UnsafeDestroyRangeRequest>},
};

const Method* find_method(std::string_view name) {
  const auto found = std::ranges::find(kMethods, name, &Method::name);
  return found == kMethods.end() ? nullptr : &*found;
}

}  // namespace

bool is_implemented(std::string_view method) { return find_method(method) != nullptr; }

std::vector<std::string_view> implemented_methods() {
  std::vector<std::string_view> names;
  for (const Method& method : kMethods) names.push_back(method.name);
  return names;
}

void call(KvStore& store, const RegionSource& regions, std::string_view method, const std::string& request,
          CallDone done) {
  const Method* found = find_method(method);
  if (found == nullptr) return done(CallStatus::kUnimplemented, {});
  found->run(store, regions, request, std::move(done));
}

void answer(KvStore& store, const RegionSource& regions, const PessimisticLockRequest& request,
            std::move_only_function<void(PessimisticLockResponse)> done) {
  const std::optional<RegionView> region = regions.find_region(request.context().region_id());
  if (auto error = check_context(request.context(), region ? &*region : nullptr, regions.store_id())) {
    PessimisticLockResponse response;
    *response.mutable_region_error() = *std::move(error);
    return done(std::move(response));
  }
  store.handle(*region, request, std::move(done));
}

}  // namespace tikv::testing::store
