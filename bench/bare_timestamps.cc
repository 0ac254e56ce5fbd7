#include "bare_timestamps.h"

#include <utility>

#include "meter.h"
#include "proto/pd_methods.h"

namespace tikv::bench {
namespace {

constexpr int kLogicalBits = 18;

}  // namespace

BareTimestamps::BareTimestamps(runtime::Loop& loop, net::Transport& transport, std::string_view pd_leader,
                               std::uint64_t cluster_id)
    : loop_(loop), stream_(transport.open(pd_leader, proto::MethodOf<proto::pdpb::TsoRequest>::method)) {
  request_.mutable_header()->set_cluster_id(cluster_id);
}

BareTimestamps::~BareTimestamps() { loop_.cancel(*this); }

Task<std::uint64_t> BareTimestamps::get() {
  Caller caller;
  asking_.push_back(&caller);
  loop_.defer(*this);
  co_await caller;
  co_return caller.timestamp;
}

void BareTimestamps::run_deferred() {
  if (asking_.empty() || asked_.size() >= kMaxInFlight) return;
  request_.set_count(static_cast<std::uint32_t>(asking_.size()));
  stream_->send(request_);
  asked_.push(std::exchange(asking_, {}));
}

Task<Result<void>> BareTimestamps::run() {
  proto::pdpb::TsoResponse response;
  for (;;) {
    const net::Status status = co_await stream_->receive(response);
    if (!status.ok()) co_return {};
    const auto last = static_cast<std::uint64_t>(response.timestamp().physical() << kLogicalBits) +
                      static_cast<std::uint64_t>(response.timestamp().logical());
    const std::vector<Caller*> callers = asked_.pop();
    std::uint64_t next = last - callers.size() + 1;
    for (Caller* caller : callers) {
      caller->timestamp = next++;
      caller->wake();
    }
    loop_.defer(*this);
  }
}

}  // namespace tikv::bench
