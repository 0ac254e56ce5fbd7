#include "testkit/cluster/gate.h"

#include <utility>

namespace tikv::testing::cluster {

void Gate::pass(Arrival arrival, ReplyFn reply) {
  const auto counted = counts_.find(arrival.method);
  if (counted != counts_.end()) {
    ++counted->second;
  } else {
    counts_.emplace(arrival.method, 1);
  }
  ServerState& server = servers_[arrival.server];
  if (!server.frozen && faults_.empty()) return arrival.execute(std::move(reply));
  auto pending = std::make_shared<Pending>(Pending{std::move(arrival), std::move(reply)});
  if (!server.frozen) return meet_faults(std::move(pending));
  server.waiting.push_back([this, pending] { meet_faults(pending); });
}

std::uint64_t Gate::count(std::string_view method) const {
  const auto counted = counts_.find(method);
  return counted == counts_.end() ? 0 : counted->second;
}

void Gate::thaw(const ServerId& server) {
  ServerState& state = servers_[server];
  state.frozen = false;
  const auto waiting = std::exchange(state.waiting, {});
  for (const auto& work : waiting) work();
}

void Gate::went_down(const ServerId& server) {
  ServerState& state = servers_[server];
  ++state.incarnation;
  state.frozen = false;
  state.waiting.clear();
}

void Gate::later(const ServerId& server, std::chrono::milliseconds delay, std::function<void()> work) {
  const std::uint64_t incarnation = servers_[server].incarnation;
  host_.call_after(delay, [this, server, incarnation, work = std::move(work)] {
    if (servers_[server].incarnation == incarnation) work();
  });
}

void Gate::meet_faults(std::shared_ptr<Pending> pending) {
  const auto hit = faults_.meet(pending->arrival.server, pending->arrival.method);
  if (hit) return apply(*hit, std::move(pending));
  pending->arrival.execute(std::move(pending->reply));
}

// What was refused was not carried out, so there is nothing to do a second time: its sender knows that nothing was
// done, and by then may have given up.
void Gate::execute_and_again(std::chrono::milliseconds delay, std::shared_ptr<Pending> pending) {
  auto refused = std::make_shared<bool>(false);
  pending->arrival.execute([pending, refused](RpcReply reply) {
    *refused = reply.ok() && pending->arrival.refused != nullptr && pending->arrival.refused(*reply.response);
    pending->reply(std::move(reply));
  });
  later(pending->arrival.server, delay, [pending, refused] {
    if (!*refused) pending->arrival.execute([](RpcReply) {});
  });
}

void Gate::apply(const FaultScript::Hit& hit, std::shared_ptr<Pending> pending) {
  Arrival& arrival = pending->arrival;
  switch (hit.fault.kind) {
    case FaultKind::kDropRequest:
      return;
    case FaultKind::kDropReply:
      return arrival.execute([](RpcReply) {});
    case FaultKind::kDelayRequest:
      return later(arrival.server, hit.fault.delay, [pending] { pending->arrival.execute(std::move(pending->reply)); });
    case FaultKind::kDelayReply:
      return arrival.execute([this, pending, delay = hit.fault.delay](RpcReply reply) {
        auto kept = std::make_shared<RpcReply>(std::move(reply));
        later(pending->arrival.server, delay, [pending, kept] { pending->reply(std::move(*kept)); });
      });
    case FaultKind::kDuplicate:
      if (hit.fault.delay.count() > 0) return execute_and_again(hit.fault.delay, std::move(pending));
      arrival.execute([](RpcReply) {});
      return arrival.execute(std::move(pending->reply));
    case FaultKind::kRegionError:
      if (!arrival.region_error) return arrival.execute(std::move(pending->reply));
      return pending->reply(RpcReply::of(arrival.region_error(hit)));
    case FaultKind::kStatus:
      return pending->reply(RpcReply::failed(static_cast<RpcCode>(hit.fault.status), "a fault of the test's making"));
    case FaultKind::kBreakBefore:
      return pending->reply(RpcReply::connection_broken());
    case FaultKind::kBreakAfter:
      return arrival.execute([pending](RpcReply) { pending->reply(RpcReply::connection_broken()); });
  }
}

}  // namespace tikv::testing::cluster
