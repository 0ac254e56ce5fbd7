#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/loop.h"
#include "runtime/parking_lot.h"

namespace tikv::runtime {

/// The loop over real sockets and real time.
///
/// One thread at a time drives it. That is the loop's own thread, unless a single caller blocks in `get()` and nothing
/// else goes on: then the thread steps aside and the caller drives the loop itself (leader and followers), which saves
/// two thread switches an operation. The thread looks after the loop again as soon as anybody else has work, or within
/// `kIdleCheck` after the last blocking call.
///
/// Callers that block in `get()` are woken together, once a turn of the loop has ended, and what they ask for next is
/// announced to the loop by the last of them to be up (docs/adr/0005): otherwise the first one's request would wake the
/// loop, leave by itself and be answered by itself, and so on with each.
class IoLoop final : public Loop {
 public:
  explicit IoLoop(LoopOptions options);
  ~IoLoop() override;

  bool submit(std::move_only_function<void()> function) override;
  bool run_blocking(detail::PromiseBase& task) override;
  TimePoint now() const noexcept override;

  /// Closes the loop: refuses new work, ends every wait, runs what that sets free, stops and joins the thread. On the
  /// loop's own thread it only begins that: then `release_to_thread` must follow.
  void close() override;
  /// After `close` on the loop's own thread: the thread ends by itself, and destroys `owner` (which owns this loop)
  /// last.
  void release_to_thread(std::shared_ptr<void> owner);

  /// For sockets: handlers run on the loop.
  boost::asio::io_context& io() noexcept { return io_; }

  /// How long a blocked caller's last operation may lie back until the thread drives the loop again.
  static constexpr std::chrono::milliseconds kIdleCheck{1};
  /// How long at most a blocked caller's request waits for callers that were woken but did not get a processor yet.
  static constexpr std::chrono::milliseconds kRisingCheck{1};

 private:
  enum class Driver : std::uint8_t { kNobody, kThread, kCaller };
  /// A caller inside `run_blocking`.
  struct Blocked {
    /// Ending: not on the loop, its task is being completed; not to drive any more, and about to be told `kDone`.
    enum State : int { kWaiting, kLead, kEnding, kDone };
    explicit Blocked(IoLoop& its_loop) noexcept : loop(its_loop), place(*its_loop.lot_) {}
    IoLoop& loop;
    ParkingLot::Place place;
    bool may_lead = true;  // under drive_mutex_
    bool leads = false;    // it is to drive the loop, or does; under drive_mutex_
  };

  void thread_main();
  /// Drives until the loop has closed (true) or a lone caller was given the lead (false).
  bool drive_as_thread();
  void drive_as_caller(Blocked& blocked, detail::PromiseBase* to_start);
  /// Starts a task that begins on the calling thread, which sleeps for its end afterwards. True: it is complete.
  bool start_here(detail::PromiseBase& task);
  /// Counts a caller in. True: it is the only one, and drives the loop itself.
  bool enter(Blocked& blocked);
  /// Until the caller is told that it is done; meanwhile it may be given the lead.
  void sleep(Blocked& blocked);
  void leave(Blocked& blocked);
  bool lead_lone_caller();
  void wait_for_turn(std::unique_lock<std::mutex>& lock);
  void step();
  void settle();
  /// Who hands in may leave it to others to announce it to the loop, if there are others that certainly will.
  enum class Announce : std::uint8_t { kNow, kWithOthers };
  bool hand_in(std::move_only_function<void()> function, Announce announce);
  void announce_inbox();
  void call_for_thread();
  void run_inbox();
  static void on_blocked_done(detail::PromiseBase& task, void* blocked) noexcept;
  /// The same on a thread that doesn't drive the loop: told, the caller may destroy the loop, but if it drives the
  /// loop, it has to be called out of that first.
  static void on_done_elsewhere(Blocked& done) noexcept;
  void arm_clock();
  bool inbox_waits();
  bool finished();
  void run_with_waiter(detail::PromiseBase& task);

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  boost::asio::steady_timer clock_{io_};
  TimePoint clock_at_ = TimePoint::max();

  std::mutex inbox_mutex_;
  std::vector<std::move_only_function<void()>> inbox_;    // under inbox_mutex_
  bool inbox_announced_ = false;                          // under inbox_mutex_
  bool refusing_ = false;                                 // under inbox_mutex_
  std::vector<std::move_only_function<void()>> running_;  // loop thread

  // Who drives. The driver's own state needs no lock: it changes hands under this one.
  std::mutex drive_mutex_;
  std::condition_variable drive_changed_;
  std::atomic<Driver> driver_{Driver::kNobody};
  bool stepped_aside_ = false;           // the thread leaves the loop to blocked callers
  bool called_for_ = false;              // the thread is asked to take over at once
  std::uint64_t caller_turns_ = 0;       // how often a caller has driven
  std::size_t blocked_callers_ = 0;      // inside run_blocking
  std::atomic<Blocked*> lone_caller_{};  // the one that waits while the thread drives, if it is the only one
  Blocked* leading_ = nullptr;           // the caller that drives; on the loop
  // Shared with who tells a caller from elsewhere: told, the caller may destroy the loop.
  const std::shared_ptr<ParkingLot> lot_ = std::make_shared<ParkingLot>();
  std::vector<ParkingLot::Place*> done_;  // callers to wake at the end of this turn; on the loop
  bool stop_ = false;
  std::shared_ptr<void> owner_;
  std::thread thread_;
};

}  // namespace tikv::runtime
