#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

namespace tikv::cli {

/// How far something has come.
struct Advance {
  std::uint64_t done = 0;   ///< Bytes.
  std::uint64_t total = 0;  ///< Bytes; 0 if not known.
  std::uint64_t keys = 0;
  std::chrono::duration<double> took{0};
  // Of `done` and `keys`, what an earlier run did: it took none of the time.
  std::uint64_t done_before = 0;
  std::uint64_t keys_before = 0;
};

/// "import  [#####.....]  50%  12.3 MiB  10000 keys  2500/s  ETA 4 s", not wider than `width` columns.
std::string progress_line(std::string_view title, const Advance& advance, std::size_t width);

/// A line on a terminal that is written over again and again, ten times a second at most; nothing on anything else.
class Progress {
 public:
  /// `total`: bytes, 0 if not known. `enabled`: whether there is a terminal to show it on.
  Progress(std::ostream& err, bool enabled, std::string title, std::uint64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// An earlier run had come so far.
  void go_on(std::uint64_t done, std::uint64_t keys) noexcept {
    done_before_ = done;
    keys_before_ = keys;
  }
  void show(std::uint64_t done, std::uint64_t keys);

 private:
  using Clock = std::chrono::steady_clock;
  std::ostream& err_;
  bool enabled_;
  std::string title_;
  std::uint64_t total_;
  std::uint64_t done_before_ = 0;
  std::uint64_t keys_before_ = 0;
  Clock::time_point start_ = Clock::now();
  Clock::time_point shown_{};
};

/// Whether stderr is a terminal.
bool stderr_is_terminal();

}  // namespace tikv::cli
