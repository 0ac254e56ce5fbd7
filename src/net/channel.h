#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "net/address.h"
#include "net/batch_queue.h"
#include "net/batch_stream.h"
#include "net/call_owner.h"
#include "net/connection.h"
#include "net/reconnect_backoff.h"
#include "net/unary_call.h"
#include "observe/metrics.h"
#include "observe/throttle.h"

namespace tikv::net {

/// Everything to one address: the connection that takes new calls, older ones that still finish theirs, and what waits
/// for a connection.
///
/// A connection is made when something wants one. If that fails, all that waits fails at once, and so does what comes
/// within the next moments (`ReconnectBackoff`). If it breaks, what was not sent yet goes out on the next one.
class Channel final : private Connection::Owner, private BatchQueue::Owner {
 public:
  Channel(NetContext& context, UnaryPool& pool, std::string_view address);
  ~Channel();

  void start(Call& call);
  /// Calls back with a connection or the reason why there is none, within this function or later.
  void submit(ConnectionWaiter& waiter);
  void withdraw(ConnectionWaiter& waiter) noexcept;
  /// Ends everything with `kConnection`, now and later.
  void shut();
  DebugState::Connection describe(const std::string& address) const;

 private:
  struct Link {
    std::shared_ptr<Connection> connection;
    std::unique_ptr<BatchStream> batch;
  };

  void on_ready(Connection& connection) override;
  void on_draining(Connection& connection, bool too_many_pings) override;
  void on_closing(Connection& connection, const Status& why) override;
  void on_closed(Connection& connection) override;
  void on_batch_waiting() override;
  void on_batch_unsupported(std::span<Call* const> calls) override;

  void send_alone(Call& call);
  /// Sees to it that there is a connection or will be. Otherwise the reason why not.
  std::optional<Status> want_connection();
  void connect();
  void enter(observe::ConnectionPhase phase) noexcept {
    if (metrics_) metrics_->enter(phase);
  }
  void tell_ready();
  void tell_lost(const Connection& connection, const Status& why);
  void fail_waiting(const Status& why);

  NetContext& context_;
  UnaryPool& pool_;
  const observe::Observer& observer_;
  std::unique_ptr<observe::ChannelMetrics> metrics_;  // null: nothing is measured
  observe::Throttle failures_logged_;
  Result<Address> address_;
  std::optional<Status> never_;  // why there can't be a connection
  BatchQueue batch_;
  bool batches_ = true;
  Link current_;              // for new calls; null if there is none
  std::vector<Link> former_;  // finish what they have
  std::vector<ConnectionWaiter*> waiting_;
  ReconnectBackoff backoff_;
  runtime::TimePoint not_before_{};  // of the next attempt to connect
  Status last_failure_;
  std::optional<runtime::TimePoint> lost_at_;  // when a connection that had worked broke; none since there is a new one
  runtime::TimePoint connecting_since_{};
  std::chrono::nanoseconds keepalive_time_;
};

}  // namespace tikv::net
