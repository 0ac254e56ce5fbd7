#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "net/batch_codec.h"
#include "net/call_owner.h"
#include "net/call_slab.h"
#include "net/fifo.h"
#include "net/http_options.h"
#include "net/transport.h"
#include "observe/metrics.h"

namespace tikv::net {

class BatchStream;

/// The calls to one address that travel in BatchCommands messages: those that wait, and those on their way on one
/// stream or another. Outlives streams and connections; knows neither.
class BatchQueue final : public CallOwner {
 public:
  class Owner {
   public:
    /// Calls wait to be sent.
    virtual void on_batch_waiting() = 0;
    /// The server does not know BatchCommands. These calls, and all later ones, need another way.
    virtual void on_batch_unsupported(std::span<Call* const> calls) = 0;

   protected:
    ~Owner() = default;
  };

  BatchQueue(const HttpOptions& options, Owner& owner) : options_(options), owner_(owner) {}

  void add(Call& call);
  void abandon(Call& call) noexcept override;
  /// Null: nothing is measured. Outlives the queue.
  void measure(const observe::ChannelMetrics* metrics) noexcept { metrics_ = metrics; }
  /// Ends the calls that wait to be sent.
  void fail_waiting(const Status& why);
  /// The connection on which they would have gone has broken: those that this happened to before end with `why`.
  void connection_lost(const Status& why);
  /// Whether there may be a call to send.
  bool waiting() const noexcept { return !waiting_.empty(); }
  struct Load {
    std::size_t waiting = 0;
    std::size_t in_flight = 0;
  };
  /// How many calls there are. Costs a look at each.
  Load load() const;

  // For streams.

  /// Moves waiting calls to `stream` and into `writer`, as many as go into one message, at most `room`, and calls
  /// `taken(id)` for each.
  template <class Taken>
  void take(BatchStream& stream, BatchRequestWriter& writer, std::size_t room, Taken taken);
  void mark_sent(std::uint64_t id) noexcept;
  /// A message with so many calls was made, or one of its calls is over.
  void note_batch(std::size_t calls) const noexcept;
  void note_retired() const noexcept {
    if (metrics_ != nullptr) metrics_->retired.add(1);
  }
  void answer(BatchStream& stream, const BatchAnswer& answer);
  /// The stream is gone. Calls that may have reached the server end with `why`; the others go out again, once.
  void stream_over(BatchStream& stream, const Status& why, bool refused);
  /// The server does not know BatchCommands.
  void unsupported(BatchStream& stream);

 private:
  enum class Fit : std::uint8_t { kTaken, kSkipped, kFull };
  Fit take_one(std::uint64_t id, BatchStream& stream, BatchRequestWriter& writer);
  void end(CallSlab::Slot& slot, Status status);

  const HttpOptions& options_;
  Owner& owner_;
  const observe::ChannelMetrics* metrics_ = nullptr;
  CallSlab slab_;
  Fifo<std::uint64_t> waiting_;  // ids; those of abandoned calls find nothing
};

template <class Taken>
void BatchQueue::take(BatchStream& stream, BatchRequestWriter& writer, std::size_t room, Taken taken) {
  room = std::min(room, options_.max_batch_size);
  while (!waiting_.empty() && writer.count() < room) {
    const std::uint64_t id = waiting_.front();
    const Fit fit = take_one(id, stream, writer);
    if (fit == Fit::kFull) return;
    waiting_.pop();
    if (fit == Fit::kTaken) taken(id);
  }
}

}  // namespace tikv::net
