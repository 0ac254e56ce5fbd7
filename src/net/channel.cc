#include "net/channel.h"

#include <algorithm>
#include <utility>

#include "net/grpc_status.h"

namespace tikv::net {

Channel::Channel(NetContext& context, UnaryPool& pool, std::string_view address)
    : context_(context),
      pool_(pool),
      address_(parse_address(address)),
      batch_(context_.options, *this),
      batches_(context_.options.batch_commands && context_.options.max_batch_size > 0),
      backoff_(context_.options.reconnect),
      keepalive_time_(context_.options.keepalive_time) {
  const bool tls = context.options.tls.enabled();
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
  current_.connection->connect();
}

void Channel::on_ready(Connection& connection) {
  backoff_.reset();
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
  if (former_.back().batch) former_.back().batch->drain();
  // One that greets and takes nothing, again and again, is not asked without end.
  batch_.connection_lost(failed(Outcome::kConnection, connection.name() + ": the server takes no requests (GOAWAY)"));
  if (batch_.waiting()) on_batch_waiting();
}

void Channel::on_closing(Connection& connection, const Status& why) {
  if (current_.connection.get() != &connection) return;
  former_.push_back(std::exchange(current_, {}));
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
