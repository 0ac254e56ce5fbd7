#pragma once

#include <google/protobuf/message_lite.h>

#include <chrono>
#include <concepts>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/transport.h"
#include "proto/method.h"
#include "runtime/loop.h"

namespace tikv::testing {

/// What a scripted server does about one request.
class Reply {
 public:
  /// Answers with `message`.
  Reply(const google::protobuf::MessageLite& message) : bytes_(message.SerializeAsString()) {}  // NOLINT: reads well

  /// Answers with a gRPC status.
  static Reply status(net::StatusCode code, std::string text = {});
  /// The connection breaks after the request arrived.
  static Reply broken();
  /// Something answers that is not gRPC.
  static Reply malformed();
  /// TLS fails before the request can be sent.
  static Reply untrusted(std::string why);
  /// No answer at all.
  static Reply never();

  /// The answer leaves the server that much later.
  Reply after(std::chrono::nanoseconds delay) && {
    delay_ = delay;
    return std::move(*this);
  }

 private:
  friend class FakeTransport;
  Reply() = default;
  std::string bytes_;
  net::Status status_;
  std::chrono::nanoseconds delay_{0};
  bool never_ = false;
};

/// The server's end of a stream, for scripts. Stays valid after the client dropped its end; then nothing arrives.
class StreamPeer {
 public:
  virtual ~StreamPeer() = default;
  virtual const std::string& address() const = 0;
  /// Sends a response; it arrives half a latency and `delay` later, never before an earlier one.
  virtual void send(const google::protobuf::MessageLite& response, std::chrono::nanoseconds delay = {}) = 0;
  /// Ends the stream; responses on their way still arrive.
  virtual void end(net::Status status) = 0;
  /// The client still holds its end.
  virtual bool open() const = 0;
};

/// What goes wrong with one step: a call, or a message sent on a stream.
enum class Fault : std::uint8_t {
  kRefused,      ///< No connection: nothing was sent.
  kReplyLost,    ///< The server did it, and the connection broke before the answer.
  kNoAnswer,     ///< Taken in and never answered, nor done.
  kUnavailable,  ///< gRPC status UNAVAILABLE, nothing done.
  kLate,         ///< Done and answered, `FakeTransport::kLateBy` later.
};
inline constexpr Fault kAllFaults[] = {Fault::kRefused, Fault::kReplyLost, Fault::kNoAnswer, Fault::kUnavailable,
                                       Fault::kLate};
std::string_view to_string(Fault fault);

/// The second seam as tests script it: in memory, on the test's loop (mostly a `SimLoop`), by address and method.
///
///   FakeTransport net(loop);
///   net.on<pdpb::GetRegionRequest>("pd1:2379", [](const pdpb::GetRegionRequest& request) -> Reply { ... });
///   net.on_stream<pdpb::TsoRequest>("pd1:2379", [](const pdpb::TsoRequest& request, StreamPeer& peer) { ... });
///
/// Messages go through bytes, as on a wire, and take `latency` for the way there and back. Addresses without any
/// handler refuse connections; methods without one are UNIMPLEMENTED. The handler of an address goes before the one for
/// all addresses. A request that was sent arrives even if the caller has gone.
///
/// Steps: each call and each stream message counts as one, from 0. `fail_step(n, fault)` makes the nth go wrong, which
/// is how a test has a whole flow fail at each of its steps in turn.
class FakeTransport final : public net::Transport {
 public:
  static constexpr std::chrono::milliseconds kLateBy{500};

  explicit FakeTransport(runtime::Loop& loop);
  ~FakeTransport() override;

  std::chrono::nanoseconds latency = std::chrono::milliseconds(1);

  /// `handler`: Reply(const Request&) or Reply(const Request&, const std::string& address). Replaces an earlier one.
  /// An empty address stands for all.
  template <class Request, class Response, class Handler>
  void on(const proto::Rpc<Request, Response>& rpc, std::string address, Handler handler) {
    Handle handle = [handler = std::move(handler)](const std::string& bytes, const std::string& to) mutable -> Reply {
      Request request;
      request.ParseFromString(bytes);
      if constexpr (std::invocable<Handler&, const Request&>) {
        return handler(std::as_const(request));
      } else {
        return handler(std::as_const(request), to);
      }
    };
    calls_.insert_or_assign(Route(std::move(address), rpc.method.path), std::move(handle));
  }
  template <class Request, class Handler>
  void on(std::string address, Handler handler) {
    const proto::Rpc<Request, proto::ResponseOf<Request>> rpc{proto::MethodOf<Request>::method};
    on(rpc, std::move(address), std::move(handler));
  }

