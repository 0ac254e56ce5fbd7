#pragma once

#include <tikv/task.h>

namespace tikv::runtime {

/// The loop that the calling thread drives right now; null on every other thread.
detail::Home* current_home() noexcept;

/// Marks the calling thread as the driver of `home` for a while.
class DrivingScope {
 public:
  explicit DrivingScope(detail::Home* home) noexcept;
  ~DrivingScope();
  DrivingScope(const DrivingScope&) = delete;
  DrivingScope& operator=(const DrivingScope&) = delete;

 private:
  detail::Home* before_;
};

}  // namespace tikv::runtime
