#include "testkit/cluster/streams.h"

#include <utility>

namespace tikv::testing::cluster {

using proto::tikvpb::BatchCommandsRequest;
using proto::tikvpb::BatchCommandsResponse;

void PdStream::message(const std::string& request) {
  (pd_.*ask_)(member_id_, request, [sink = sink_](RpcReply reply) {
    if (reply.ok()) {
      sink->send(std::move(reply.response));
    } else {
      sink->finish(std::move(reply));
    }
  });
}

/// Collects answers; outlives its stream, for those that come late.
class BatchStream::Answers {
 public:
  explicit Answers(std::shared_ptr<StreamSink> sink) : sink_(std::move(sink)) {}

  /// Between these, answers are kept back to go out together.
  void hold() { held_ = true; }
  void release() {
    held_ = false;
    flush();
  }
  void add(std::uint64_t id, BatchResponse response) {
    if (!collected_) collected_ = std::make_unique<BatchCommandsResponse>();
    collected_->add_request_ids(id);
    *collected_->add_responses() = std::move(response);
    if (!held_) flush();
  }
  void finish(RpcReply end) {
    flush();
    sink_->finish(std::move(end));
  }

 private:
  void flush() {
    if (collected_) sink_->send(std::exchange(collected_, nullptr));
  }

  std::shared_ptr<StreamSink> sink_;
  bool held_ = false;
  std::unique_ptr<BatchCommandsResponse> collected_;
};

BatchStream::BatchStream(StoreService& stores, std::uint64_t store_id, std::shared_ptr<StreamSink> sink)
    : stores_(stores), store_id_(store_id), answers_(std::make_shared<Answers>(std::move(sink))) {}

void BatchStream::half_close() { answers_->finish({}); }

void BatchStream::message(const std::string& bytes) {
  auto batch = std::make_shared<BatchCommandsRequest>();
  if (!batch->ParseFromString(bytes) || batch->requests_size() != batch->request_ids_size()) {
    return answers_->finish(RpcReply::failed(RpcCode::kInternal, "the request is not a BatchCommandsRequest"));
  }
  answers_->hold();
  for (int i = 0; i < batch->requests_size(); ++i) serve(batch->requests(i), batch->request_ids(i), batch);
  answers_->release();
}

void BatchStream::serve(const BatchRequest& request, std::uint64_t id, std::shared_ptr<const void> owner) {
  if (request.has_empty()) {
    BatchResponse response;
    response.mutable_empty()->set_test_id(request.empty().test_id());
    return answers_->add(id, std::move(response));
  }
  const BatchArm* arm = find_batch_arm(request.cmd_case());
  const StoreMethod* method = arm == nullptr ? nullptr : find_store_method(arm->path);
  // As TiKV answers a command that it does not know.
  if (method == nullptr) return answers_->add(id, BatchResponse());
  std::shared_ptr<const Message> message(std::move(owner), &arm->request(request));
  stores_.serve(store_id_, *method, std::move(message), [answers = answers_, id, arm](RpcReply reply) {
    BatchResponse response;
    if (reply.ok()) {
      arm->set_response(response, *reply.response);
    } else if (reply.code != RpcCode::kUnimplemented) {
      return answers->finish(std::move(reply));
    }
    answers->add(id, std::move(response));
  });
}

}  // namespace tikv::testing::cluster
