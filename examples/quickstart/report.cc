#include "report.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace quickstart {

void Latencies::add(Clock::duration took) {
  const std::lock_guard lock(mutex_);
  microseconds_.push_back(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
}

std::string Latencies::to_string() const {
  const std::lock_guard lock(mutex_);
  if (microseconds_.empty()) return "no operations";
  std::vector<std::int64_t> sorted = microseconds_;
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&](double quantile) {
    return static_cast<double>(sorted[static_cast<std::size_t>(quantile * static_cast<double>(sorted.size() - 1))]) /
           1000;
  };
  char text[96];
  std::snprintf(text, sizeof text, "p50 %.2f ms, p99 %.2f ms, max %.2f ms", at(0.5), at(0.99), at(1));
  return text;
}

ProgressBar::ProgressBar(std::string label, std::uint64_t total)
    : label_(std::move(label)), total_(total), terminal_(isatty(STDOUT_FILENO) == 1) {}

void ProgressBar::show(std::uint64_t done) {
  constexpr int kWidth = 40;
  const int percent = total_ == 0 ? 100 : static_cast<int>(done * 100 / total_);
  if (percent == drawn_percent_ || (!terminal_ && percent < 100)) return;
  drawn_percent_ = percent;
  const std::string filled(static_cast<std::size_t>(percent * kWidth / 100), '#');
  std::printf("%s%s [%-*s] %3d %%  %llu of %llu%s", terminal_ ? "\r" : "", label_.c_str(), kWidth, filled.c_str(),
              percent, static_cast<unsigned long long>(done), static_cast<unsigned long long>(total_),
              percent == 100 ? "\n" : "");
  std::fflush(stdout);
}

double per_second(std::uint64_t count, Clock::duration time) {
  return static_cast<double>(count) / std::max(std::chrono::duration<double>(time).count(), 1e-9);
}

}  // namespace quickstart
