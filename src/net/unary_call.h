#pragma once

#include <memory>
#include <vector>

#include "net/call_owner.h"
#include "net/connection.h"
#include "net/grpc_status.h"
#include "net/http2_stream.h"
#include "net/message_reader.h"
#include "net/transport.h"

namespace tikv::net {

class Channel;
class UnaryPool;

/// A call with a stream of its own.
class UnaryCall final : public Http2Stream, private CallOwner, private ConnectionWaiter {
 public:
  UnaryCall(UnaryPool& pool, std::size_t max_receive_message) : pool_(pool), reader_(max_receive_message) {}

  /// Goes back to the pool when the call has ended or was abandoned.
  void start(Call& call, Channel& channel);

 private:
  void abandon(Call& call) noexcept override;
  void on_connection(Connection& connection) override;
  void on_no_connection(const Status& why) override { finish(why); }
  void on_header(std::string_view name, std::string_view value) override {
    status_.on_header(name, value);
    reader_.on_header(name, value);
  }
  void on_data(std::string_view bytes) override;
  void on_handed_over(std::size_t) override { call_->mark_sent(); }
  void on_closed(const StreamEnd& end) override;

  Status result(const StreamEnd& end) const;
  void give_up(Status status);
  void finish(Status status);
  void release();

  UnaryPool& pool_;
  Call* call_ = nullptr;
  Channel* channel_ = nullptr;
  std::shared_ptr<Connection> connection_;
  MessageReader reader_;
  ResponseStatus status_;
  bool answered_ = false;
  bool retried_ = false;
};

/// Unary calls that are free to be used again.
class UnaryPool {
 public:
  explicit UnaryPool(const HttpOptions& options) : options_(options) {}
  UnaryCall& take();
  void give_back(UnaryCall& call);

 private:
  // Enough for a busy client; beyond that the allocator is asked again.
  static constexpr std::size_t kMaxFree = 1024;
  const HttpOptions& options_;
  std::vector<std::unique_ptr<UnaryCall>> free_;
};

}  // namespace tikv::net
