#include "route/send_failure.h"

#include <string_view>

namespace tikv::route {
namespace {

using Action = SendFailure::Action;
using Doubt = SendFailure::Doubt;

// gRPC's number for it; nothing else here asks for it.
constexpr auto kPermissionDenied = static_cast<net::StatusCode>(7);

SendFailure judge_status(const net::Status& status) noexcept {
  if (status.code == kPermissionDenied) return {Action::kGiveUp, ErrorKind::kServer, Doubt::kNone, Applied::kNo};
  switch (status.code) {
    // The server refuses such a request, now and later.
    case net::StatusCode::kUnimplemented:
      return {Action::kGiveUp, ErrorKind::kUnsupported, Doubt::kNone, Applied::kNo};
    case net::StatusCode::kUnauthenticated:
      return {Action::kGiveUp, ErrorKind::kServer, Doubt::kNone, Applied::kNo};
    case net::StatusCode::kInvalidArgument: {
      // TiKV's only way to say it.
      const bool stranger = status.message.find("cluster id") != std::string_view::npos;
      return {Action::kGiveUp, stranger ? ErrorKind::kClusterMismatch : ErrorKind::kServer, Doubt::kNone, Applied::kNo};
    }
    // A server on its way down says these, or something between it and us.
    case net::StatusCode::kUnavailable:
    case net::StatusCode::kCancelled:
    case net::StatusCode::kDeadlineExceeded:
      return {Action::kRetry, ErrorKind::kUnavailable, Doubt::kSuspect, Applied::kUnknown};
    default:
      return {Action::kRetry, ErrorKind::kUnavailable, Doubt::kNone, Applied::kUnknown};
  }
}

}  // namespace

SendFailure judge_send_failure(const net::Status& status, bool out_of_time) noexcept {
  SendFailure failure;
  switch (status.outcome) {
    case net::Outcome::kStatus:
      failure = judge_status(status);
      break;
    case net::Outcome::kDeadline:
      failure = {Action::kRetry, ErrorKind::kUnavailable, Doubt::kSuspect, Applied::kUnknown};
      // A caller with little patience tells little about the store.
      if (out_of_time) failure = {Action::kGiveUp, ErrorKind::kDeadline, Doubt::kCheck, Applied::kUnknown};
      break;
    case net::Outcome::kStopped:
      failure = {Action::kGiveUp, ErrorKind::kCancelled, Doubt::kNone, Applied::kUnknown};
      break;
    case net::Outcome::kClosed:
      failure = {Action::kGiveUp, ErrorKind::kClosed, Doubt::kNone, Applied::kUnknown};
      break;
    case net::Outcome::kTooLarge:
      failure = {Action::kGiveUp, ErrorKind::kTooLarge, Doubt::kNone, Applied::kUnknown};
      break;
    case net::Outcome::kOk:
    case net::Outcome::kConnection:
    case net::Outcome::kMalformed:
    // Certificates may be in the middle of being replaced, and another store may be past it.
    case net::Outcome::kTls:
      failure = {Action::kRetry, ErrorKind::kUnavailable, Doubt::kSuspect, Applied::kUnknown};
      break;
  }
  if (!status.sent) failure.applied = Applied::kNo;
  return failure;
}

}  // namespace tikv::route
