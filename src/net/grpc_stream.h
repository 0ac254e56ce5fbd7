#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "net/call_owner.h"
#include "net/connection.h"
#include "net/fifo.h"
#include "net/grpc_status.h"
#include "net/http2_stream.h"
#include "net/message_reader.h"
#include "net/transport.h"
#include "runtime/wait.h"

namespace tikv::net {

class Channel;

/// A bidirectional stream, or one with a single request and many responses. What was sent before there is a connection
/// goes out with the stream's first bytes.
class GrpcStream final : public Stream, public Http2Stream, private ConnectionWaiter {
 public:
  GrpcStream(const HttpOptions& options, const proto::Method& method);
  ~GrpcStream() override;
  void start(Channel& channel);
  /// A stream that has ended before it began.
  void end_with(Status status);

  void send(const Message& request) override;
  Task<Status> receive(Message& response) override;

 private:
  void on_connection(Connection& connection) override;
  void on_no_connection(const Status& why) override { end_with(why); }
  void on_header(std::string_view name, std::string_view value) override {
    status_.on_header(name, value);
    reader_.on_header(name, value);
  }
  void on_data(std::string_view bytes) override;
  void on_handed_over(std::size_t) override { sent_ = true; }
  void on_closed(const StreamEnd& end) override;

  Status next(Message& response);
  Status result(const StreamEnd& end) const;
  void give_up(Status status);
  void set_receiving(bool receiving);
  void update_expectation();

  const std::size_t max_send_message_;
  const std::string path_;
  const bool one_request_;
  Channel* channel_ = nullptr;
  std::shared_ptr<Connection> connection_;
  MessageReader reader_;
  ResponseStatus status_;
  bool sent_ = false;
  bool sends_ended_ = false;
  bool ended_ = false;
  Status end_;

  // Messages that nobody has received yet, one after the other.
  std::string inbox_;
  std::size_t inbox_read_ = 0;
  Fifo<std::size_t> inbox_sizes_;
  std::size_t unconsumed_ = 0;  // bytes in there that flow control has not got back

  runtime::Wait arrived_;
  bool receiving_ = false;
  bool expecting_ = false;
};

}  // namespace tikv::net
