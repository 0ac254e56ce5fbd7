#pragma once

#include <tikv/error.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tikv::pd {

/// What was tried, for the error in which it may end: the newest attempts and the number of all.
class AttemptLog {
 public:
  void add(std::string address, std::string outcome, std::chrono::nanoseconds took);
  /// Takes over what another error tells, as the attempts of a search for the leader.
  void add(const Error& error);
  void clear() noexcept;
  bool empty() const noexcept { return count_ == 0; }
  std::uint32_t count() const noexcept { return count_; }
  /// "pd1:2379 connection" for the message; empty if nothing was tried.
  std::string last() const;
  /// An error with these attempts.
  Error error(ErrorKind kind, std::string message) const;

 private:
  void trim();
  std::vector<Attempt> attempts_;
  std::uint32_t count_ = 0;
};

}  // namespace tikv::pd
