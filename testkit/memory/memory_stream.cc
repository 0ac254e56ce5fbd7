#include "testkit/memory/memory_stream.h"

#include <google/protobuf/message_lite.h>

#include <algorithm>
#include <utility>

namespace tikv::testing::memory {

MemoryTransport::MemoryStream::MemoryStream(MemoryTransport& transport, std::uint64_t id,
                                            std::optional<cluster::ServerId> server)
    : transport_(transport), id_(id), server_(server) {
  transport_.streams_[id_] = this;
}

MemoryTransport::MemoryStream::~MemoryStream() { transport_.streams_.erase(id_); }

void MemoryTransport::MemoryStream::connect(std::string_view path, std::shared_ptr<cluster::StreamSink> sink) {
  server_side_ = transport_.cluster_.model().open(*server_, path, std::move(sink));
  if (server_side_) return;
  ended({.outcome = net::Outcome::kStatus,
         .code = net::StatusCode::kUnimplemented,
         .message = "the embedded cluster has no stream " + std::string(path)});
}

std::chrono::nanoseconds MemoryTransport::MemoryStream::in_order(runtime::TimePoint& last) {
  const runtime::TimePoint now = transport_.cluster_.host().loop().now();
  last = std::max(last, now + transport_.latency(server_));
  return last - now;
}

void MemoryTransport::MemoryStream::send(const net::Message& request) {
  if (end_) return;
  transport_.later(next_up(), [this_transport = &transport_, id = id_, bytes = request.SerializeAsString()] {
    if (MemoryStream* stream = this_transport->find_stream(id)) stream->deliver(bytes);
  });
}

void MemoryTransport::MemoryStream::deliver(const std::string& request) {
  if (server_side_) server_side_->message(request);
}

void MemoryTransport::MemoryStream::arrived(std::string message) {
  if (end_) return;
  inbox_.push_back(std::move(message));
  wait_.wake();
}

void MemoryTransport::MemoryStream::ended(net::Status status) {
  if (end_) return;
  server_side_.reset();
  end_ = std::move(status);
  wait_.wake();
}

Task<net::Status> MemoryTransport::MemoryStream::receive(net::Message& response) {
  for (;;) {
    if (!inbox_.empty()) {
      const std::string bytes = std::move(inbox_.front());
      inbox_.pop_front();
      net::Status status;
      status.sent = true;
      if (!response.ParseFromString(bytes)) status.outcome = net::Outcome::kMalformed;
      co_return status;
    }
    if (end_) co_return *end_;
    wait_.reset();
    const runtime::Wake why = co_await wait_;
    if (why == runtime::Wake::kReady) continue;
    net::Status status;
    status.outcome = net::outcome_of(why);
    status.sent = true;
    co_return status;
  }
}

}  // namespace tikv::testing::memory
