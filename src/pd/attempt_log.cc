#include "pd/attempt_log.h"

#include <utility>

namespace tikv::pd {

void AttemptLog::add(std::string address, std::string outcome, std::chrono::nanoseconds took) {
  Attempt attempt;
  attempt.address = std::move(address);
  attempt.outcome = std::move(outcome);
  attempt.took = took;
  attempts_.push_back(std::move(attempt));
  ++count_;
  trim();
}

void AttemptLog::add(const Error& error) {
  attempts_.insert(attempts_.end(), error.attempts().begin(), error.attempts().end());
  count_ += error.attempt_count();
  trim();
}

void AttemptLog::clear() noexcept {
  attempts_.clear();
  count_ = 0;
}

std::string AttemptLog::last() const {
  return attempts_.empty() ? std::string() : attempts_.back().address + " " + attempts_.back().outcome;
}

Error AttemptLog::error(ErrorKind kind, std::string message) const {
  if (!attempts_.empty()) message += "; last: " + last();
  Error error(kind, std::move(message));
  if (!attempts_.empty()) error.with_attempts(attempts_, count_);
  return error;
}

void AttemptLog::trim() {
  if (attempts_.size() <= Error::kMaxAttempts) return;
  attempts_.erase(attempts_.begin(), attempts_.end() - static_cast<std::ptrdiff_t>(Error::kMaxAttempts));
}

}  // namespace tikv::pd
