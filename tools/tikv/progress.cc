#include "progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace tikv::cli {
namespace {

constexpr std::chrono::milliseconds kPause{100};
constexpr std::size_t kBar = 20;
constexpr std::size_t kUsualWidth = 80;
constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};

std::string size_text(std::uint64_t bytes) {
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", size, kUnits[unit]);
  return text;
}

std::string whole(double number) { return std::to_string(static_cast<std::uint64_t>(number)); }

std::string bar_text(double share) {
  const auto full = static_cast<std::size_t>(share * kBar);
  char percent[16];
  std::snprintf(percent, sizeof percent, "%3.0f%%", share * 100);
  return "[" + std::string(full, '#') + std::string(kBar - full, '.') + "] " + percent;
}

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsualWidth;
}

}  // namespace

std::string progress_line(std::string_view title, const Advance& advance, std::size_t width) {
  std::string line(title);
  const double share =
      advance.total == 0 ? 0 : std::min(1.0, static_cast<double>(advance.done) / static_cast<double>(advance.total));
  if (advance.total != 0) line += "  " + bar_text(share);
  line += "  " + size_text(advance.done) + "  " + std::to_string(advance.keys) + " keys";
  const double seconds = advance.took.count();
  if (seconds > 0) line += "  " + whole(static_cast<double>(advance.keys - advance.keys_before) / seconds) + "/s";
  const std::uint64_t fresh = advance.done - advance.done_before;
  if (advance.total > advance.done && fresh > 0) {
    const double left = static_cast<double>(advance.total - advance.done) / static_cast<double>(fresh);
    line += "  ETA " + whole(seconds * left) + " s";
  }
  line.resize(std::min(line.size(), width));
  return line;
}

Progress::Progress(std::ostream& err, bool enabled, std::string title, std::uint64_t total)
    : err_(err), enabled_(enabled), title_(std::move(title)), total_(total) {}

Progress::~Progress() {
  if (enabled_) err_ << "\r\x1b[K" << std::flush;
}

void Progress::show(std::uint64_t done, std::uint64_t keys) {
  const auto now = Clock::now();
  if (!enabled_ || now - shown_ < kPause) return;
  shown_ = now;
  const Advance advance{done, total_, keys, now - start_, done_before_, keys_before_};
  err_ << '\r' << progress_line(title_, advance, terminal_width() - 1) << "\x1b[K" << std::flush;
}

bool stderr_is_terminal() { return isatty(STDERR_FILENO) != 0; }

}  // namespace tikv::cli
