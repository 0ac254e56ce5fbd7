#include "net/transport.h"

#include <array>

namespace tikv::net {
namespace {

constexpr std::array<std::string_view, 17> kCodeNames = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};
constexpr std::array<std::string_view, 9> kOutcomeNames = {"ok",     "status",    "connection", "deadline", "stopped",
                                                           "closed", "too large", "malformed",  "tls"};

}  // namespace

Outcome outcome_of(runtime::Wake why) noexcept {
  switch (why) {
    case runtime::Wake::kDeadline:
      return Outcome::kDeadline;
    case runtime::Wake::kStopped:
      return Outcome::kStopped;
    case runtime::Wake::kClosed:
      return Outcome::kClosed;
    case runtime::Wake::kReady:
      break;
  }
  return Outcome::kOk;
}

std::string_view outcome_name(const Status& status) noexcept {
  const auto code = static_cast<std::size_t>(status.code);
  if (status.outcome == Outcome::kStatus && code < kCodeNames.size()) return kCodeNames[code];
  return kOutcomeNames[static_cast<std::size_t>(status.outcome)];
}

bool Call::begin(const detail::TaskContext& context) {
  deadline_ = context.deadline;
  trace_ = context.trace;
  // What is over before it began is not sent.
  const bool over = context.stop.stop_requested() || deadline_ <= runtime::current_loop().recent() ||
                    runtime::current_loop().closing();
  if (over) return true;  // the wait itself finds the reason
  started_ = true;
  transport_.start(*this);
  return !woken();
}

void Call::finish(Status status) {
  started_ = false;
  status.sent = status.sent || sent_;
  status_ = std::move(status);
  wake();
}

void Call::on_abandoned() noexcept {
  if (started_) transport_.abandon(*this);
  started_ = false;
}

Status Call::take_status(runtime::Wake why) {
  if (why == runtime::Wake::kReady) return std::move(status_);
  Status status;
  status.outcome = outcome_of(why);
  status.sent = sent_;
  return status;
}

}  // namespace tikv::net
