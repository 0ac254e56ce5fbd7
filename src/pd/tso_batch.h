#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace tikv::pd {

/// One caller who wants a timestamp, in `TsoBatches`.
class TsoTicket {
 public:
  TsoTicket() = default;
  TsoTicket(const TsoTicket&) = delete;
  TsoTicket& operator=(const TsoTicket&) = delete;
  std::uint64_t timestamp() const noexcept { return timestamp_; }

 protected:
  /// Called once the timestamp is there; the ticket is in no batch any more.
  virtual void on_timestamp() noexcept = 0;
  ~TsoTicket() = default;

 private:
  friend class TsoBatches;
  static constexpr std::uint64_t kQueue = 0;
  std::uint64_t timestamp_ = 0;
  std::uint64_t batch_ = kQueue;  // number of the batch under way
  std::size_t slot_ = 0;
};

/// What PD answered to one TsoRequest: the last of `count` timestamps.
struct TsoAnswer {
  std::int64_t physical_ms = 0;
  std::int64_t logical = 0;
  std::uint32_t suffix_bits = 0;  ///< The lowest bits of the counter are the allocator's; the rest counts.
  std::uint32_t count = 0;
};

/// Merges callers into requests and deals out the answers; no I/O. Callers queue up; whoever sends takes all that are
/// waiting as one batch. Answers come in the order of the requests. Callers may leave at any time.
class TsoBatches {
 public:
  TsoBatches(std::size_t max_in_flight, std::uint32_t max_batch)
      : max_in_flight_(max_in_flight), max_batch_(max_batch) {}

  void join(TsoTicket& ticket);
  /// Without effect on a ticket that has its timestamp.
  void leave(TsoTicket& ticket) noexcept;

  /// Nobody waits and nothing is under way.
  bool idle() const noexcept { return waiting_ == 0 && in_flight_.empty(); }
  /// Callers waiting, in the queue or under way.
  std::size_t waiting() const noexcept { return waiting_; }
  std::size_t in_flight() const noexcept { return in_flight_.size(); }

  /// Makes a batch of those in the queue and returns how many timestamps to ask for; 0 if there is nobody, or as many
  /// batches under way as may be. `now` is kept for `oldest`.
  std::uint32_t take(std::chrono::steady_clock::time_point now);
  /// When the oldest batch under way was taken; there is one.
  std::chrono::steady_clock::time_point oldest() const noexcept { return in_flight_.front().taken_at; }

  /// Deals the answer to the oldest batch. Not so if it makes no sense: then why, and nobody got anything.
  std::optional<std::string> deliver(const TsoAnswer& answer);
  /// The batches under way will not be answered: their callers go back to the head of the queue.
  void take_back();
  /// Takes all callers out, for failing them. Batches under way stay under way, for nobody.
  std::vector<TsoTicket*> remove_all();

 private:
  struct Batch {
    std::uint64_t number = 0;
    std::uint32_t count = 0;
    std::chrono::steady_clock::time_point taken_at{};
    std::vector<TsoTicket*> tickets;  // null: left
  };
  std::vector<TsoTicket*>& home_of(const TsoTicket& ticket) noexcept;
  void place(TsoTicket& ticket, std::uint64_t batch, std::vector<TsoTicket*>& home);
  /// The same for all that are in `home` already.
  static void number(std::vector<TsoTicket*>& home, std::uint64_t batch) noexcept;

  std::size_t max_in_flight_;
  std::uint32_t max_batch_;
  std::vector<TsoTicket*> queue_;  // null: left
  std::vector<TsoTicket*> spare_;  // the memory of a batch that is done, for the next queue
  std::deque<Batch> in_flight_;
  std::uint64_t batches_ = 0;
  std::size_t waiting_ = 0;
  std::uint64_t last_timestamp_ = 0;
};

}  // namespace tikv::pd
