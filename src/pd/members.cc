#include "pd/members.h"

#include <tikv/proto/pdpb.pb.h>

#include <algorithm>
#include <charconv>

#include "base/probe.h"
namespace tikv::pd {
namespace {

namespace pdpb = proto::pdpb;

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";

std::string first_address(const pdpb::Member& member, bool tls) {
  for (const std::string& url : member.client_urls())
    if (auto address = address_of(url, tls)) return *std::move(address);
  return {};
}

AnswerKind kind_of_failure(const net::Status& status) {
  if (status.outcome == net::Outcome::kMalformed || status.outcome == net::Outcome::kTooLarge)
    return AnswerKind::kNotPd;
  if (status.outcome == net::Outcome::kTls) return AnswerKind::kUntrusted;
  if (status.outcome != net::Outcome::kStatus) return AnswerKind::kUnreachable;
  return status.code == net::StatusCode::kUnimplemented ? AnswerKind::kNotPd : AnswerKind::kNoLeader;
}

MembersAnswer answer_of(AnswerKind kind, std::string outcome) {
  MembersAnswer answer;
  answer.kind = kind;
  answer.outcome = std::move(outcome);
  return answer;
}

}  // namespace

std::optional<std::string> address_of(std::string_view url, bool tls) {
  const std::string_view scheme = url.starts_with(kHttp) ? kHttp : url.starts_with(kHttps) ? kHttps : "";
  if (scheme == kHttps && !tls) return std::nullopt;
  url.remove_prefix(scheme.size());
  if (!scheme.empty() && url.ends_with('/')) url.remove_suffix(1);
  const std::size_t colon = url.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const std::string_view host = url.substr(0, colon);
  const std::string_view port = url.substr(colon + 1);
  std::uint16_t number = 0;
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != port.data() + port.size() || number == 0) return std::nullopt;
  // A colon in the host: an IPv6 address, which then is in brackets.
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (host.find_first_of("/ ") != std::string_view::npos) return std::nullopt;
  if (!bracketed && host.find(':') != std::string_view::npos) return std::nullopt;
  return std::string(url);
}

MembersAnswer judge_members(const net::Status& status, const pdpb::GetMembersResponse& response,
                            std::optional<std::uint64_t> cluster_id, bool tls) {
  if (!status.ok()) {
    std::string outcome(net::outcome_name(status));
    if (!status.message.empty()) outcome += " (" + status.message + ")";
    return answer_of(kind_of_failure(status), std::move(outcome));
  }
  const pdpb::ResponseHeader& header = response.header();
  if (header.has_error() && header.error().type() != pdpb::OK)
    return answer_of(AnswerKind::kNoLeader, "error: " + header.error().message());
  if (header.cluster_id() == 0 && response.members().empty())
    return answer_of(AnswerKind::kNotPd, "an answer without members");
  if (cluster_id && header.cluster_id() != *cluster_id)
    return answer_of(AnswerKind::kOtherCluster, "cluster " + std::to_string(header.cluster_id()));

  MembersAnswer answer = answer_of(AnswerKind::kMembers, "ok");
  answer.members.cluster_id = header.cluster_id();
  for (const pdpb::Member& member : response.members())
    if (std::string address = first_address(member, tls); !address.empty())
      answer.members.addresses.push_back(std::move(address));
  answer.members.leader = first_address(response.leader(), tls);
  if (answer.members.leader.empty()) {
    answer.kind = AnswerKind::kNoLeader;
    answer.outcome = response.has_leader() ? "the leader has no address that can be used" : "no leader";
  }
  return answer;
}

Survey::Survey(std::optional<std::uint64_t> cluster_id, std::string failed_leader,
               const std::vector<std::string>& asked)
    : cluster_id_(cluster_id),
      failed_leader_(std::move(failed_leader)),
      leader_owes_(std::ranges::find(asked, failed_leader_) != asked.end()),
      outstanding_(asked.size()) {}

void Survey::add(std::string address, MembersAnswer answer, std::chrono::nanoseconds took) {
  --outstanding_;
  ++answers_;
  if (address == failed_leader_ && answer.kind == AnswerKind::kMembers) leader_owes_ = false;
  log_.add(std::move(address), answer.outcome, took);
  switch (answer.kind) {
    case AnswerKind::kOtherCluster:
      other_cluster_ = true;
      return;
    case AnswerKind::kNotPd:
      ++not_pd_;
      return;
    case AnswerKind::kUntrusted:
      ++untrusted_;
      return;
    case AnswerKind::kNoLeader:
      ++pds_;
      return;
    case AnswerKind::kUnreachable:
      return;
    case AnswerKind::kMembers:
      break;
  }
  ++pds_;
  if (best_ && best_->cluster_id != answer.members.cluster_id) {
    two_clusters_ = decided_ = true;
    return;
  }
  if (!best_ || best_->leader == failed_leader_) best_ = std::move(answer.members);
  if (cluster_id_ && (best_->leader != failed_leader_ || !leader_owes_)) decided_ = true;
}

Result<Members> Survey::verdict() const {
  if (two_clusters_) {
    return std::unexpected(log_.error(ErrorKind::kClusterMismatch, "the endpoints belong to different clusters"));
  }
  TIKV_PROBE_IF(doubtful(), "pd: the others believe in a leader that does not answer");
  if (doubtful()) return std::unexpected(log_.error(ErrorKind::kUnavailable, "PD's leader does not answer"));
  if (best_) return *best_;
  if (other_cluster_) {
    const std::string expected = cluster_id_ ? std::to_string(*cluster_id_) : std::string();
    return std::unexpected(log_.error(ErrorKind::kClusterMismatch,
                                      "PD is of another cluster than " + expected + ", to which this client belongs"));
  }
  if (not_pd_ > 0 && pds_ == 0) {
    return std::unexpected(log_.error(ErrorKind::kNotPd, "the endpoint answers, but not as a PD"));
  }
  if (untrusted_ > 0 && pds_ == 0) return std::unexpected(log_.error(ErrorKind::kTls, "TLS with PD has failed"));
  const char* const text = pds_ > 0 ? "PD has no leader" : "no PD endpoint can be reached";
  return std::unexpected(log_.error(ErrorKind::kUnavailable, text));
}

}  // namespace tikv::pd
