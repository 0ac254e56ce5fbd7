#pragma once

#include <google/protobuf/message_lite.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace tikv::testing::cluster {

using Message = google::protobuf::MessageLite;

/// gRPC status codes that the cluster answers with.
enum class RpcCode : int {
  kOk = 0,
  kUnknown = 2,
  kInvalidArgument = 3,
  kFailedPrecondition = 9,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
};

/// The end of one request.
struct RpcReply {
  RpcCode code = RpcCode::kOk;
  std::string text;
  /// The connection breaks instead of an answer.
  bool broken = false;
  /// Set if `code` is OK and the connection holds.
  std::unique_ptr<Message> response;

  bool ok() const { return code == RpcCode::kOk && !broken; }
  static RpcReply failed(RpcCode code, std::string text) { return {code, std::move(text), false, nullptr}; }
  static RpcReply of(std::unique_ptr<Message> response) { return {RpcCode::kOk, {}, false, std::move(response)}; }
  static RpcReply connection_broken() { return {RpcCode::kUnavailable, "connection broken by a fault", true, nullptr}; }
};

/// Called once; destroyed without a call, there is never an answer.
using ReplyFn = std::move_only_function<void(RpcReply)>;

/// What comes beside a request.
struct CallInfo {
  /// gRPC metadata "pd-allow-follower-handle": a PD member that is not the leader may answer.
  bool allow_follower = false;
};

}  // namespace tikv::testing::cluster
