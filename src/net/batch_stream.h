#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "net/batch_codec.h"
#include "net/batch_queue.h"
#include "net/connection.h"
#include "net/fifo.h"
#include "net/grpc_status.h"
#include "net/http2_stream.h"
#include "net/message_reader.h"

namespace tikv::net {

/// A connection's BatchCommands stream: takes calls from the queue when there is room to send, brings back the answers.
/// Opened with the first call, and again after it broke.
class BatchStream final : public Http2Stream, private Connection::Producer {
 public:
  BatchStream(std::shared_ptr<Connection> connection, BatchQueue& queue);
  ~BatchStream();

  /// Takes no more calls; closes our side when the last answer is there.
  void drain();
  /// One of its calls was answered or abandoned.
  void call_gone() noexcept;

 private:
  Http2Stream* produce() override;
  void on_header(std::string_view name, std::string_view value) override {
    status_.on_header(name, value);
    messages_in_.on_header(name, value);
  }
  void on_data(std::string_view bytes) override;
  void on_handed_over(std::size_t bytes) override;
  void on_closed(const StreamEnd& end) override;

  /// For how many more calls.
  std::size_t room() const noexcept;
  void forget_stream();
  void open_stream();
  void give_up(Status why);
  Status reason(const StreamEnd& end) const;

  const std::shared_ptr<Connection> connection_;
  BatchQueue& queue_;
  BatchRequestWriter writer_;
  BatchResponseReader reader_;
  MessageReader messages_in_;
  ResponseStatus status_;

  struct Message {
    std::uint64_t begin;  // its first byte in the stream
    std::size_t calls;
  };
  Fifo<Message> messages_;        // not yet handed over
  Fifo<std::uint64_t> call_ids_;  // of those messages
  std::uint64_t written_ = 0;     // bytes put into out()
  std::uint64_t handed_over_ = 0;
  std::size_t in_flight_ = 0;
  bool draining_ = false;
};

}  // namespace tikv::net
