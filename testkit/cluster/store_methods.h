#pragma once

#include <tikv/proto/errorpb.pb.h>
#include <tikv/proto/kvrpcpb.pb.h>
#include <tikv/proto/tikvpb.pb.h>

#include <memory>
#include <string_view>

#include "testkit/cluster/rpc.h"
#include "testkit/store/dispatch.h"

namespace tikv::testing::cluster {

/// One method of tikvpb.Tikv as the cluster sees it, with the message types erased.
struct StoreMethod {
  std::string_view path;  ///< "/tikvpb.Tikv/KvGet"
  std::unique_ptr<Message> (*new_request)();
  /// The request's context; null for methods whose requests have none.
  const proto::kvrpcpb::Context* (*context)(const Message& request);
  /// An answer that holds just this region error; null for methods whose answers have none.
  std::unique_ptr<Message> (*region_error)(const proto::errorpb::Error& error);
  /// Whether an answer holds a region error: nothing was done. Null as above.
  bool (*refused)(const Message& response);
  /// Carries the request out on the keys of a store; null for methods that the store's keys do not answer alone.
  void (*execute)(store::KvStore& keys, const store::RegionSource& regions, const Message& request, ReplyFn reply);

  std::string_view name() const { return path.substr(path.rfind('/') + 1); }
};

/// The method of that path; null if the cluster does not know it.
const StoreMethod* find_store_method(std::string_view path);

using BatchRequest = proto::tikvpb::BatchCommandsRequest::Request;
using BatchResponse = proto::tikvpb::BatchCommandsResponse::Response;

/// One arm of BatchCommands: a unary method's request and response inside the stream's messages.
struct BatchArm {
  BatchRequest::CmdCase number;
  std::string_view path;
  const Message& (*request)(const BatchRequest& batch);
  /// Moves `response`, which is of the arm's type, into the batch.
  void (*set_response)(BatchResponse& batch, Message& response);
};

/// Null for an arm that the cluster does not know.
const BatchArm* find_batch_arm(BatchRequest::CmdCase number);

}  // namespace tikv::testing::cluster
