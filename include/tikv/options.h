#pragma once

#include <tikv/executor.h>
#include <tikv/raw.h>
#include <tikv/redaction.h>
#include <tikv/tls.h>
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

// What a client is told, group by group. Defaults are client-go's unless said otherwise. A value outside its limits
// makes `Client::connect` end with `kInvalidArgument` and a message that names field, value and limits. All of it can
// come from a TOML file too (`tikv/config_file.h`, docs/configuration.md).

enum class Compression : std::uint8_t { kNone, kGzip };

/// How the client keeps in touch with PD and the stores.
struct NetworkOptions {
  /// For one connection attempt, name look-up included; until then its calls wait. 1 ms to 1 h. client-go's
  /// `dialTimeout`.
  std::chrono::milliseconds connect_timeout{5000};
  /// A connection that owes an answer and was silent for so long is asked for a sign of life. 1 ms to 24 h. client-go's
  /// `grpc-keepalive-time`. Servers close connections that are asked too often; the interval then doubles by itself.
  std::chrono::milliseconds keepalive_interval{10000};
  /// A connection that does not give one in this time is closed, and its calls end. 50 ms to 1 h. client-go's
  /// `grpc-keepalive-timeout`.
  std::chrono::milliseconds keepalive_timeout{3000};

  /// Bytes that a server may send on one stream before it has to wait for this client. 64 KiB to 2 GiB - 1. client-go's
  /// `grpc-initial-window-size`.
  std::size_t stream_window_bytes = 128 << 20;
  /// The same for all streams of a connection together. client-go's `grpc-initial-conn-window-size`.
  std::size_t connection_window_bytes = 128 << 20;
  /// The largest message that is sent. Larger ones end with `kTooLarge`. 1 MiB to 2 GiB - 1, protobuf's own limit,
  /// which is the default.
  std::size_t max_send_bytes = std::numeric_limits<std::int32_t>::max();
  /// The largest message that is received. A raw scan that meets it asks for fewer pairs at a time. Limits and default
  /// as above; client-go's `MaxRecvMsgSize` is beyond protobuf's limit.
  std::size_t max_receive_bytes = std::numeric_limits<std::int32_t>::max();

  /// Requests to one store that may travel in one message (BatchCommands); 0 sends each by itself, which costs several
  /// times as much. 0 to 65536. client-go's `max-batch-size`.
  std::size_t max_batch_requests = 128;
  /// Requests that may await their answers on one connection's BatchCommands stream; further ones wait in the client,
  /// in their order, until there is room or their deadline passes. 0 for no limit. client-go's
  /// `max-concurrency-request-limit`. Requests of `Priority::kHigh` do not wait, as those that client-go calls urgent.
  std::size_t max_requests_in_flight = 0;

  /// What requests to stores are compressed with. Compressed responses are taken in any case. client-go's
  /// `grpc-compression-type`.
  Compression compression = Compression::kNone;
};

/// How PD is talked to.
struct PdOptions {
  /// For one try of one request, timestamps included; then PD's leader is looked for anew, and the request repeated.
  /// 1 ms to 1 h. client-go's `pd-server-timeout`.
  std::chrono::milliseconds request_timeout{3000};
};

