#include "pd/verdict.h"

#include <tikv/proto/pdpb.pb.h>

#include <algorithm>

#include "pd/pd_client.h"

namespace tikv::pd {
namespace {

namespace pdpb = proto::pdpb;

struct CodeRow {
  net::StatusCode code;
  Next next;
  ErrorKind kind;
};

// What PD's handlers answer (pkg/errs in PD) and what gRPC itself does. Codes that are not here: kFindLeader.
constexpr CodeRow kCodes[] = {
    {net::StatusCode::kInvalidArgument, Next::kFail, ErrorKind::kServer},
    {net::StatusCode::kNotFound, Next::kFail, ErrorKind::kServer},
    {net::StatusCode::kUnimplemented, Next::kFail, ErrorKind::kUnsupported},
    {net::StatusCode::kUnauthenticated, Next::kFail, ErrorKind::kServer},
    // Rate limit (ErrGRPCRateLimitExceeded).
    {net::StatusCode::kResourceExhausted, Next::kPause, ErrorKind::kUnavailable},
};

struct HeaderRow {
  pdpb::ErrorType type;
  Next next;
  ErrorKind kind;
};

// Types that are not here belong to the call: kDone.
constexpr HeaderRow kHeaders[] = {
    // No store has started yet, or a new leader has not loaded the cluster yet.
    {pdpb::NOT_BOOTSTRAPPED, Next::kPause, ErrorKind::kUnavailable},
};

Verdict verdict(Next next, ErrorKind kind, std::string outcome) {
  Verdict result;
  result.next = next;
  result.kind = kind;
  result.outcome = std::move(outcome);
  return result;
}

Verdict judge_failure(const net::Status& status) {
  std::string outcome(net::outcome_name(status));
  if (!status.message.empty()) outcome += " (" + status.message + ")";
  if (status.outcome == net::Outcome::kTooLarge) return verdict(Next::kFail, ErrorKind::kServer, std::move(outcome));
  if (status.outcome == net::Outcome::kStatus) {
    const auto row = std::ranges::find(kCodes, status.code, &CodeRow::code);
    if (row != std::end(kCodes)) return verdict(row->next, row->kind, std::move(outcome));
  }
  return verdict(Next::kFindLeader, ErrorKind::kUnavailable, std::move(outcome));
}

}  // namespace

Verdict judge(const net::Status& status, const pdpb::ResponseHeader& header, std::uint64_t cluster_id) {
  if (!status.ok()) return judge_failure(status);
  if (header.cluster_id() != 0 && header.cluster_id() != cluster_id) {
    return verdict(Next::kFail, ErrorKind::kClusterMismatch,
                   "PD is of cluster " + std::to_string(header.cluster_id()) + ", this client belongs to " +
                       std::to_string(cluster_id));
  }
  const auto row = std::ranges::find(kHeaders, header.error().type(), &HeaderRow::type);
  if (row == std::end(kHeaders)) return verdict(Next::kDone, ErrorKind::kServer, "ok");
  return verdict(row->next, row->kind, pdpb::ErrorType_Name(row->type) + " (" + header.error().message() + ")");
}

std::chrono::nanoseconds pause_before(std::uint32_t failures, bool new_leader, const PdOptions& options,
                                      std::mt19937_64& random) {
  const std::uint32_t free = new_leader ? 4 : 2;
  if (failures < free) return std::chrono::nanoseconds{0};
  const std::chrono::nanoseconds base = options.backoff_base;
  const std::uint32_t doublings = std::min<std::uint32_t>(failures - free, 20);
  const std::chrono::nanoseconds whole =
      std::min<std::chrono::nanoseconds>(base * (1LL << doublings), options.backoff_max);
  const auto half = static_cast<std::uint64_t>(whole.count() / 2);
  return whole - std::chrono::nanoseconds(static_cast<std::int64_t>(half == 0 ? 0 : random() % half));
}

bool worth_repeating(const Error& error) noexcept {
  const bool about_pd =
      error.kind() == ErrorKind::kUnavailable || error.kind() == ErrorKind::kNotPd || error.kind() == ErrorKind::kTls;
  return about_pd && error.advice() == Advice::kRetryCall;
}

}  // namespace tikv::pd
