#include "testkit/cluster/store_methods.h"

#include <tikv/proto/coprocessor.pb.h>
#include <tikv/proto/debugpb.pb.h>
#include <tikv/proto/mpp.pb.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "proto/tikv_methods.h"

namespace tikv::testing::cluster {

namespace kvrpcpb = proto::kvrpcpb;
using store::KvStore;
using store::RegionSource;

namespace {

template <class Request>
concept KeysAnswer =
    requires(KvStore& keys, const store::RegionView& region, const Request& request) { keys.handle(region, request); };

template <class Request>
void execute_on_keys(KvStore& keys, const RegionSource& regions, const Message& request, ReplyFn reply) {
  auto response = store::answer(keys, regions, static_cast<const Request&>(request));
  reply(RpcReply::of(std::make_unique<decltype(response)>(std::move(response))));
}

void execute_pessimistic_lock(KvStore& keys, const RegionSource& regions, const Message& request, ReplyFn reply) {
  store::answer(keys, regions, static_cast<const kvrpcpb::PessimisticLockRequest&>(request),
                [reply = std::move(reply)](kvrpcpb::PessimisticLockResponse response) mutable {
                  reply(RpcReply::of(std::make_unique<kvrpcpb::PessimisticLockResponse>(std::move(response))));
                });
}

void execute_destroy_range(KvStore& keys, const RegionSource&, const Message& request, ReplyFn reply) {
  auto response = keys.handle(static_cast<const kvrpcpb::UnsafeDestroyRangeRequest&>(request));
  reply(RpcReply::of(std::make_unique<kvrpcpb::UnsafeDestroyRangeResponse>(std::move(response))));
}

template <class Request>
constexpr auto executor() -> decltype(StoreMethod::execute) {
  if constexpr (std::is_same_v<Request, kvrpcpb::PessimisticLockRequest>) return execute_pessimistic_lock;
  if constexpr (std::is_same_v<Request, kvrpcpb::UnsafeDestroyRangeRequest>) return execute_destroy_range;
  if constexpr (KeysAnswer<Request>) return execute_on_keys<Request>;
  return nullptr;
}

template <class Request>
std::unique_ptr<Message> new_message() {
  return std::make_unique<Request>();
}

template <class Request>
const kvrpcpb::Context* context_of(const Message& request) {
  return &static_cast<const Request&>(request).context();
}

template <class Response>
std::unique_ptr<Message> with_region_error(const proto::errorpb::Error& error) {
  auto response = std::make_unique<Response>();
  *response->mutable_region_error() = error;
  return response;
}

template <class Response>
bool has_region_error(const Message& response) {
  return static_cast<const Response&>(response).has_region_error();
}

template <class Request, class Response>
StoreMethod make_method(std::string_view path) {
  StoreMethod method{.path = path,
                     .new_request = new_message<Request>,
                     .context = nullptr,
                     .region_error = nullptr,
                     .refused = nullptr,
                     .execute = executor<Request>()};
  if constexpr (proto::HasContext<Request>) method.context = context_of<Request>;
  if constexpr (proto::HasRegionError<Response>) {
    method.region_error = with_region_error<Response>;
    method.refused = has_region_error<Response>;
  }
  return method;
}

constexpr std::string_view kBatchScan = "/tikvpb.Tikv/RawBatchScan";
constexpr std::string_view kReadIndex = "/tikvpb.Tikv/ReadIndex";

using Methods = std::unordered_map<std::string_view, StoreMethod>;

Methods make_methods() {
  Methods methods;
  proto::for_each_row(proto::kTikvMethods,
                      [&methods]<class Request, class Response>(const proto::Rpc<Request, Response>& row) {
                        if (row.method.path.empty() || row.method.streaming != proto::Streaming::kNone) return;
                        methods.emplace(row.method.path, make_method<Request, Response>(row.method.path));
                      });
  // Not sent by the client, but part of a store.
  methods.emplace(kBatchScan, make_method<kvrpcpb::RawBatchScanRequest, kvrpcpb::RawBatchScanResponse>(kBatchScan));
  methods.emplace(kReadIndex, make_method<kvrpcpb::ReadIndexRequest, kvrpcpb::ReadIndexResponse>(kReadIndex));
  return methods;
}

const Methods& methods() {
  static const Methods table = make_methods();
  return table;
}

template <class Response>
Response& typed(Message& message) {
  return static_cast<Response&>(message);
}

// The accessors' names follow the fields', which say what the arms are.
#define TIKV_ARM(method, field, number)                                             \
  BatchArm {                                                                        \
    BatchRequest::k##number, "/tikvpb.Tikv/" method,                                \
        [](const BatchRequest& batch) -> const Message& { return batch.field(); },  \
        [](BatchResponse& batch, Message& response) {                               \
          auto& arm = *batch.mutable_##field();                                     \
          arm = std::move(typed<std::remove_reference_t<decltype(arm)>>(response)); \
        }                                                                           \
  }

constexpr std::array kArms = {
    TIKV_ARM("KvGet", get, Get),
    TIKV_ARM("KvScan", scan, Scan),
    TIKV_ARM("KvPrewrite", prewrite, Prewrite),
    TIKV_ARM("KvCommit", commit, Commit),
    TIKV_ARM("KvCleanup", cleanup, Cleanup),
    TIKV_ARM("KvBatchGet", batchget, BatchGet),
    TIKV_ARM("KvBatchRollback", batchrollback, BatchRollback),
    TIKV_ARM("KvScanLock", scanlock, ScanLock),
    TIKV_ARM("KvResolveLock", resolvelock, ResolveLock),
    TIKV_ARM("KvGC", gc, GC),
    TIKV_ARM("KvDeleteRange", deleterange, DeleteRange),
    TIKV_ARM("RawGet", rawget, RawGet),
    TIKV_ARM("RawBatchGet", rawbatchget, RawBatchGet),
    TIKV_ARM("RawPut", rawput, RawPut),
    TIKV_ARM("RawBatchPut", rawbatchput, RawBatchPut),
    TIKV_ARM("RawDelete", rawdelete, RawDelete),
    TIKV_ARM("RawBatchDelete", rawbatchdelete, RawBatchDelete),
    TIKV_ARM("RawScan", rawscan, RawScan),
    TIKV_ARM("RawDeleteRange", rawdeleterange, RawDeleteRange),
    TIKV_ARM("RawBatchScan", rawbatchscan, RawBatchScan),
    TIKV_ARM("Coprocessor", coprocessor, Coprocessor),
    TIKV_ARM("KvPessimisticLock", pessimisticlock, PessimisticLock),
    TIKV_ARM("KVPessimisticRollback", pessimisticrollback, PessimisticRollback),
    TIKV_ARM("KvCheckTxnStatus", checktxnstatus, CheckTxnStatus),
    TIKV_ARM("KvTxnHeartBeat", txnheartbeat, TxnHeartBeat),
    TIKV_ARM("KvCheckSecondaryLocks", checksecondarylocks, CheckSecondaryLocks),
    TIKV_ARM("KvFlashbackToVersion", flashbacktoversion, FlashbackToVersion),
    TIKV_ARM("KvPrepareFlashbackToVersion", prepareflashbacktoversion, PrepareFlashbackToVersion),
    TIKV_ARM("KvFlush", flush, Flush),
    TIKV_ARM("KvBufferBatchGet", bufferbatchget, BufferBatchGet),
    TIKV_ARM("GetHealthFeedback", gethealthfeedback, GetHealthFeedback),
    TIKV_ARM("BroadcastTxnStatus", broadcasttxnstatus, BroadcastTxnStatus),
};

#undef TIKV_ARM

}  // namespace

const StoreMethod* find_store_method(std::string_view path) {
  const auto found = methods().find(path);
  return found == methods().end() ? nullptr : &found->second;
}

const BatchArm* find_batch_arm(BatchRequest::CmdCase number) {
  const auto found =
      std::find_if(kArms.begin(), kArms.end(), [number](const BatchArm& arm) { return arm.number == number; });
  return found == kArms.end() ? nullptr : &*found;
}

}  // namespace tikv::testing::cluster
