#pragma once

#include <tikv/proto/tikvpb.pb.h>

#include <cstdint>
#include <memory>
#include <string>

#include "testkit/cluster/pd_service.h"
#include "testkit/cluster/rpc.h"
#include "testkit/cluster/store_service.h"

namespace tikv::testing::cluster {

/// The client's side of a stream, given by the front that carries it. Calls after `finish`, and after the client has
/// gone, do nothing.
class StreamSink {
 public:
  virtual ~StreamSink() = default;
  virtual void send(std::unique_ptr<Message> response) = 0;
  /// The stream's end; `broken`: its connection breaks.
  virtual void finish(RpcReply end) = 0;
};

/// The server's side of a stream. Answers may come after the object is gone.
class ServerStream {
 public:
  virtual ~ServerStream() = default;
  virtual void message(const std::string& request) = 0;
  /// The client sends no more.
  virtual void half_close() = 0;
};

/// pdpb.PD/Tso and QueryRegion: one answer for each request, in order.
class PdStream final : public ServerStream {
 public:
  using Ask = void (PdService::*)(std::uint64_t member_id, const std::string& request, ReplyFn reply);

  PdStream(PdService& pd, Ask ask, std::uint64_t member_id, std::shared_ptr<StreamSink> sink)
      : pd_(pd), ask_(ask), member_id_(member_id), sink_(std::move(sink)) {}
  void message(const std::string& request) override;
  void half_close() override { sink_->finish({}); }

 private:
  PdService& pd_;
  Ask ask_;
  std::uint64_t member_id_;
  std::shared_ptr<StreamSink> sink_;
};

/// tikvpb.Tikv/BatchCommands: requests unpacked and served each by itself; what is answered at once goes back in one
/// message, the rest as it comes.
class BatchStream final : public ServerStream {
 public:
  BatchStream(StoreService& stores, std::uint64_t store_id, std::shared_ptr<StreamSink> sink);
  void message(const std::string& request) override;
  void half_close() override;

 private:
  class Answers;
  void serve(const BatchRequest& request, std::uint64_t id, std::shared_ptr<const void> owner);

  StoreService& stores_;
  std::uint64_t store_id_;
  std::shared_ptr<Answers> answers_;
};

}  // namespace tikv::testing::cluster
