#include "net/batch_queue.h"

#include <google/protobuf/message_lite.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "net/batch_stream.h"
#include "net/grpc_status.h"

namespace tikv::net {

void BatchQueue::add(Call& call) {
  call.transport_state = static_cast<CallOwner*>(this);
  call.transport_id = slab_.add(call);
  enqueue(call.transport_id, call.priority());
}

void BatchQueue::enqueue(std::uint64_t id, std::uint8_t priority) {
  (priority == 0 ? waiting_ : ahead_[priority]).push(id);
}

std::size_t BatchQueue::waiting_ids() const noexcept {
  std::size_t count = waiting_.size();
  for (const auto& [priority, line] : ahead_) count += line.size();
  return count;
}

void BatchQueue::abandon(Call& call) noexcept {
  CallSlab::Slot* slot = slab_.find(call.transport_id);
  if (slot == nullptr) return;
  BatchStream* stream = slot->stream;
  slab_.release(*slot);
  if (stream != nullptr) stream->call_gone();
}

void BatchQueue::end(CallSlab::Slot& slot, Status status) {
  Call& call = *slot.call;
  slab_.release(slot);
  call.finish(std::move(status));
}

void BatchQueue::fail_waiting(const Status& why) {
  while (waiting()) {
    CallSlab::Slot* slot = slab_.find(next_line().front());
    pop_next();
    if (slot != nullptr) end(*slot, why);
  }
}

void BatchQueue::connection_lost(const Status& why) {
  std::vector<std::pair<std::uint64_t, std::uint8_t>> again;
  while (waiting()) {
    const std::uint64_t id = next_line().front();
    pop_next();
    CallSlab::Slot* slot = slab_.find(id);
    if (slot == nullptr) continue;
    if (std::exchange(slot->retried, true)) {
      end(*slot, why);
    } else {
      again.emplace_back(id, slot->call->priority());
    }
  }
  for (const auto& [id, priority] : again) enqueue(id, priority);
}

BatchQueue::Fit BatchQueue::take_one(std::uint64_t id, BatchStream& stream, BatchRequestWriter& writer) {
  CallSlab::Slot* slot = slab_.find(id);
  if (slot == nullptr) return Fit::kSkipped;
  const Call& call = *slot->call;
  const std::uint32_t arm = call.method().batch_arm;
  const std::size_t body = call.request().ByteSizeLong();
  const std::size_t size = writer.size_with(arm, id, body);
  const bool alone = writer.count() == 0;
  if (!alone && size > std::min(options_.max_batch_bytes, options_.max_send_message)) return Fit::kFull;
  if (size > options_.max_send_message) {
    end(*slot, too_large("request", size, options_.max_send_message));
    return Fit::kSkipped;
  }
  writer.add(arm, id, call.request(), body);
  slot->stream = &stream;
  return Fit::kTaken;
}

void BatchQueue::note_batch(std::size_t calls) const noexcept {
  if (metrics_ == nullptr) return;
  const auto count = static_cast<double>(calls);
  metrics_->tracked.add(count);
  metrics_->batch_size.observe(count);
  metrics_->pending.observe(count + static_cast<double>(waiting_ids()));
}

BatchQueue::Load BatchQueue::load() const {
  Load load;
  slab_.for_each([&load](const CallSlab::Slot& slot) { ++(slot.stream == nullptr ? load.waiting : load.in_flight); });
  return load;
}

void BatchQueue::mark_sent(std::uint64_t id) noexcept {
  if (CallSlab::Slot* slot = slab_.find(id)) slot->call->mark_sent();
}

void BatchQueue::answer(BatchStream& stream, const BatchAnswer& answer) {
  CallSlab::Slot* slot = slab_.find(answer.id);
  const bool known = slot != nullptr && slot->stream == &stream;
  if (metrics_ != nullptr) (known ? metrics_->completed : metrics_->outdated).add(1);
  if (!known) return;
  const Call& call = *slot->call;
  Status status;
  if (answer.arm != call.method().batch_arm) {
    status = failed(Outcome::kMalformed,
                    answer.arm == 0 ? "the server left the response out" : "the response belongs to another request");
  } else if (!call.sent()) {
    status = answered_unsent();
  } else if (!call.response().ParseFromArray(answer.body.data(), static_cast<int>(answer.body.size()))) {
    status = failed(Outcome::kMalformed, "the response does not parse");
  }
  end(*slot, std::move(status));
  stream.call_gone();
}

void BatchQueue::stream_over(BatchStream& stream, const Status& why, bool refused) {
  slab_.for_each([&](CallSlab::Slot& slot) {
    if (slot.stream != &stream) return;
    stream.call_gone();
    if (refused) slot.call->mark_refused();
    if (slot.call->sent() || slot.retried) return end(slot, why);
    slot.retried = true;
    slot.stream = nullptr;
    enqueue(slot.id, slot.call->priority());
  });
  if (waiting()) owner_.on_batch_waiting();
}

void BatchQueue::unsupported(BatchStream& stream) {
  std::vector<Call*> calls;
  slab_.for_each([&](CallSlab::Slot& slot) {
    if (slot.stream != &stream && slot.stream != nullptr) return;
    if (slot.stream != nullptr) stream.call_gone();
    calls.push_back(slot.call);
    slab_.release(slot);
  });
  for (Call* call : calls) call->mark_refused();
  waiting_.clear();
  ahead_.clear();
  owner_.on_batch_unsupported(calls);
}

}  // namespace tikv::net
