#include "net/grpc_stream.h"

#include <google/protobuf/message_lite.h>

#include <tuple>
#include <utility>

#include "net/channel.h"

namespace tikv::net {

GrpcStream::GrpcStream(const HttpOptions& options, const proto::Method& method)
    : max_send_message_(options.max_send_message),
      path_(method.path),
      one_request_(method.streaming != proto::Streaming::kBoth),
      reader_(options.max_receive_message) {}

GrpcStream::~GrpcStream() {
  if (ended_) return;
  if (channel_ != nullptr) channel_->withdraw(*this);
  if (connection_) connection_->reset(*this);
}

void GrpcStream::start(Channel& channel) {
  channel_ = &channel;
  channel.submit(*this);
}

void GrpcStream::on_connection(Connection& connection) {
  connection_ = connection.shared_from_this();
  if (!connection.open(*this, path_, {}, sends_ended_)) {
    return end_with(failed(Outcome::kConnection, connection.name() + ": no stream could be opened"));
  }
  update_expectation();
}

// ---- sending

void GrpcStream::send(const Message& request) {
  if (ended_ || sends_ended_) return;
  const std::size_t size = request.ByteSizeLong();
  if (size > max_send_message_) return give_up(too_large("request", size, max_send_message_));
  std::ignore = request.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(append_frame(out(), size)));
  sends_ended_ = one_request_;
  if (!open()) return;
  if (sends_ended_) {
    connection_->end(*this);
  } else {
    connection_->resume(*this);
  }
}

// ---- receiving

void GrpcStream::on_data(std::string_view bytes) {
  // A receiver that lags behind closes the window, but never in the middle of a message that it waits for.
  if (inbox_sizes_.empty()) {
    connection_->consume(*this, bytes.size());
  } else {
    unconsumed_ += bytes.size();
  }
  reader_.feed(bytes);
  while (const auto message = reader_.next(connection_->gzip())) {
    inbox_ += *message;
    inbox_sizes_.push(message->size());
    arrived_.wake();
  }
  if (!reader_.failure().ok()) give_up(reader_.failure());
}

Task<Status> GrpcStream::receive(Message& response) {
  while (inbox_sizes_.empty() && !ended_) {
    arrived_.reset();
    set_receiving(true);
    const runtime::Wake why = co_await arrived_;
    set_receiving(false);
    if (why == runtime::Wake::kReady) continue;
    Status status = failed(outcome_of(why), {});
    status.sent = sent_;
    co_return status;
  }
  co_return next(response);
}

Status GrpcStream::next(Message& response) {
  if (inbox_sizes_.empty()) return end_;
  const std::size_t size = inbox_sizes_.pop();
  const bool parsed = response.ParseFromArray(inbox_.data() + inbox_read_, static_cast<int>(size));
  inbox_read_ += size;
  if (inbox_sizes_.empty()) {
    inbox_.clear();
    inbox_read_ = 0;
    if (open()) connection_->consume(*this, unconsumed_);
    unconsumed_ = 0;
  }
  if (!parsed) {
    give_up(failed(Outcome::kMalformed, "the response does not parse"));
    return end_;
  }
  Status status;
  status.sent = true;
  return status;
}

// While somebody waits for a message, the server has to show signs of life.
void GrpcStream::set_receiving(bool receiving) {
  receiving_ = receiving;
  update_expectation();
}

void GrpcStream::update_expectation() {
  const bool expect = receiving_ && connection_ && !ended_;
  if (expect == expecting_) return;
  expecting_ = expect;
  if (expect) {
    connection_->expect_answer();
  } else {
    connection_->got_answer();
  }
}

// ---- the end

Status GrpcStream::result(const StreamEnd& end) const {
  switch (end.how) {
    case StreamEnd::How::kLost:
      return connection_->why();
    case StreamEnd::How::kReset: {
      std::string text = connection_->name() + ": the stream was reset with ";
      text += http2_error_name(end.error_code);
      return status_of(code_of_reset(end.error_code), std::move(text));
    }
    case StreamEnd::How::kInOrder:
      break;
  }
  Status status = status_.at_end();
  if (status.ok() && reader_.partial()) return failed(Outcome::kMalformed, "the stream ended inside a message");
  if (status.ok()) status.outcome = Outcome::kStatus;
  return status;
}

void GrpcStream::on_closed(const StreamEnd& end) {
  if (end.refused) sent_ = false;
  end_with(result(end));
}

void GrpcStream::give_up(Status status) {
  if (channel_ != nullptr) channel_->withdraw(*this);
  if (connection_) connection_->reset(*this);
  end_with(std::move(status));
}

void GrpcStream::end_with(Status status) {
  ended_ = true;
  end_ = std::move(status);
  end_.sent = sent_;
  channel_ = nullptr;
  update_expectation();
  arrived_.wake();
}

}  // namespace tikv::net
