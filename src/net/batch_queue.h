#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
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
  bool waiting() const noexcept { return !waiting_.empty() || !ahead_.empty(); }
  /// Whether one of them does not wait for room (`Call::kUrgent`).
  bool urgent_waiting() const noexcept { return !ahead_.empty() && ahead_.begin()->first >= Call::kUrgent; }
  struct Load {
    std::size_t waiting = 0;
    std::size_t in_flight = 0;
  };
  /// How many calls there are. Costs a look at each.
  Load load() const;

  // For streams.

  /// Moves waiting calls to `stream` and into `writer`, those of the highest priority first, as many as go into one
  /// message, at most `room` beside the urgent ones, and calls `taken(id)` for each.
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
  using Line = Fifo<std::uint64_t>;  // ids; those of abandoned calls find nothing
  enum class Fit : std::uint8_t { kTaken, kSkipped, kFull };
  Fit take_one(std::uint64_t id, BatchStream& stream, BatchRequestWriter& writer);
  void end(CallSlab::Slot& slot, Status status);
  void enqueue(std::uint64_t id, std::uint8_t priority);
  /// What goes next; something waits.
  Line& next_line() noexcept { return ahead_.empty() ? waiting_ : ahead_.begin()->second; }
  void pop_next() {
    next_line().pop();
    if (!ahead_.empty() && ahead_.begin()->second.empty()) ahead_.erase(ahead_.begin());
  }
  std::size_t waiting_ids() const noexcept;

  const HttpOptions& options_;
  Owner& owner_;
  const observe::ChannelMetrics* metrics_ = nullptr;
  CallSlab slab_;
  Line waiting_;                                        // of no priority, as nearly all are
  std::map<std::uint8_t, Line, std::greater<>> ahead_;  // of the others; no empty ones
};

template <class Taken>
void BatchQueue::take(BatchStream& stream, BatchRequestWriter& writer, std::size_t room, Taken taken) {
  while (waiting() && writer.count() < options_.max_batch_size) {
    const bool urgent = urgent_waiting();
    if (!urgent && room == 0) return;
    const std::uint64_t id = next_line().front();
    const Fit fit = take_one(id, stream, writer);
    if (fit == Fit::kFull) return;
    pop_next();
    if (fit != Fit::kTaken) continue;
    if (!urgent) --room;
    taken(id);
  }
}

}  // namespace tikv::net
