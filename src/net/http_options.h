#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "net/reconnect_backoff.h"
#include "net/tls_source.h"
#include "net/transport.h"
#include "observe/observer.h"

namespace tikv::net {

enum class Compression : std::uint8_t { kNone, kGzip };

/// How `HttpTransport` treats its connections.
struct HttpOptions {
  /// From the look-up of a name to the server's first HTTP/2 frame. Calls wait for that long at most for a connection.
  /// client-go: dialTimeout.
  std::chrono::milliseconds connect_timeout{5'000};
  /// A connection that owes an answer and was silent for this long is asked for a sign of life (HTTP/2 PING).
  /// client-go: GrpcKeepAliveTime.
  std::chrono::milliseconds keepalive_time{10'000};
  /// How long that sign may take; then the connection is dead and its calls end with `kConnection`. client-go:
  /// GrpcKeepAliveTimeout.
  std::chrono::milliseconds keepalive_timeout{3'000};
  ReconnectOptions reconnect;

  /// Bytes that a server may send on one stream and on a connection before it has to wait for us. client-go:
  /// DefGrpcInitialWindowSize, DefGrpcInitialConnWindowSize.
  std::int32_t stream_window = 1 << 27;
  std::int32_t connection_window = 1 << 27;

  /// Calls and streams on one connection until a new one takes its place. Below HTTP/2's limit of 2^30.
  std::size_t max_streams = 1'000'000'000;

  /// Largest message in bytes, in each direction; above it a call ends with `kTooLarge`. The default is protobuf's own
  /// limit (client-go's MaxRecvMsgSize is out of its reach too).
  std::size_t max_send_message = std::numeric_limits<std::int32_t>::max();
  std::size_t max_receive_message = std::numeric_limits<std::int32_t>::max();

  /// Whether calls with a BatchCommands arm share a stream.
  bool batch_commands = true;
  /// Requests in one BatchCommandsRequest; 0 means no batches. client-go: MaxBatchSize.
  std::size_t max_batch_size = 128;
  /// A BatchCommandsRequest ends before the request that would take it above this many bytes; a larger request goes
  /// alone. Just below 4 MiB, which gRPC servers accept unless they are told otherwise.
  std::size_t max_batch_bytes = (4 << 20) - 1024;

  /// Requests on one connection's BatchCommands stream whose answers are awaited; the others wait here. 0 for no limit.
  /// client-go: MaxConcurrencyRequestLimit.
  std::size_t max_in_flight = 0;

  /// Of requests to stores; PD is not known to take any. Compressed responses are always taken. client-go:
  /// GrpcCompressionType.
  Compression compression = Compression::kNone;

  /// Certificates; without a CA, connections are in plain text.
  TlsOptions tls;
  /// What happened to their files.
  TlsSource::Report tls_report;

  /// Outlives the transport; null for none.
  const observe::Observer* observer = nullptr;
  /// Tells this transport's connections from another's to the same address, in metrics.
  std::string connection_id = "0";

  std::string user_agent = "tikv-cpp/0.1.0";
  /// Headers that go out with every call and stream.
  std::vector<Header> metadata;
};

}  // namespace tikv::net