/// What is remembered of regions.
struct RegionOptions {
  /// A region that nobody asked for in this time is looked up again. 1 s to 30 days. client-go's `region-cache-ttl`.
  std::chrono::milliseconds ttl{600'000};
  /// Anything up to this is added to each region's `ttl`, so that those loaded together do not expire together. 0 to
  /// 24 h.
  std::chrono::milliseconds ttl_jitter{60'000};
  /// Whether `Client::connect` looks all regions up at once, for up to 20 s, so that the first requests need not. Costs
  /// a question to PD for each 128 regions, and their memory; what fails is looked up when it is needed. client-go's
  /// `EnablePreload`.
  bool preload = false;
  /// How often all regions are looked up again in the background; 0 for never: what changed is found out by the
  /// requests that meet it. 0 to 24 h; minutes are often enough. client-go's `RegionsRefreshInterval`.
  std::chrono::milliseconds refresh_interval{0};
};

/// How stores are watched.
struct StoreOptions {
  /// How long a store may take to say that it is well, after a request to it failed. 1 ms to 1 h. client-go's
  /// `store-liveness-timeout`.
  std::chrono::milliseconds check_timeout{1000};
  /// Requests of one shard that may be under way at one store; further ones end with `kUnavailable` at once rather than
  /// pile up at a store that is slow. 0 for no limit. client-go's `store-limit`.
  std::size_t max_requests = 0;
};

/// How patient operations are: the sum of the pauses between their tries after which they end with `kUnavailable`. Each
/// 0 to 24 h; with 0 nothing is tried again after a pause. The deadline of a call ends it earlier. client-go has these
/// as constants, to be multiplied with a weight (`BackOffWeight`, 2) that is part of the defaults here.
struct RetryOptions {
  /// Of a raw call. Half of what client-go's `rawkvMaxBackoff` comes to.
  std::chrono::milliseconds raw_budget{20'000};
  /// Of a get, a batch get and one page of a scan. client-go's `getMaxBackoff` and its like.
  std::chrono::milliseconds read_budget{40'000};
  /// Of a commit's first phase. client-go's `PrewriteMaxBackoff`.
  std::chrono::milliseconds prewrite_budget{80'000};
  /// Of a commit's decisive request. client-go's `CommitMaxBackoff`.
  std::chrono::milliseconds commit_budget{80'000};
  /// The first pause of a read that meets a lock whose owner is alive; it doubles up to 3 s. 1 ms to 3 s. client-go's
  /// `BackoffLockFast`.
  std::chrono::milliseconds lock_pause{10};
};

/// Everything a client is told, once, when it is made. Two clients of one process share nothing.
///
/// What is said closer to the call counts: the call's own options, then its transaction's, then these, then the
/// configuration file's where these were loaded from one and not set since, then the defaults.
struct ClientOptions {
  /// Where PD listens, as `host:port`; one is enough to find the others. IPv6 addresses stand in brackets.
  std::vector<std::string> pd_endpoints;

  /// The deadline of a call without one of its own (`Task::with_timeout`, or an awaiting task's). 0 for none; up to
  /// 24 h. Own choice.
  std::chrono::milliseconds default_timeout{60000};
  /// How long `close()` waits for what goes on in the background: commits of secondary keys, rollbacks. 0 to 1 h. Own
  /// choice.
  std::chrono::milliseconds close_timeout{5000};

  /// Where coroutines go on and callbacks run after an operation; null for the client's io thread, which must not be
  /// blocked.
  std::shared_ptr<Executor> executor;
  /// How `get()` waits; null for parking the thread.
  std::shared_ptr<Waiter> waiter;

  /// io threads, each with its own connection to each store, 1 to 64. client-go's `grpc-connection-count`, which is 4:
  /// here one connection carries hundreds of thousands of operations a second, and several make each other's batches
  /// smaller. Raise it only when one core is not enough.
  std::size_t shards = 1;

  /// Where to tell what goes on; null for nowhere, which costs nothing. docs/observability.md says what is told.
  std::shared_ptr<Logger> logger;
  std::shared_ptr<MetricsRegistry> metrics;
  std::shared_ptr<Tracer> tracer;
  /// What becomes of keys in error messages and logs.
  Redaction redaction = Redaction::kOff;
  /// A request that takes longer from its start to its end, attempts and pauses included, is logged with all of them.
  /// 0 for none, up to 24 h. Own choice; client-go logs what fails after 100 ms.
  std::chrono::milliseconds slow_request_threshold{1000};

  NetworkOptions network;
  PdOptions pd;
  RegionOptions regions;
  StoreOptions stores;
  RetryOptions retry;
  TlsOptions tls;
  RawLimits raw;
  TransactionLimits transaction;
  CommitOptions commit;
};

}  // namespace tikv
