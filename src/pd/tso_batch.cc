#include "pd/tso_batch.h"

#include <tikv/timestamp.h>

#include <algorithm>
#include <utility>

#include "base/probe.h"

namespace tikv::pd {

void TsoBatches::place(TsoTicket& ticket, std::uint64_t batch, std::vector<TsoTicket*>& home) {
  ticket.batch_ = batch;
  ticket.slot_ = home.size();
  home.push_back(&ticket);
}

void TsoBatches::number(std::vector<TsoTicket*>& home, std::uint64_t batch) noexcept {
  for (std::size_t slot = 0; slot < home.size(); ++slot) {
    home[slot]->batch_ = batch;
    home[slot]->slot_ = slot;
  }
}

std::vector<TsoTicket*>& TsoBatches::home_of(const TsoTicket& ticket) noexcept {
  if (ticket.batch_ == TsoTicket::kQueue) return queue_;
  return in_flight_[ticket.batch_ - in_flight_.front().number].tickets;
}

void TsoBatches::join(TsoTicket& ticket) {
  place(ticket, TsoTicket::kQueue, queue_);
  ++waiting_;
}

void TsoBatches::leave(TsoTicket& ticket) noexcept {
  if (ticket.timestamp_ != 0) return;
  home_of(ticket)[ticket.slot_] = nullptr;
  --waiting_;
}

std::uint32_t TsoBatches::take(std::chrono::steady_clock::time_point now) {
  if (in_flight_.size() >= max_in_flight_) return 0;
  std::erase(queue_, nullptr);
  if (queue_.empty()) return 0;
  Batch& batch = in_flight_.emplace_back();
  batch.number = ++batches_;
  batch.taken_at = now;
  batch.tickets = std::exchange(queue_, std::exchange(spare_, {}));
  if (batch.tickets.size() > max_batch_) {
    const auto rest = batch.tickets.begin() + static_cast<std::ptrdiff_t>(max_batch_);
    queue_.assign(rest, batch.tickets.end());
    batch.tickets.erase(rest, batch.tickets.end());
    number(queue_, TsoTicket::kQueue);
  }
  number(batch.tickets, batch.number);
  batch.count = static_cast<std::uint32_t>(batch.tickets.size());
  return batch.count;
}

std::optional<std::string> TsoBatches::deliver(const TsoAnswer& answer) {
  if (in_flight_.empty()) return "an answer that nobody asked for";
  Batch& batch = in_flight_.front();
  if (answer.count != batch.count) {
    return std::to_string(answer.count) + " timestamps where " + std::to_string(batch.count) + " were asked for";
  }
  if (answer.suffix_bits >= kTimestampLogicalBits) return "timestamps with a suffix that leaves no room";
  // The counter has 18 bits, and may carry into the milliseconds; far from that, sums leave their range.
  constexpr std::int64_t kMaxPhysical = std::int64_t{1} << (63 - kTimestampLogicalBits);
  constexpr std::int64_t kMaxLogical = std::int64_t{1} << 40;
  if (answer.physical_ms >= kMaxPhysical || answer.logical < 0 || answer.logical > kMaxLogical) return "no timestamps";
  const std::int64_t step = std::int64_t{1} << answer.suffix_bits;
  const std::int64_t first = answer.logical - step * (static_cast<std::int64_t>(answer.count) - 1);
  if (answer.physical_ms <= 0 || first < 0) return "no timestamps";
  if (compose_timestamp(answer.physical_ms, first) <= last_timestamp_) {
    TIKV_PROBE("tso: timestamps that went back");
    return "timestamps that went back";
  }
  last_timestamp_ = compose_timestamp(answer.physical_ms, answer.logical);

  Batch done = std::move(batch);
  in_flight_.pop_front();
  for (std::size_t i = 0; i < done.tickets.size(); ++i) {
    TsoTicket* const ticket = done.tickets[i];
    if (ticket == nullptr) continue;
    ticket->timestamp_ = compose_timestamp(answer.physical_ms, first + step * static_cast<std::int64_t>(i));
    --waiting_;
    ticket->on_timestamp();
  }
  done.tickets.clear();
  spare_ = std::move(done.tickets);
  return std::nullopt;
}

void TsoBatches::take_back() {
  TIKV_PROBE_IF(!in_flight_.empty(), "tso: asked for again on another stream");
  const std::vector<TsoTicket*> later = std::exchange(queue_, {});
  for (const Batch& batch : in_flight_)
    for (TsoTicket* ticket : batch.tickets)
      if (ticket != nullptr) place(*ticket, TsoTicket::kQueue, queue_);
  in_flight_.clear();
  for (TsoTicket* ticket : later)
    if (ticket != nullptr) place(*ticket, TsoTicket::kQueue, queue_);
}

std::vector<TsoTicket*> TsoBatches::remove_all() {
  std::vector<TsoTicket*> all;
  const auto move_out = [&all](std::vector<TsoTicket*>& tickets) {
    for (TsoTicket*& ticket : tickets)
      if (ticket != nullptr) all.push_back(std::exchange(ticket, nullptr));
  };
  for (Batch& batch : in_flight_) move_out(batch.tickets);
  move_out(queue_);
  waiting_ = 0;
  return all;
}

}  // namespace tikv::pd
