#include "net/batch_stream.h"

#include <limits>
#include <utility>

namespace tikv::net {
namespace {

constexpr std::string_view kPath = "/tikvpb.Tikv/BatchCommands";

}  // namespace

BatchStream::BatchStream(std::shared_ptr<Connection> connection, BatchQueue& queue)
    : connection_(std::move(connection)), queue_(queue), messages_in_(connection_->options().max_receive_message) {
  connection_->set_producer(this);
}

BatchStream::~BatchStream() { connection_->set_producer(nullptr); }

// Makes room for the next stream.
void BatchStream::forget_stream() {
  status_.clear();
  messages_in_.clear();
  messages_.clear();
  call_ids_.clear();
  clear_out();
  written_ = handed_over_ = 0;
}

std::size_t BatchStream::room() const noexcept {
  const std::size_t most = connection_->options().max_in_flight;
  if (most == 0) return std::numeric_limits<std::size_t>::max();
  return most > in_flight_ ? most - in_flight_ : 0;
}

Http2Stream* BatchStream::produce() {
  if (draining_ || !queue_.waiting() || !all_taken()) return nullptr;
  if (room() == 0 && !queue_.urgent_waiting()) return nullptr;
  writer_.clear();
  queue_.take(*this, writer_, room(), [this](std::uint64_t id) {
    call_ids_.push(id);
    connection_->expect_answer();
  });
  if (writer_.count() == 0) return nullptr;
  in_flight_ += writer_.count();
  queue_.note_batch(writer_.count());
  messages_.push({written_, writer_.count()});
  const std::size_t size = writer_.size();
  writer_.write(append_frame(out(), size));
  if (Gzip* gzip = connection_->packer(kPath)) pack_last_frame(out(), size, *gzip);
  written_ += out().size();
  if (!open()) open_stream();
  return this;
}

void BatchStream::open_stream() {
  std::vector<Header> headers;
  if (connection_->packer(kPath) != nullptr) {
    headers.push_back({std::string(kPackedHeader.first), std::string(kPackedHeader.second)});
  }
  connection_->open(*this, kPath, headers, false);
}

void BatchStream::on_handed_over(std::size_t bytes) {
  handed_over_ += bytes;
  while (!messages_.empty() && messages_.front().begin < handed_over_) {
    for (std::size_t calls = messages_.pop().calls; calls > 0; --calls) queue_.mark_sent(call_ids_.pop());
  }
}

void BatchStream::on_data(std::string_view bytes) {
  connection_->consume(*this, bytes.size());
  messages_in_.feed(bytes);
  while (const auto message = messages_in_.next(connection_->gzip())) {
    if (!reader_.read(*message)) {
      return give_up(failed(Outcome::kMalformed, "a BatchCommandsResponse does not parse"));
    }
    for (const BatchAnswer& answer : reader_.answers()) queue_.answer(*this, answer);
  }
  if (!messages_in_.failure().ok()) give_up(messages_in_.failure());
}

void BatchStream::give_up(Status why) {
  connection_->reset(*this);
  forget_stream();
  queue_.stream_over(*this, why, false);
}

void BatchStream::call_gone() noexcept {
  connection_->got_answer();
  queue_.note_retired();
  const bool was_full = room() == 0;
  if (--in_flight_ == 0 && draining_) connection_->end(*this);
  if (was_full && queue_.waiting()) connection_->flush_soon();
}

void BatchStream::drain() {
  draining_ = true;
  if (in_flight_ == 0) connection_->end(*this);
}

Status BatchStream::reason(const StreamEnd& end) const {
  if (end.how == StreamEnd::How::kLost) return connection_->why();
  std::string text = connection_->name() + ": the BatchCommands stream ended";
  if (end.how == StreamEnd::How::kReset) {
    text += ": reset with ";
    text += http2_error_name(end.error_code);
  } else if (const Status status = status_.at_end(); !status.ok()) {
    text += ": ";
    text += outcome_name(status);
    text += " " + status.message;
  }
  return failed(Outcome::kConnection, std::move(text));
}

void BatchStream::on_closed(const StreamEnd& end) {
  const Status status = status_.at_end();
  const Status why = reason(end);
  const bool unknown = end.how == StreamEnd::How::kInOrder && status.outcome == Outcome::kStatus &&
                       status.code == StatusCode::kUnimplemented;
  forget_stream();
  if (unknown) return queue_.unsupported(*this);
  queue_.stream_over(*this, why, end.refused);
}

}  // namespace tikv::net