  /// `handler`: void(const Request&, StreamPeer&), for each message from the client.
  template <class Request, class Handler>
  void on_stream(std::string address, Handler handler) {
    StreamHandle handle = [handler = std::move(handler)](const std::string& bytes, StreamPeer& peer) mutable {
      Request request;
      request.ParseFromString(bytes);
      handler(std::as_const(request), peer);
    };
    streams_.insert_or_assign(Route(std::move(address), proto::MethodOf<Request>::method.path), std::move(handle));
  }

  /// Connections to `address` are refused from now on, and those there are break.
  void cut(const std::string& address);
  /// `address` takes in everything and answers nothing, also not what it was asked before.
  void freeze(const std::string& address);
  /// Ends `cut` and `freeze`. What a frozen server took in stays unanswered.
  void heal(const std::string& address);
  /// Ends all streams to `address`.
  void end_streams(const std::string& address, net::Status status);
  void fail_step(std::size_t step, Fault fault) { faults_[step] = fault; }

  // What happened.

  struct Sent {
    std::string address;
    std::string method;  ///< As in "GetRegion".
    std::string bytes;
    runtime::TimePoint at;
    template <class Request>
    Request as() const {
      Request request;
      request.ParseFromString(bytes);
      return request;
    }
  };
  /// Calls and stream messages in order.
  const std::vector<Sent>& sent() const { return sent_; }
  /// How many there were to `method`, at `address` if that is not empty.
  std::size_t count(std::string_view method, std::string_view address = {}) const;
  std::size_t steps() const { return steps_; }
  /// Calls whose caller is waiting.
  std::size_t waiting() const;
  /// Stream ends that the client holds.
  std::size_t open_streams(std::string_view address = {}) const;
  const std::vector<std::string>& forgotten() const { return forgotten_; }

  // net::Transport
  void start(net::Call& call) override;
  void abandon(net::Call& call) noexcept override;
  std::unique_ptr<net::Stream> open(std::string_view address, const proto::Method& method) override;
  void forget(std::string_view address) override;

 private:
  using Handle = std::move_only_function<Reply(const std::string& bytes, const std::string& address)>;
  using StreamHandle = std::move_only_function<void(const std::string& bytes, StreamPeer& peer)>;
  using Route = std::pair<std::string, std::string>;
  class Event;
  class Pipe;
  class ClientEnd;
  struct UnderWay {
    net::Call* call;  // null once abandoned
    std::string address;
    proto::Method method;
    std::string bytes;
    std::optional<Fault> fault;
  };

  template <class Map>
  static auto* find(Map& map, const std::string& address, std::string_view path);
  bool known(const std::string& address) const;
  std::optional<Fault> next_step(const std::string& address, const proto::Method& method, std::string bytes);
  void later(std::chrono::nanoseconds delay, std::function<void()> action);
  void arrive(std::uint64_t id);
  void answer(std::uint64_t id, Reply reply);
  void finish(std::uint64_t id, net::Status status, const std::string* bytes = nullptr);

  runtime::Loop& loop_;
  std::map<Route, Handle> calls_;
  std::map<Route, StreamHandle> streams_;
  std::set<std::string> cut_;
  std::set<std::string> frozen_;
  std::map<std::size_t, Fault> faults_;
  std::vector<Sent> sent_;
  std::vector<std::string> forgotten_;
  std::size_t steps_ = 0;
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, UnderWay> under_way_;
  std::set<std::unique_ptr<Event>> events_;
  std::vector<std::shared_ptr<Pipe>> pipes_;
};

/// A status other than OK, for `StreamPeer::end` and comparisons.
net::Status status_of(net::StatusCode code, std::string text = {});
net::Status broken_connection(bool sent = true);

}  // namespace tikv::testing
