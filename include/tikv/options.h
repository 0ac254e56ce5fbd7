#pragma once

#include <tikv/executor.h>
#include <tikv/raw.h>
#include <tikv/redaction.h>
#include <tikv/transaction.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace tikv {

class Logger;           // <tikv/logger.h>
class MetricsRegistry;  // <tikv/metrics.h>
class Tracer;           // <tikv/tracer.h>

/// How the client keeps in touch with PD and the stores.
struct NetworkOptions {
  /// For one connection attempt, name look-up included. Until then its calls wait.
  std::chrono::milliseconds connect_timeout{5000};
  /// A connection that was silent for so long is asked for a sign of life. client-go's `grpc-keepalive-time`.
  std::chrono::milliseconds keepalive_interval{10000};
  /// A connection that does not give one in this time is closed, and its calls end. client-go's
  /// `grpc-keepalive-timeout`.
  std::chrono::milliseconds keepalive_timeout{3000};
  /// The largest message that is sent, in bytes. Larger ones end with `kTooLarge`. The default is protobuf's limit.
  std::size_t max_send_bytes = std::numeric_limits<std::int32_t>::max();
  /// The largest message that is received, in bytes. A raw scan that meets it asks for fewer pairs at a time.
  std::size_t max_receive_bytes = std::numeric_limits<std::int32_t>::max();
};

/// Everything a client is told, once, when it is made. Two clients of one process share nothing.
struct ClientOptions {
  /// Where PD listens, as `host:port`; one is enough to find the others. IPv6 addresses stand in brackets.
  std::vector<std::string> pd_endpoints;

  /// The deadline of a call without one of its own (`Task::with_timeout`, or an awaiting task's). Longer than the
  /// retry budgets (20 s for reads and raw calls, 40 s for commits), so that a call that can't succeed ends with the
  /// reason rather than with `kDeadline`. 0 for none.
  std::chrono::milliseconds default_timeout{60000};
  /// How long `close()` waits for what goes on in the background: commits of secondary keys, rollbacks.
  std::chrono::milliseconds close_timeout{5000};

  /// Where coroutines go on and callbacks run after an operation; null for the client's io thread, which must not be
  /// blocked.
  std::shared_ptr<Executor> executor;
  /// How `get()` waits; null for parking the thread.
  std::shared_ptr<Waiter> waiter;

  /// io threads, each with its own connections, 1 to 64. One carries hundreds of thousands of operations a second, and
  /// several make each other's batches smaller: raise it only when one core is not enough.
  std::size_t shards = 1;

  /// Where to tell what goes on; null for nowhere, which costs nothing. docs/observability.md says what is told.
  std::shared_ptr<Logger> logger;
  std::shared_ptr<MetricsRegistry> metrics;
  std::shared_ptr<Tracer> tracer;
  /// What becomes of keys in error messages and logs.
  Redaction redaction = Redaction::kOff;
  /// A request that takes longer from its start to its end, attempts and pauses included, is logged with all of them.
  /// 0 for none. Own choice; client-go logs what fails after 100 ms.
  std::chrono::milliseconds slow_request_threshold{1000};

  NetworkOptions network;
  RawLimits raw;
  TransactionLimits transaction;
};

}  // namespace tikv
