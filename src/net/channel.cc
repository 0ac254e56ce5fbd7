#include "net/channel.h"

#include <algorithm>
#include <utility>

#include "net/grpc_status.h"

namespace tikv::net {

Channel::Channel(NetContext& context, UnaryPool& pool, std::string_view address)
    : context_(context),
      pool_(pool),
      observer_(observe::or_silent(context.options.observer)),
      address_(parse_address(address)),
      batch_(context_.options, *this),
      batches_(context_.options.batch_commands && context_.options.max_batch_size > 0),
      backoff_(context_.options.reconnect),
      keepalive_time_(context_.options.keepalive_time) {
  const bool tls = context.options.tls.enabled();
  if (const observe::Metrics* metrics = observer_.metrics()) {
    metrics_ = std::make_unique<observe::ChannelMetrics>(metrics->series, address, context_.options.connection_id);
    batch_.measure(metrics_.get());
  }
  if (!address_) {
    never_ = failed(Outcome::kConnection, address_.error().message());
  } else if (address_->tls && !tls) {
    never_ = failed(Outcome::kTls, address_->authority + ": the address asks for TLS, and tls.ca_path is not set");
  } else {
    address_->tls = tls;
  }
}

Channel::~Channel() { shut(); }

void Channel::shut() {
  const Status why = failed(Outcome::kConnection, "the connections to this address were dropped");
  never_ = why;
  if (current_.connection) current_.connection->close(why);
  for (Link& link : former_) link.connection->close(why);
  fail_waiting(why);
  current_ = {};
  former_.clear();
}

DebugState::Connection Channel::describe(const std::string& address) const {
  DebugState::Connection state;
  state.address = address;
  state.state = never_ ? "refused" : "idle";
  if (current_.connection) state.state = current_.connection->usable() ? "ready" : "connecting";
  const BatchQueue::Load load = batch_.load();
  state.waiting = load.waiting;
  for (const ConnectionWaiter* waiter : waiting_) state.waiting += waiter != nullptr;
  state.in_flight = load.in_flight;
  state.finishing = former_.size();
  state.last_failure = never_ ? never_->message : last_failure_.message;
  return state;
}

// ---- calls

void Channel::start(Call& call) {
  const bool batched = batches_ && call.method().batch_arm != 0 && call.metadata().empty();
  if (!batched && !call.method().path.empty()) return send_alone(call);
  if (!batched) return call.finish(status_of(StatusCode::kUnimplemented, "the call needs BatchCommands"));
  if (std::optional<Status> why = want_connection()) return call.finish(std::move(*why));
  batch_.add(call);
  if (current_.connection->usable()) current_.connection->flush_soon();
}

void Channel::send_alone(Call& call) { pool_.take().start(call, *this); }

void Channel::submit(ConnectionWaiter& waiter) {
  if (const std::optional<Status> why = want_connection()) return waiter.on_no_connection(*why);
  if (current_.connection->usable()) return waiter.on_connection(*current_.connection);
  waiting_.push_back(&waiter);
  waiter.place_ = waiting_.size();
}

void Channel::withdraw(ConnectionWaiter& waiter) noexcept {
  if (waiter.place_ != 0) waiting_[std::exchange(waiter.place_, 0) - 1] = nullptr;
}

void Channel::on_batch_waiting() {
  if (const std::optional<Status> why = want_connection()) return batch_.fail_waiting(*why);
  if (current_.connection->usable()) current_.connection->flush_soon();
}

void Channel::on_batch_unsupported(std::span<Call* const> calls) {
  batches_ = false;
  for (Call* call : calls) start(*call);
}

void Channel::fail_waiting(const Status& why) {
  batch_.fail_waiting(why);
  for (ConnectionWaiter* waiter : std::exchange(waiting_, {})) {
    if (waiter == nullptr) continue;
    waiter->place_ = 0;
    waiter->on_no_connection(why);
  }
}

// ---- connections

std::optional<Status> Channel::want_connection() {
  if (never_) return never_;
  if (current_.connection) return std::nullopt;
  if (context_.loop.now() < not_before_)
    return failed(last_failure_.outcome, last_failure_.message + " (a moment ago)");
  connect();
  return std::nullopt;
}

void Channel::connect() {
  Connection::Owner& owner = *this;
  current_.connection = std::make_shared<Connection>(context_, owner, *address_, keepalive_time_);
  connecting_since_ = context_.loop.now();
  enter(observe::ConnectionPhase::kConnecting);
  current_.connection->connect();
}

void Channel::tell_ready() {
  const runtime::TimePoint now = context_.loop.now();
  enter(observe::ConnectionPhase::kReady);
  if (const observe::Metrics* metrics = observer_.metrics()) {
    metrics->net.connect.observe(observe::seconds(now - connecting_since_));
    if (lost_at_) metrics->net.unavailable.observe(observe::seconds(now - *lost_at_));
  }
  if (lost_at_)
    observer_.log().info("connected again",
                         {{"address", std::string_view(address_->authority)}, {"after", now - *lost_at_}});
  lost_at_.reset();
}

// Of a connection that was to take new calls.
void Channel::tell_lost(const Connection& connection, const Status& why) {
  const runtime::TimePoint now = context_.loop.now();
  const std::string_view address = address_->authority;
  if (connection.was_ready()) {
    enter(observe::ConnectionPhase::kIdle);
    lost_at_ = now;
    observer_.log().info("connection lost", {{"address", address}, {"why", std::string_view(why.message)}});
    return;
  }
  enter(observe::ConnectionPhase::kTransientFailure);
  if (observer_.metrics() != nullptr) observer_.metrics()->net.no_connection.add(1);
  if (!observer_.log().wants(LogLevel::kWarn)) return;
  if (const std::optional<std::uint64_t> held_back = failures_logged_.pass(now)) {
    observer_.log().warn("cannot connect",
                         {{"address", address}, {"why", std::string_view(why.message)}, {"not_logged", *held_back}});
  }
}

void Channel::on_ready(Connection& connection) {
  backoff_.reset();
  last_failure_ = {};
  tell_ready();
  if (batches_) current_.batch = std::make_unique<BatchStream>(current_.connection, batch_);
  for (ConnectionWaiter* waiter : std::exchange(waiting_, {})) {
    if (waiter == nullptr) continue;
    waiter->place_ = 0;
    waiter->on_connection(connection);
  }
  connection.flush_soon();
}

void Channel::on_draining(Connection& connection, bool too_many_pings) {
  // As gRPC's own clients do.
  if (too_many_pings) keepalive_time_ *= 2;
  if (current_.connection.get() != &connection) return;
  former_.push_back(std::exchange(current_, {}));
  enter(observe::ConnectionPhase::kIdle);
  if (former_.back().batch) former_.back().batch->drain();
  // One that greets and takes nothing, again and again, is not asked without end.
  batch_.connection_lost(failed(Outcome::kConnection, connection.name() + ": the server takes no requests (GOAWAY)"));
  if (batch_.waiting()) on_batch_waiting();
}

void Channel::on_closing(Connection& connection, const Status& why) {
  if (current_.connection.get() != &connection) return;
  former_.push_back(std::exchange(current_, {}));
  tell_lost(connection, why);
  if (connection.was_ready()) {
    batch_.connection_lost(why);
    if (batch_.waiting()) on_batch_waiting();
    return;
  }
  last_failure_ = why;
  not_before_ = context_.loop.now() + backoff_.next(context_.loop.random());
  fail_waiting(why);
}

void Channel::on_closed(Connection& connection) {
  std::erase_if(former_, [&](const Link& link) { return link.connection.get() == &connection; });
}

}  // namespace tikv::net
