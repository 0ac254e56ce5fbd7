#include "route/flight.h"

#include <tikv/proto/errorpb.pb.h>
#include <tikv/proto/kvrpcpb.pb.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/probe.h"
#include "route/region_error.h"

namespace tikv::route {
namespace {

namespace metapb = proto::metapb;
namespace errorpb = proto::errorpb;
using Next = Step::Next;

// Two peers that name each other leader, or a region that looks different each time, settle in a moment; until then,
// asking without a pause helps nobody.
constexpr std::uint32_t kFreeLeaderChanges = 2;
constexpr std::uint32_t kFreeMoves = 2;

// A store too busy to look at requests does not even say that it leads no more. After so many refusals the others are
// asked, once, who does (client-go's leaderBusyProbeThreshold).
constexpr std::uint32_t kBusyBeforeProbe = 2;

void stamp_peer(metapb::Peer& message, const region::Peer& peer) {
  message.set_id(peer.id);
  message.set_store_id(peer.store_id);
  message.set_role(peer.learner ? metapb::Learner : metapb::Voter);
  message.set_is_witness(peer.witness);
}

/// What resource control says, as in client-go; a request that is urgent for the store does not wait here either.
std::uint8_t priority_of(const proto::kvrpcpb::Context& context) {
  constexpr std::uint64_t kMost = 16;  // resource control's own
  const std::uint64_t given = context.resource_control_context().override_priority();
  if (given > 0) return static_cast<std::uint8_t>(std::min(given, kMost));
  return context.priority() == proto::kvrpcpb::CommandPri::High ? net::Call::kUrgent : 0;
}

region::Peer peer_of(const metapb::Peer& message) {
  region::Peer peer;
  peer.id = message.id();
  peer.store_id = message.store_id();
  return peer;
}

}  // namespace

Router::Flight::Flight(Router& router, Retry& retry, const Wire& wire, SendOptions options, runtime::TimePoint deadline)
    : router_(router), retry_(retry), wire_(wire), options_(options), deadline_(deadline) {}

void Router::Flight::enter(region::RegionRef region) {
  region_ = std::move(region);
  tries_ = {};
}

Step::Next Router::Flight::note(Step step) {
  if (step.next == Next::kSend || step.next == Next::kDone) return step.next;
  trouble_ = std::make_unique<Step>(std::move(step));
  return trouble_->next;
}

Step::Next Router::Flight::aim() { return note(choose()); }

Step::Next Router::Flight::land(const net::Status& status) { return note(judge(status)); }

Step Router::Flight::choose() {
  const std::optional<std::size_t> chosen = choose_leader(*region_, tries_, router_.loop_.random());
  // Somebody else found out meanwhile.
  TIKV_PROBE_IF(chosen && !region_->state.usable, "send: the region went out of date");
  if (chosen && !region_->state.usable) return moved(std::nullopt, "the region is out of date");
  if (chosen) {
    target_ = *chosen;
    return {.next = Next::kSend};
  }
  target_ = region_->state.leader;
  address_ = store().address();
  began_ = router_.loop_.now();
  TIKV_PROBE("send: no peer can be reached");
  if (const observe::Metrics* metrics = router_.observer_.metrics()) metrics->route.no_replica.add(1);
  record("no peer can be reached");
  router_.regions_.invalidate(*region_);
  return moved(BackoffKind::kRegionMiss, "no peer of the region can be reached");
}

void Router::Flight::stamp(const TraceContext* trace) {
  using std::chrono::milliseconds;
  began_ = router_.loop_.recent();
  address_ = store().address();
  store_epoch_ = store().epoch();
  ++tries_[target_].sends;
  ++sends_;

  proto::kvrpcpb::Context& context = wire_.shape.context(wire_.request);
  context.set_region_id(region_->id);
  context.mutable_region_epoch()->set_conf_ver(region_->epoch_conf_version);
  context.mutable_region_epoch()->set_version(region_->epoch_version);
  stamp_peer(*context.mutable_peer(), region_->peers[target_]);
  context.set_is_retry_request(resent_ || retry_.doubt());
  // What nobody waits for any more need not be worked on.
  milliseconds limit = wire_.shape.method.is_read ? options_.timeout : std::min(options_.timeout, kMaxWriteExecution);
  if (deadline_ != runtime::TimePoint::max()) {
    limit = std::clamp(std::chrono::ceil<milliseconds>(deadline_ - began_), milliseconds{1}, limit);
  }
  context.set_max_execution_duration_ms(static_cast<std::uint64_t>(limit.count()));
  stamp_trace(context, trace);
  priority_ = priority_of(context);
  if (resent_) {
    wire_.response.Clear();
    return;
  }
  context.set_api_version(proto::kvrpcpb::V1);
  context.set_cluster_id(router_.options_.cluster_id);
  if (context.request_source().empty()) context.set_request_source(router_.options_.request_source);
  resent_ = true;
}

Error Router::Flight::no_turn() const {
  if (observe::StoreMetrics* metrics = store().metrics()) metrics->over_limit(*store().address());
  return Error(ErrorKind::kUnavailable, "store " + std::to_string(store().id()) + " has " +
                                            std::to_string(router_.options_.store_limit) +
                                            " requests of this client under way, which is the limit");
}

// TiKV's log has the trace's id then, and with the flag it traces the request itself (client-go's
// FlagTiKVCategoryRequest).
void Router::Flight::stamp_trace(proto::kvrpcpb::Context& context, const TraceContext* trace) {
  constexpr std::uint64_t kTraceRequest = 2;
  if (trace == nullptr) {
    context.clear_trace_id();
    context.set_trace_control_flags(0);
    return;
  }
  context.mutable_trace_id()->assign(trace->trace_id.begin(), trace->trace_id.end());
  context.set_trace_control_flags(trace->sampled() ? kTraceRequest : 0);
}

void Router::Flight::measure(const net::Status& status) {
  observe::StoreMetrics* const metrics = store().metrics();
  if (metrics == nullptr) return;
  const std::chrono::nanoseconds took = router_.loop_.now() - began_;
  metrics->request(wire_.shape.method.path, took);
  if (status.ok()) {
    const std::chrono::nanoseconds at_store = wire_.shape.store_time(wire_.response);
    if (at_store.count() > 0) metrics->network(took - at_store);
    return;
  }
  switch (status.outcome) {
    case net::Outcome::kStopped:
      return metrics->rpc_error("context-canceled");
    case net::Outcome::kClosed:
      return metrics->rpc_error("shutting-down");
    case net::Outcome::kConnection:
      metrics->connection_failure(*address_);
      [[fallthrough]];
    default:
      return metrics->rpc_error(net::outcome_name(status));
  }
}

Step Router::Flight::judge(const net::Status& status) {
  measure(status);
  outcome_ = net::outcome_name(status);
  if (!status.ok()) return on_failure(status);
  router_.regions_.stores().on_answer(store());
  if (const errorpb::Error* error = wire_.shape.region_error(wire_.response)) return on_region_error(*error);
  router_.regions_.confirm_leader(*region_, target_);
  return {.next = Next::kDone};
}

Step Router::Flight::on_failure(const net::Status& status) {
  std::string outcome(net::outcome_name(status));
  if (status.outcome == net::Outcome::kTls) outcome += " (" + status.message + ")";
  record(std::move(outcome));
  const SendFailure failure = judge_send_failure(status, router_.loop_.now() >= deadline_);
  region::StoreCache& stores = router_.regions_.stores();
  if (failure.doubt == SendFailure::Doubt::kSuspect) stores.on_send_failure(store(), store_epoch_);
  if (failure.doubt == SendFailure::Doubt::kCheck) stores.on_no_answer(store());

  std::string cause = "sending to " + *address_ + ": ";
  cause += net::outcome_name(status);
  if (!status.message.empty()) cause += " (" + status.message + ")";
  const bool over = failure.action == SendFailure::Action::kGiveUp;
  if (failure.applied == Applied::kUnknown) {
    // The caller's own deadline or cancel is told as such, and the doubt in `applied()`.
    std::optional<Step> end = doubt(cause);
    if (end && !over) return std::move(*end);
  }
  if (over) return {.next = Next::kFail, .error = Error(failure.kind, std::move(cause))};
  return {.pause = BackoffKind::kTikvRpc, .cause = std::move(cause)};
}

Step Router::Flight::on_region_error(const errorpb::Error& error) {
  const RegionErrorRow& row = region_error_row(error);
  record(std::string(row.name));
  outcome_ = row.name;
  if (observe::StoreMetrics* metrics = store().metrics()) metrics->region_error(row.name);
  if (router_.observer_.log().wants(LogLevel::kInfo)) log_region_error(row.name);
  std::string cause = *address_ + " answered ";
  cause += row.name;
  if (row.applied == Applied::kUnknown) {
    if (std::optional<Step> end = doubt(cause)) return std::move(*end);
  }
  switch (row.action) {
    case RegionAction::kAgain:
      TIKV_PROBE_IF(error.has_server_is_busy() && busy_ + 1 == kBusyBeforeProbe, "send: too busy to say who leads");
      if (error.has_server_is_busy() && ++busy_ == kBusyBeforeProbe) tries_[target_].given_up = true;
      break;
    case RegionAction::kOther:
      TIKV_PROBE("region error: another peer is asked");
      tries_[target_].given_up = true;
      break;
    case RegionAction::kFollowLeader:
      return on_not_leader(error);
    case RegionAction::kNewEpoch:
      return on_epoch_not_match(error);
    case RegionAction::kWrongStore:
      TIKV_PROBE("region error: another store answers at the address");
      router_.regions_.stores().on_wrong_store(store());
      [[fallthrough]];
    case RegionAction::kMoved:
      router_.regions_.invalidate(*region_);
      return moved(row.pause, std::move(cause));
    case RegionAction::kGiveUp:
      TIKV_PROBE("region error: no use to try again");
      return {.next = Next::kFail, .error = give_up_error(row, error, retry_.redaction())};
  }
  return {.pause = row.pause, .pause_length = requested_pause(error), .cause = std::move(cause)};
}

Step Router::Flight::on_not_leader(const errorpb::Error& error) {
  tries_[target_].not_leader = true;
  const region::Peer named = peer_of(error.not_leader().leader());
  if (named.id == 0 || named.id == region_->peers[target_].id) {
    TIKV_PROBE("region error: no leader");
    return {.pause = BackoffKind::kRegionScheduling, .cause = "the region has no leader"};
  }
  if (!router_.regions_.update_leader(*region_, named)) {
    TIKV_PROBE("region error: the leader is a peer nobody knew");
    return moved(BackoffKind::kRegionMiss, "the region's leader is a peer that was not known");
  }
  PeerTries& leader = tries_[std::min(region_->state.leader, kMaxPeersTried - 1)];
  leader.not_leader = leader.given_up = false;
  Step step;
  TIKV_PROBE_IF(leader_changes_ >= kFreeLeaderChanges, "region error: the leader moves about");
  if (++leader_changes_ > kFreeLeaderChanges) step.pause = BackoffKind::kRegionScheduling;
  step.cause = "the region's leader moves about";
  return step;
}

Step Router::Flight::on_epoch_not_match(const errorpb::Error& error) {
  std::vector<const metapb::Region*> current;
  for (const metapb::Region& region : error.epoch_not_match().current_regions()) current.push_back(&region);
  switch (router_.regions_.on_epoch_not_match(*region_, store().id(), current)) {
    case region::RegionCache::EpochUpdate::kAhead:
      TIKV_PROBE("region error: the store is behind the epoch");
      return {.pause = BackoffKind::kRegionMiss, .cause = "the store is behind the region's epoch"};
    case region::RegionCache::EpochUpdate::kInvalidated:
      TIKV_PROBE("region error: a new epoch without its regions");
      return moved(BackoffKind::kRegionMiss, "the region's epoch is over");
    case region::RegionCache::EpochUpdate::kReplaced:
      TIKV_PROBE("region error: a new epoch with its regions");
      break;
  }
  return moved(std::nullopt, "the region's epoch is over");
}

Step Router::Flight::moved(std::optional<BackoffKind> pause, std::string cause) {
  if (retry_.note_move() > kFreeMoves && !pause) {
    TIKV_PROBE("send: the region moves about");
    pause = BackoffKind::kRegionMiss;
  }
  return {.next = Next::kMoved, .pause = pause, .cause = std::move(cause)};
}

std::optional<Step> Router::Flight::doubt(const std::string& cause) {
  if (wire_.shape.method.is_read) return std::nullopt;
  maybe_applied_ = true;
  if (options_.idempotent) return std::nullopt;
  TIKV_PROBE("send: undetermined, and not repeated");
  Step step;
  step.next = Next::kFail;
  step.error.emplace(ErrorKind::kUndetermined, cause + "; whether it took effect is not known, and it is not repeated");
  return step;
}

// A split or a lost leader makes thousands of them at once.
void Router::Flight::log_region_error(std::string_view name) {
  const std::optional<std::uint64_t> held_back = router_.region_errors_logged_.pass(router_.loop_.now());
  if (!held_back) return;
  router_.observer_.log().info("region error", {{"error", name},
                                                {"region", region_->id},
                                                {"store", store().id()},
                                                {"address", std::string_view(*address_)},
                                                {"method", wire_.shape.method.name()},
                                                {"not_logged", *held_back}});
}

void Router::Flight::describe(Span& span, const net::Status& status, Step::Next next) const {
  span.set_attribute("rpc.method", wire_.shape.method.name());
  span.set_attribute("server.address", std::string_view(*address_));
  if (region_) {
    span.set_attribute("tikv.region", static_cast<std::int64_t>(region_->id));
    span.set_attribute("tikv.store", static_cast<std::int64_t>(store().id()));
  }
  span.set_attribute("tikv.outcome", outcome_);
  if (!status.ok() || next != Next::kDone) span.set_error(outcome_);
}

void Router::Flight::record(std::string outcome) {
  Attempt attempt;
  attempt.region_id = region_->id;
  attempt.epoch_version = region_->epoch_version;
  attempt.epoch_conf_version = region_->epoch_conf_version;
  attempt.store_id = store().id();
  if (address_) attempt.address = *address_;
  attempt.outcome = std::move(outcome);
  attempt.took = router_.loop_.now() - began_;
  retry_.record(std::move(attempt));
}

Error Router::Flight::fail(Error error) const {
  error = retry_.annotate(std::move(error));
  error.with_context(wire_.shape.method.name());
  const bool earlier = retry_.doubt() && !wire_.shape.method.is_read;
  if (maybe_applied_ || earlier) error.with_applied(Applied::kUnknown);
  return error;
}

Error Router::Flight::fail_lookup(Error error) const {
  for (const Attempt& attempt : error.attempts()) retry_.record(attempt);
  error.with_attempts({}, 0);
  return fail(std::move(error));
}

}  // namespace tikv::route
