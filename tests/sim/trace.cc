#include "trace.h"

#include <tikv/proto/errorpb.pb.h>
#include <tikv/proto/kvrpcpb.pb.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace tikv::testing {
namespace {

namespace kvrpcpb = proto::kvrpcpb;

std::string list(const google::protobuf::RepeatedPtrField<std::string>& keys) {
  std::string text;
  for (const std::string& key : keys) text += " " + key;
  return text;
}

std::string number(std::uint64_t value) { return std::to_string(value); }

// What is worth reading of a request.
std::string text(const kvrpcpb::GetRequest& r) { return r.key() + " at " + number(r.version()); }
std::string text(const kvrpcpb::BatchGetRequest& r) { return list(r.keys()) + " at " + number(r.version()); }
std::string text(const kvrpcpb::ScanRequest& r) {
  return (r.reverse() ? "back from " : "from ") + r.start_key() + " to " + r.end_key() + " at " + number(r.version());
}
std::string text(const kvrpcpb::PrewriteRequest& r) {
  std::string all = number(r.start_version()) + ", primary " + r.primary_lock() + ":";
  for (const auto& mutation : r.mutations()) all += " " + kvrpcpb::Op_Name(mutation.op()) + " " + mutation.key();
  return all;
}
std::string text(const kvrpcpb::CommitRequest& r) {
  return number(r.start_version()) + " as of " + number(r.commit_version()) + ":" + list(r.keys());
}
std::string text(const kvrpcpb::BatchRollbackRequest& r) { return number(r.start_version()) + ":" + list(r.keys()); }
std::string text(const kvrpcpb::CheckTxnStatusRequest& r) {
  return number(r.lock_ts()) + ", primary " + r.primary_key();
}
std::string text(const kvrpcpb::ResolveLockRequest& r) {
  return number(r.start_version()) + " as of " + number(r.commit_version()) + ":" + list(r.keys());
}
std::string text(const kvrpcpb::TxnHeartBeatRequest& r) { return number(r.start_version()); }
std::string text(const kvrpcpb::RawGetRequest& r) { return r.key(); }
std::string text(const kvrpcpb::RawPutRequest& r) { return r.key() + " = " + r.value(); }
std::string text(const kvrpcpb::RawDeleteRequest& r) { return r.key(); }
std::string text(const kvrpcpb::RawBatchGetRequest& r) { return list(r.keys()); }
std::string text(const kvrpcpb::RawBatchPutRequest& r) {
  std::string all;
  for (const auto& pair : r.pairs()) all += (all.empty() ? "" : " ") + pair.key() + "=" + pair.value();
  return all;
}
std::string text(const kvrpcpb::RawBatchDeleteRequest& r) { return list(r.keys()); }
std::string text(const kvrpcpb::RawCASRequest& r) {
  return r.key() + " = " + r.value() + " if " + (r.previous_not_exist() ? "absent" : r.previous_value());
}
std::string text(const kvrpcpb::RawDeleteRangeRequest& r) { return r.start_key() + " to " + r.end_key(); }
std::string text(const kvrpcpb::RawScanRequest& r) {
  return (r.reverse() ? "back from " : "from ") + r.start_key() + " to " + r.end_key();
}

std::string region_error(const proto::errorpb::Error& error) { return "region error: " + error.message(); }

// And of an answer.
std::string key_error(const kvrpcpb::KeyError& error) {
  if (error.has_locked()) {
    return error.locked().key() + " locked by " + number(error.locked().lock_version()) + ", primary " +
           error.locked().primary_lock() + ", ttl " + number(error.locked().lock_ttl());
  }
  if (error.has_conflict()) return "conflict with " + number(error.conflict().conflict_commit_ts());
  if (error.has_txn_lock_not_found()) return "no such lock";
  if (error.has_commit_ts_expired()) return "commit timestamp expired";
  if (error.has_already_exist()) return "exists";
  return "error " + error.abort() + error.retryable();
}
std::string answer(const kvrpcpb::GetResponse& r) {
  if (r.has_error()) return key_error(r.error());
  return r.not_found() ? "nothing" : "'" + r.value() + "'";
}
std::string pairs(const google::protobuf::RepeatedPtrField<kvrpcpb::KvPair>& all) {
  std::string out;
  for (const auto& pair : all)
    out += pair.has_error() ? key_error(pair.error()) + " " : pair.key() + "=" + pair.value() + " ";
  return out;
}
std::string answer(const kvrpcpb::BatchGetResponse& r) {
  return (r.has_error() ? key_error(r.error()) + " " : "") + pairs(r.pairs());
}
std::string answer(const kvrpcpb::ScanResponse& r) {
  return (r.has_error() ? key_error(r.error()) + " " : "") + pairs(r.pairs());
}
std::string answer(const kvrpcpb::PrewriteResponse& r) {
  std::string out = r.errors().empty() ? "done" : "";
  for (const auto& error : r.errors()) out += key_error(error) + " ";
  return out;
}
std::string answer(const kvrpcpb::CommitResponse& r) { return r.has_error() ? key_error(r.error()) : "done"; }
std::string answer(const kvrpcpb::BatchRollbackResponse& r) { return r.has_error() ? key_error(r.error()) : "done"; }
std::string answer(const kvrpcpb::CheckTxnStatusResponse& r) {
  if (r.has_error()) return key_error(r.error());
  return kvrpcpb::Action_Name(r.action()) + ", ttl " + number(r.lock_ttl()) + ", committed at " +
         number(r.commit_version());
}
std::string answer(const kvrpcpb::ResolveLockResponse& r) { return r.has_error() ? key_error(r.error()) : "done"; }
std::string answer(const kvrpcpb::TxnHeartBeatResponse& r) { return r.has_error() ? key_error(r.error()) : "done"; }
std::string answer(const kvrpcpb::RawGetResponse& r) { return r.not_found() ? "nothing" : "'" + r.value() + "'"; }
std::string answer(const kvrpcpb::RawPutResponse& r) { return r.error().empty() ? "done" : r.error(); }
std::string answer(const kvrpcpb::RawDeleteResponse& r) { return r.error().empty() ? "done" : r.error(); }
std::string answer(const kvrpcpb::RawBatchGetResponse& r) { return pairs(r.pairs()); }
std::string answer(const kvrpcpb::RawBatchPutResponse& r) { return r.error().empty() ? "done" : r.error(); }
std::string answer(const kvrpcpb::RawBatchDeleteResponse& r) { return r.error().empty() ? "done" : r.error(); }
std::string answer(const kvrpcpb::RawCASResponse& r) {
  return std::string(r.succeed() ? "swapped" : "not swapped") + ", was " +
         (r.previous_not_exist() ? "nothing" : "'" + r.previous_value() + "'");
}
std::string answer(const kvrpcpb::RawDeleteRangeResponse& r) { return r.error().empty() ? "done" : r.error(); }
std::string answer(const kvrpcpb::RawScanResponse& r) { return pairs(r.kvs()); }

template <class Request>
std::string request_text(const std::string& bytes) {
  Request request;
  return request.ParseFromString(bytes) ? text(request) : "?";
}

template <class Response>
std::string answer_text(const google::protobuf::MessageLite& message) {
  const auto& response = static_cast<const Response&>(message);
  return response.has_region_error() ? region_error(response.region_error()) : answer(response);
}

struct Row {
  std::string_view path;
  std::string (*request)(const std::string& bytes);
  std::string (*answer)(const google::protobuf::MessageLite& message);
};

template <class Request, class Response>
constexpr Row row(std::string_view path) {
  return {path, request_text<Request>, answer_text<Response>};
}

constexpr std::array kRows = {
    row<kvrpcpb::GetRequest, kvrpcpb::GetResponse>("/tikvpb.Tikv/KvGet"),
    row<kvrpcpb::BatchGetRequest, kvrpcpb::BatchGetResponse>("/tikvpb.Tikv/KvBatchGet"),
    row<kvrpcpb::ScanRequest, kvrpcpb::ScanResponse>("/tikvpb.Tikv/KvScan"),
    row<kvrpcpb::PrewriteRequest, kvrpcpb::PrewriteResponse>("/tikvpb.Tikv/KvPrewrite"),
    row<kvrpcpb::CommitRequest, kvrpcpb::CommitResponse>("/tikvpb.Tikv/KvCommit"),
    row<kvrpcpb::BatchRollbackRequest, kvrpcpb::BatchRollbackResponse>("/tikvpb.Tikv/KvBatchRollback"),
    row<kvrpcpb::CheckTxnStatusRequest, kvrpcpb::CheckTxnStatusResponse>("/tikvpb.Tikv/KvCheckTxnStatus"),
    row<kvrpcpb::ResolveLockRequest, kvrpcpb::ResolveLockResponse>("/tikvpb.Tikv/KvResolveLock"),
    row<kvrpcpb::TxnHeartBeatRequest, kvrpcpb::TxnHeartBeatResponse>("/tikvpb.Tikv/KvTxnHeartBeat"),
    row<kvrpcpb::RawGetRequest, kvrpcpb::RawGetResponse>("/tikvpb.Tikv/RawGet"),
    row<kvrpcpb::RawPutRequest, kvrpcpb::RawPutResponse>("/tikvpb.Tikv/RawPut"),
    row<kvrpcpb::RawDeleteRequest, kvrpcpb::RawDeleteResponse>("/tikvpb.Tikv/RawDelete"),
    row<kvrpcpb::RawBatchGetRequest, kvrpcpb::RawBatchGetResponse>("/tikvpb.Tikv/RawBatchGet"),
    row<kvrpcpb::RawBatchPutRequest, kvrpcpb::RawBatchPutResponse>("/tikvpb.Tikv/RawBatchPut"),
    row<kvrpcpb::RawBatchDeleteRequest, kvrpcpb::RawBatchDeleteResponse>("/tikvpb.Tikv/RawBatchDelete"),
    row<kvrpcpb::RawCASRequest, kvrpcpb::RawCASResponse>("/tikvpb.Tikv/RawCompareAndSwap"),
    row<kvrpcpb::RawDeleteRangeRequest, kvrpcpb::RawDeleteRangeResponse>("/tikvpb.Tikv/RawDeleteRange"),
    row<kvrpcpb::RawScanRequest, kvrpcpb::RawScanResponse>("/tikvpb.Tikv/RawScan"),
};

const Row* find(std::string_view path) {
  for (const Row& one : kRows) {
    if (one.path == path) return &one;
  }
  return nullptr;
}

std::string name_of(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

class Trace final : public memory::Tap {
 public:
  Trace(World& world, std::unique_ptr<memory::Tap> inner) : world_(world), inner_(std::move(inner)) {}

  std::optional<cluster::RpcReply> on_request(const cluster::ServerId& server, std::string_view path,
                                              std::string& request) override {
    std::optional<cluster::RpcReply> instead;
    if (inner_) instead = inner_->on_request(server, path, request);
    world_.tell([&] {
      const Row* row = find(path);
      return "  > " + world_.model().address(server) + " " + name_of(path) + " " +
             (row == nullptr ? std::string() : row->request(request)) +
             (instead ? " (answered by what is planted)" : "");
    });
    return instead;
  }

  void on_reply(const cluster::ServerId& server, std::string_view path, const std::string& request,
                cluster::RpcReply& reply) override {
    if (inner_) inner_->on_reply(server, path, request, reply);
    world_.tell([&] {
      const Row* row = find(path);
      std::string what = reply.broken ? "connection broken" : "status " + std::to_string(static_cast<int>(reply.code));
      if (reply.ok()) what = row == nullptr ? "ok" : row->answer(*reply.response);
      const std::string asked = row == nullptr ? std::string() : row->request(request);
      return "  < " + world_.model().address(server) + " " + name_of(path) + " " + asked + ": " + what;
    });
  }

 private:
  World& world_;
  std::unique_ptr<memory::Tap> inner_;
};

}  // namespace

std::unique_ptr<memory::Tap> trace_requests(World& world, std::unique_ptr<memory::Tap> inner) {
  return std::make_unique<Trace>(world, std::move(inner));
}

}  // namespace tikv::testing
