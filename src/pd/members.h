#pragma once

#include <tikv/error.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/transport.h"
#include "pd/attempt_log.h"

namespace tikv::proto::pdpb {
class GetMembersResponse;
}

// Decisions about PD's members: no I/O here, `Directory` asks.
namespace tikv::pd {

/// host:port of `url`, which may be that already, or that after `http://` or `https://`. Nothing for what is neither.
/// As in PD's own client, `tls` decides how to talk to it, whatever the scheme says, with one exception: without `tls`
/// there is nothing for `https://`. To talk in plain text to an endpoint that was meant to be encrypted would be worse
/// than not to talk.
std::optional<std::string> address_of(std::string_view url, bool tls);

struct Members {
  std::uint64_t cluster_id = 0;
  std::vector<std::string> addresses;  ///< One of each member, host:port.
  std::string leader;                  ///< host:port.
};

/// What a member said about who the members are.
enum class AnswerKind : std::uint8_t {
  kMembers,       ///< Members and leader.
  kNoLeader,      ///< A PD, but it knows of no leader, or can't answer now.
  kOtherCluster,  ///< A PD of another cluster.
  kNotPd,         ///< Something answers, and it isn't PD.
  kUntrusted,     ///< TLS has failed.
  kUnreachable,   ///< No answer.
};

struct MembersAnswer {
  AnswerKind kind = AnswerKind::kUnreachable;
  Members members;      ///< Complete for `kMembers` only.
  std::string outcome;  ///< For the attempt history.
};

/// `cluster_id`: the cluster that must answer; nothing if any will do. `tls`: see `address_of`.
MembersAnswer judge_members(const net::Status& status, const proto::pdpb::GetMembersResponse& response,
                            std::optional<std::uint64_t> cluster_id, bool tls);

/// One round of asking all members at once who they are, as its answers come in.
///
/// The first answer that names a leader decides, with two exceptions. It names the leader that has just failed: others
/// may have heard of a new one, and if none has, the failed one must answer this question at least before anybody goes
/// back to it. Or the client does not know yet which cluster it belongs to: endpoints of two clusters would make the
/// choice a matter of luck, so all are given `kGrace` to answer.
class Survey {
 public:
  /// Own choice: a round trip between data centres.
  static constexpr std::chrono::milliseconds kGrace{100};

  /// `asked`: whom, host:port.
  Survey(std::optional<std::uint64_t> cluster_id, std::string failed_leader, const std::vector<std::string>& asked);

  void add(std::string address, MembersAnswer answer, std::chrono::nanoseconds took);

  /// Nothing that is still to come can matter.
  bool decided() const noexcept { return decided_ || outstanding_ == 0; }
  /// There is an answer good enough to go on with, after `kGrace`.
  bool usable() const noexcept { return best_ && !doubtful(); }
  std::optional<std::uint64_t> cluster_id() const noexcept { return cluster_id_; }

  /// The members, or why not: `kClusterMismatch`, `kNotPd` (only PDs were missing among all that answered), `kTls` (no
  /// member but such that can't be trusted) or `kUnavailable`, with what each of those asked said.
  Result<Members> verdict() const;
  /// All who were asked answered, and none of them as a PD that can be trusted: asking again can't help.
  bool hopeless() const noexcept { return answers_ > 0 && not_pd_ + untrusted_ == answers_ && outstanding_ == 0; }

 private:
  /// All that is known is the leader that failed, which owes its answer.
  bool doubtful() const noexcept { return leader_owes_ && best_ && best_->leader == failed_leader_; }

  std::optional<std::uint64_t> cluster_id_;
  std::string failed_leader_;
  bool leader_owes_;
  std::size_t outstanding_;
  std::size_t answers_ = 0;
  std::size_t not_pd_ = 0;
  std::size_t untrusted_ = 0;
  std::size_t pds_ = 0;
  bool other_cluster_ = false;
  bool two_clusters_ = false;
  bool decided_ = false;
  std::optional<Members> best_;
  AttemptLog log_;
};

}  // namespace tikv::pd
