#include "pd/directory.h"

#include <tikv/proto/pdpb.pb.h>

#include <algorithm>
#include <utility>

#include "base/probe.h"
#include "proto/pd_methods.h"
#include "runtime/wait.h"

namespace tikv::pd {

namespace pdpb = proto::pdpb;

/// What one survey's questions share. They outlive it: the slow ones are told to stop, and end by themselves.
struct Directory::Round {
  Round(std::optional<std::uint64_t> cluster_id, const std::string& failed, const std::vector<std::string>& asked)
      : survey(cluster_id, failed, asked) {}
  Survey survey;
  std::stop_source stop;
  runtime::Wait progress;
  bool over = false;
};

Task<Result<void>> Directory::find_leader(std::string failed) {
  if (closed()) co_return std::unexpected(runtime::wake_error(runtime::Wake::kClosed, "looking for PD's leader"));
  if (!members_.leader.empty() && members_.leader != failed) co_return Result<void>();
  if (!searching_) start_survey(std::move(failed));
  // A survey may be over at once, if the loop is closing.
  if (searching_) {
    const runtime::Wake why = co_await search_over_.wait();
    if (why != runtime::Wake::kReady) co_return std::unexpected(runtime::wake_error(why, "looking for PD's leader"));
  }
  if (last_error_) co_return std::unexpected(*last_error_);
  co_return Result<void>();
}

void Directory::refresh_if_old() {
  if (searching_ || closed() || members_.leader.empty()) return;
  if (loop_.now() - asked_at_ >= options_.member_max_age) start_survey({});
}

void Directory::suspect(const std::string& leader) {
  const bool known = searching_ || closed() || members_.leader != leader;
  if (!known && loop_.now() - asked_at_ >= options_.member_timeout) start_survey(leader);
}

void Directory::start_survey(std::string failed) {
  searching_ = true;
  asked_at_ = loop_.now();
  if (failed.empty()) failed = suspect_;
  scope_.spawn(run_survey(std::move(failed)), std::chrono::nanoseconds{0}, closing_.get_token());
}

std::vector<std::string> Directory::whom_to_ask() const {
  // The configured endpoints as well: they may be names for whatever members there are by now.
  std::vector<std::string> all = members_.addresses;
  for (const std::string& endpoint : endpoints_)
    if (std::ranges::find(all, endpoint) == all.end()) all.push_back(endpoint);
  return all;
}

Task<void> Directory::run_survey(std::string failed) {
  const std::vector<std::string> addresses = whom_to_ask();
  auto round = std::make_shared<Round>(cluster_id_, failed, addresses);
  for (const std::string& address : addresses) {
    scope_.spawn(ask(round, address), options_.member_timeout, round->stop.get_token());
  }
  bool grace = false;
  while (!round->survey.decided()) {
    if (round->survey.usable() && !std::exchange(grace, true)) round->progress.limit(loop_.now() + Survey::kGrace);
    round->progress.reset();
    const runtime::Wake why = co_await round->progress;
    if (why != runtime::Wake::kReady) break;
  }
  round->over = true;
  round->stop.request_stop();
  searching_ = false;
  if (closed() || loop_.closing()) {
    last_error_ = runtime::wake_error(runtime::Wake::kClosed, "looking for PD's leader");
  } else {
    take(round->survey.verdict(), failed, round->survey.hopeless());
  }
  search_over_.notify_all();
}

Task<void> Directory::ask(std::shared_ptr<Round> round, std::string address) {
  const runtime::TimePoint start = loop_.now();
  pdpb::GetMembersRequest request;
  request.mutable_header()->set_cluster_id(cluster_id_.value_or(0));
  request.mutable_header()->set_caller_id(options_.caller_id);
  pdpb::GetMembersResponse response;
  net::Call call(transport_, address, proto::MethodOf<pdpb::GetMembersRequest>::method, request, response);
  const net::Status status = co_await call;
  if (round->over) co_return;
  MembersAnswer answer = judge_members(status, response, round->survey.cluster_id(), options_.tls);
  round->survey.add(std::move(address), std::move(answer), loop_.now() - start);
  round->progress.wake();
}

void Directory::take(Result<Members> verdict, const std::string& failed, bool hopeless) {
  last_error_.reset();
  if (verdict) {
    const bool moved = verdict->leader != members_.leader;
    if (moved || lost_) {
      observer_.log().info("PD has a leader", {{"leader", std::string_view(verdict->leader)},
                                               {"members", std::uint64_t{verdict->addresses.size()}}});
    }
    lost_ = false;
    members_ = *std::move(verdict);
    cluster_id_ = members_.cluster_id;
    suspect_.clear();
    TIKV_PROBE_IF(moved, "pd: a new leader");
    if (moved && listener_ != nullptr) listener_->on_new_leader();
    return;
  }
  TIKV_PROBE("pd: no leader found");
  last_error_ = std::move(verdict).error();
  trouble_.add(*last_error_);
  suspect_ = failed;
  if (!std::exchange(lost_, true)) {
    observer_.log().warn("PD has no leader that answers",
                         {{"why", std::string_view(last_error_->message())}, {"before", std::string_view(failed)}});
  }
  if (members_.leader == failed) members_.leader.clear();
  // While one endpoint may still come up as PD, or the cluster was seen before, the search goes on.
  const bool may_change = !hopeless || cluster_id_;
  const bool final = last_error_->kind() == ErrorKind::kNotPd || last_error_->kind() == ErrorKind::kTls;
  if (final && may_change) last_error_->with_advice(Advice::kRetryCall);
}

void Directory::begin_close() noexcept { closing_.request_stop(); }

Task<void> Directory::join() { co_await scope_.join(); }

}  // namespace tikv::pd
