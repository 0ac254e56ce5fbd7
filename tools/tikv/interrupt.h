#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace tikv::cli {

/// Ctrl-C and SIGTERM: the first cancels what runs, so that it ends as the client ends things; with nothing running, or
/// the second time, the program ends at once. Made first thing in main: threads started before would get the signals.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// While it lives, a signal triggers `token()`. One at a time.
  class Running {
   public:
    explicit Running(Interrupt* interrupt);  ///< null: never triggered
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    std::stop_token token() const noexcept { return source_.get_token(); }

   private:
    Interrupt* interrupt_;
    std::stop_source source_;
  };

 private:
  void watch() noexcept;
  void on_signal() noexcept;

  int signals_;
  int end_;
  std::mutex mutex_;
  std::optional<std::stop_source> running_;
  std::jthread thread_;
};

}  // namespace tikv::cli
