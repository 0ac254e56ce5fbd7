#pragma once

#include <tikv/debug.h>
#include <tikv/task.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/method.h"
#include "runtime/loop.h"
#include "runtime/wait.h"

namespace google::protobuf {
class MessageLite;
}

namespace tikv::net {

using Message = google::protobuf::MessageLite;

/// How a call ended.
enum class Outcome : std::uint8_t {
  kOk,          ///< The response is there.
  kStatus,      ///< The server answered with a gRPC status other than OK: see `code`.
  kConnection,  ///< No connection could be made, or it broke before the answer.
  kDeadline,    ///< The task's deadline passed.
  kStopped,     ///< The task's stop token was triggered.
  kClosed,      ///< The client was closed.
  kTooLarge,    ///< A message is above the limit: the request (then it was not sent) or the response.
  kMalformed,   ///< The server's bytes are no answer to this call.
  kTls,         ///< TLS has failed before any request: one side does not trust the other, or does not speak it.
};

/// gRPC status codes that somebody here asks for; others appear as their number.
enum class StatusCode : std::uint8_t {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kUnauthenticated = 16,
};

struct Status {
  Outcome outcome = Outcome::kOk;
  StatusCode code = StatusCode::kOk;  ///< For `kStatus`.
  /// Whether the request may have reached the server: false only if it was certainly not handed to a socket.
  bool sent = false;
  std::string message;

  bool ok() const noexcept { return outcome == Outcome::kOk; }
};

/// How a wait for an answer ended that was not `Wake::kReady`.
Outcome outcome_of(runtime::Wake why) noexcept;

/// A header that goes out with a request. Names are lower case; the value of a name that ends in "-bin" may hold any
/// bytes and travels in base64.
struct Header {
  std::string name;
  std::string value;
};

/// Short name for attempt histories: "ok", "UNAVAILABLE", "connection", "deadline", ...
std::string_view outcome_name(const Status& status) noexcept;

class Transport;

/// One request on its way to one address, and the wait for its answer:
///
///   net::Call call(transport, address, method, request, response);
///   const net::Status status = co_await call;
///
/// Address, method, request and response stay alive and untouched until the await is over. Deadline and stop token are
/// those of the awaiting task; the deadline also goes out on the wire. Loop thread only; used once.
class Call final : public runtime::Wait {
 public:
  Call(Transport& transport, std::string_view address, const proto::Method& method, const Message& request,
       Message& response)
      : transport_(transport), address_(address), method_(method), request_(request), response_(response) {}

  std::string_view address() const noexcept { return address_; }
  const proto::Method& method() const noexcept { return method_; }
  const Message& request() const noexcept { return request_; }
  Message& response() const noexcept { return response_; }
  /// When the caller stops waiting; `TimePoint::max()` for never.
  runtime::TimePoint deadline() const noexcept { return deadline_; }
  /// Headers of this call alone, beside the transport's own; they stay alive like the request. Such a call is never
  /// part of a batch.
  void set_metadata(std::span<const Header> metadata) noexcept { metadata_ = metadata; }
  std::span<const Header> metadata() const noexcept { return metadata_; }
  /// How far it goes ahead of others that wait for the same connection: higher first, equals in their order; from
  /// `kUrgent` on it does not wait for one of `HttpOptions::max_in_flight` to end. client-go's numbers, those of
  /// resource control (0: none given, 1: low, 8: medium, 16: high). Before the await.
  void set_priority(std::uint8_t priority) noexcept { priority_ = priority; }
  std::uint8_t priority() const noexcept { return priority_; }
  /// client-go's highTaskPriority.
  static constexpr std::uint8_t kUrgent = 10;
  /// The span that the call belongs to; null for none. Goes out as a `traceparent` header, but not in a batch, which
  /// has headers for all its calls.
  const TraceContext* trace() const noexcept { return trace_; }

  // For the transport.

  /// From here on the server may have seen the request.
  void mark_sent() noexcept { sent_ = true; }
  /// The server said that it has not looked at the request and never will.
  void mark_refused() noexcept { sent_ = false; }
  bool sent() const noexcept { return sent_; }
  /// The end of the call, with the response filled in if `status` is OK.
  void finish(Status status);
  /// What the transport hangs on the call while it is under way (its stream, its place in a batch).
  void* transport_state = nullptr;
  std::uint64_t transport_id = 0;

  struct Awaiter {
    Call& call;
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
      return call.begin(handle.promise().context) && runtime::Wait::Awaiter{call}.await_suspend(handle);
    }
    Status await_resume() { return call.take_status(runtime::Wait::Awaiter{call}.await_resume()); }
  };
  Awaiter operator co_await() noexcept { return {*this}; }

 private:
  /// Hands the call to the transport. False if it is over already.
  bool begin(const detail::TaskContext& context);
  Status take_status(runtime::Wake why);
  void on_abandoned() noexcept override;

  Transport& transport_;
  std::string_view address_;
  const proto::Method& method_;
  const Message& request_;
  Message& response_;
  runtime::TimePoint deadline_ = runtime::TimePoint::max();
  std::span<const Header> metadata_;
  const TraceContext* trace_ = nullptr;
  Status status_;
  bool started_ = false;
  bool sent_ = false;
  std::uint8_t priority_ = 0;
};

/// A bidirectional gRPC stream. Loop thread only. Destroying it resets the stream.
class Stream {
 public:
  virtual ~Stream() = default;
  /// Queues a request; it goes out with everything else that is ready. Errors show in `receive`.
  virtual void send(const Message& request) = 0;
  /// Waits for the next response. Not OK: the stream has ended (`kStatus` with code kOk: the server closed it in
  /// order), or this wait has (deadline, stop), after which `receive` may be called again. One receiver at a time.
  virtual Task<Status> receive(Message& response) = 0;
};

/// The world outside, second seam: messages to addresses. `HttpTransport` speaks gRPC over sockets, the testkit's
/// in-memory transport hands messages to a cluster on the same loop.
///
/// One transport belongs to one loop, and all of it happens there.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Sends the call's request. Ends with `call.finish`, within this function or later, unless the call is abandoned.
  virtual void start(Call& call) = 0;
  /// The call no longer waits: it must not be touched again, and the server is told where that is possible.
  virtual void abandon(Call& call) noexcept = 0;
  /// Opens a bidirectional stream; failures to connect show in `receive`.
  virtual std::unique_ptr<Stream> open(std::string_view address, const proto::Method& method) = 0;
  /// Drops the connections to `address`: the store is gone for good. Calls under way end with `kConnection`.
  virtual void forget(std::string_view address) = 0;
  /// What there is now, for `Client::debug_state`.
  virtual std::vector<DebugState::Connection> connections() const { return {}; }
};

}  // namespace tikv::net
