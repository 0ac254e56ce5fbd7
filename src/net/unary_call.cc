#include "net/unary_call.h"

#include <google/protobuf/message_lite.h>

#include <tuple>
#include <utility>

#include "net/channel.h"

namespace tikv::net {
namespace {

constexpr std::string_view kTraceHeader = "traceparent";
constexpr std::string_view kTimeoutHeader = "grpc-timeout";
constexpr std::chrono::milliseconds kDeadlineSlack{10};

}  // namespace

void UnaryCall::start(Call& call, Channel& channel) {
  call_ = &call;
  channel_ = &channel;
  call.transport_state = static_cast<CallOwner*>(this);
  channel.submit(*this);
}

void UnaryCall::on_connection(Connection& connection) {
  const std::size_t size = call_->request().ByteSizeLong();
  const std::size_t limit = connection.options().max_send_message;
  if (size > limit) return finish(too_large("request", size, limit));
  std::ignore =
      call_->request().SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(append_frame(out(), size)));

  std::vector<Header> headers(call_->metadata().begin(), call_->metadata().end());
  if (Gzip* gzip = connection.packer(call_->method().path)) {
    pack_last_frame(out(), size, *gzip);
    headers.push_back({std::string(kPackedHeader.first), std::string(kPackedHeader.second)});
  }
  if (call_->deadline() != runtime::TimePoint::max()) {
    headers.push_back({std::string(kTimeoutHeader), encode_timeout(call_->deadline() - connection.loop().now())});
  }
  if (call_->trace() != nullptr) headers.push_back({std::string(kTraceHeader), call_->trace()->traceparent()});
  connection_ = connection.shared_from_this();
  connection.expect_answer();
  if (!connection.open(*this, call_->method().path, headers, true)) {
    give_up(failed(Outcome::kConnection, connection.name() + ": no stream could be opened"));
  }
}

void UnaryCall::on_data(std::string_view bytes) {
  connection_->consume(*this, bytes.size());
  reader_.feed(bytes);
  while (const auto message = reader_.next(connection_->gzip())) {
    const bool second = std::exchange(answered_, true);
    if (second || !call_->response().ParseFromArray(message->data(), static_cast<int>(message->size()))) {
      return give_up(failed(Outcome::kMalformed, second ? "more than one response" : "the response does not parse"));
    }
  }
  if (!reader_.failure().ok()) give_up(reader_.failure());
}

Status UnaryCall::result(const StreamEnd& end) const {
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
  // The server's clock may be ahead of ours by the little that makes the difference.
  const bool server_gave_up = status.outcome == Outcome::kStatus && status.code == StatusCode::kDeadlineExceeded;
  if (server_gave_up && call_->deadline() - connection_->loop().now() < kDeadlineSlack) {
    status.outcome = Outcome::kDeadline;
  }
  if (status.ok() && !answered_) return failed(Outcome::kMalformed, "the server sent no response");
  if (status.ok() && !call_->sent()) return answered_unsent();
  return status;
}

void UnaryCall::on_closed(const StreamEnd& end) {
  if (end.refused) call_->mark_refused();
  Status status = result(end);
  const bool unseen = end.how != StreamEnd::How::kInOrder && !call_->sent();
  if (!unseen || std::exchange(retried_, true)) return finish(std::move(status));
  // The server has not seen it: once more, on the next connection.
  std::exchange(connection_, nullptr)->got_answer();
  clear_out();
  reader_.clear();
  status_.clear();
  channel_->submit(*this);
}

void UnaryCall::abandon(Call&) noexcept {
  channel_->withdraw(*this);
  if (connection_) connection_->reset(*this);
  release();
}

// The answer is of no use; the server need not go on.
void UnaryCall::give_up(Status status) {
  connection_->reset(*this);
  finish(std::move(status));
}

void UnaryCall::finish(Status status) {
  Call& call = *call_;
  release();
  call.finish(std::move(status));
}

void UnaryCall::release() {
  if (connection_) std::exchange(connection_, nullptr)->got_answer();
  call_ = nullptr;
  channel_ = nullptr;
  clear_out();
  reader_.clear();
  status_.clear();
  answered_ = retried_ = false;
  pool_.give_back(*this);
}

UnaryCall& UnaryPool::take() {
  if (free_.empty()) return *new UnaryCall(*this, options_.max_receive_message);
  UnaryCall* call = free_.back().release();
  free_.pop_back();
  return *call;
}

void UnaryPool::give_back(UnaryCall& call) {
  std::unique_ptr<UnaryCall> owned(&call);
  if (free_.size() < kMaxFree) free_.push_back(std::move(owned));
}

}  // namespace tikv::net
