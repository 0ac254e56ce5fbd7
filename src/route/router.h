#pragma once

#include <tikv/error.h>
#include <tikv/task.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "net/transport.h"
#include "observe/observer.h"
#include "observe/throttle.h"
#include "proto/tikv_methods.h"
#include "region/region_cache.h"
#include "route/context_pool.h"
#include "route/retry.h"

namespace tikv::proto::errorpb {
class Error;
}
namespace tikv::proto::kvrpcpb {
class Context;
}

namespace tikv::route {

// Time limits of one attempt, client-go's (internal/client/client.go).
inline constexpr std::chrono::milliseconds kReadTimeoutShort{30000};   ///< reads and writes of single keys
inline constexpr std::chrono::milliseconds kReadTimeoutMedium{60000};  ///< scans and other long ones
/// How long a store may work on a write before it drops it; sent along as max_execution_duration_ms.
inline constexpr std::chrono::milliseconds kMaxWriteExecution{20000};

struct SendOptions {
  /// Sending the request twice does no harm although the first may have been applied. False for raw CAS and raw atomic
  /// writes: once a send may have reached a store and no definite answer came back, the call ends with `kUndetermined`.
  bool idempotent = true;
  /// Of one attempt; then another replica is tried. The task's deadline ends the whole.
  std::chrono::milliseconds timeout = kReadTimeoutShort;
};
static_assert(std::is_trivially_destructible_v<SendOptions>);

/// What came of a request to one region.
template <class Response>
struct Reply {
  Reply() = default;
  /// The region is not what the caller thought (split, merged, gone, or none of its peers can be reached): locate the
  /// keys again. The last attempt applied nothing, and a pause that was due has been made. `response` means nothing.
  bool moved = false;
  /// An earlier attempt of this call may have been applied although its answer was lost: what the response (or, after
  /// `moved`, that to the next call) says may be about its own effect. Always false for reads.
  bool maybe_sent_before = false;
  Response response;
};

struct RouterOptions {
  /// Sent in each request; 0 for none. A store of another cluster refuses.
  std::uint64_t cluster_id = 0;
  /// Tells stores who asks, for their metrics and resource control.
  std::string request_source = "external_tikv";
  /// Requests under way at one store; 0 for no limit. Further ones end with `kUnavailable` (client-go's StoreLimit).
  std::size_t store_limit = 0;
  /// Outlives the router; null for none.
  const observe::Observer* observer = nullptr;
};

/// Requests to the regions that hold their keys. One of each key mode for each loop. Loop thread only.
class Router {
 public:
  /// What came of a request apart from its response; see `Reply`.
  struct Sent {
    bool moved = false;
    bool maybe_sent_before = false;
  };

  Router(runtime::Loop& loop, net::Transport& transport, region::RegionCache& regions, RouterOptions options);

  /// To the region of `key` (a key as callers write it): locate, choose the replica, stamp the context, send, decide by
  /// the table of region errors, again. `request` is stamped in place, and given a context for as long as it is under
  /// way unless it has one of its own; it must stay until the task is done, like `retry` and `key`. Errors, with
  /// history: `kUnavailable`, `kDeadline`, `kCancelled`, `kClosed`, `kUndetermined`, `kTooLarge`, `kServer`,
  /// `kUnsupported`, `kClusterMismatch`; for writes `applied()` tells whether an attempt may have gone through.
  template <proto::HasMethod Request>
  Task<Result<proto::ResponseOf<Request>>> send_to_key(Retry& retry, std::string_view key, Request& request,
                                                       SendOptions options = {});

  /// The same with the answer in `response`, which has to stay like `request`: spares a coroutine and moving a message.
  template <proto::HasMethod Request>
  Task<Result<Sent>> send_to_key(Retry& retry, std::string_view key, Request& request,
                                 proto::ResponseOf<Request>& response, SendOptions options = {});

  /// To one known region. Comes back with `moved` instead of locating anew: the caller regroups its keys.
  template <proto::HasMethod Request>
  Task<Result<Reply<proto::ResponseOf<Request>>>> send_to_region(Retry& retry, region::RegionRef region,
                                                                 Request& request, SendOptions options = {});

  /// The same with the answer in `response`, as above.
  template <proto::HasMethod Request>
  Task<Result<Sent>> send_to_region(Retry& retry, region::RegionRef region, Request& request,
                                    proto::ResponseOf<Request>& response, SendOptions options = {});

  /// The patience of one operation that goes through this router.
  Retry retry(Patience patience) const noexcept { return Retry(loop_, patience, observer_); }
  Retry retry(std::chrono::milliseconds budget) const noexcept { return Retry(loop_, budget, observer_); }

  const observe::Observer& observer() const noexcept { return observer_; }
  region::RegionCache& regions() noexcept { return regions_; }
  runtime::Loop& loop() noexcept { return loop_; }
  net::Transport& transport() noexcept { return transport_; }

 private:
  /// What the retry loop has to know of a type of requests.
  struct Shape {
    const proto::Method& method;
    bool (*has_context)(const net::Message& request);
    proto::kvrpcpb::Context& (*context)(net::Message& request);
    /// Gives it a context that belongs to somebody else; null takes it back.
    void (*lend)(net::Message& request, proto::kvrpcpb::Context* context);
    const proto::errorpb::Error* (*region_error)(const net::Message& response);
    /// How long the store says it was busy with it; zero if it does not say.
    std::chrono::nanoseconds (*store_time)(const net::Message& response);
  };
  /// A request without its type.
  struct Wire {
    const Shape& shape;
    net::Message& request;
    net::Message& response;
  };
  class LentContext;
  class Flight;

  template <class Request>
  static const Shape& shape_of();
  template <class Request>
  static Wire wire(Request& request, proto::ResponseOf<Request>& response) {
    return {shape_of<Request>(), request, response};
  }

  Task<Result<void>> locate(Flight& flight, std::string_view key);
  Task<Result<void>> resolve(Flight& flight);
  Task<Result<void>> overcome(Flight& flight, Retry& retry);
  /// The retry loop. `region` null: the region of `key`, located anew whenever it moves.
  Task<Result<Sent>> send(Retry& retry, region::RegionRef region, std::string_view key, Wire wire, SendOptions options);

  runtime::Loop& loop_;
  net::Transport& transport_;
  region::RegionCache& regions_;
  RouterOptions options_;
  const observe::Observer& observer_;
  observe::Throttle region_errors_logged_;
  ContextPool contexts_;
};

template <class Request>
const Router::Shape& Router::shape_of() {
  using Response = proto::ResponseOf<Request>;
  static_assert(proto::HasContext<Request> && proto::HasRegionError<Response>,
                "a request to a region, with its header");
  static constexpr Shape kShape = {
      .method = proto::MethodOf<Request>::method,
      .has_context = [](const net::Message& message) { return static_cast<const Request&>(message).has_context(); },
      .context = [](net::Message& message) -> proto::kvrpcpb::Context& {
        return *static_cast<Request&>(message).mutable_context();
      },
      .lend =
          [](net::Message& message, proto::kvrpcpb::Context* context) {
            auto& typed = static_cast<Request&>(message);
            if (context == nullptr) {
              typed.unsafe_arena_release_context();
            } else {
              typed.unsafe_arena_set_allocated_context(context);
            }
          },
      .region_error = [](const net::Message& message) -> const proto::errorpb::Error* {
        const auto& typed = static_cast<const Response&>(message);
        return typed.has_region_error() ? &typed.region_error() : nullptr;
      },
      .store_time =
          [](const net::Message& message) {
            std::chrono::nanoseconds time{0};
            if constexpr (requires(const Response& r) { r.exec_details_v2().time_detail_v2(); }) {
              const auto& typed = static_cast<const Response&>(message);
              time += std::chrono::nanoseconds(typed.exec_details_v2().time_detail_v2().total_rpc_wall_time_ns());
            }
            return time;
          }};
  return kShape;
}

template <proto::HasMethod Request>
Task<Result<proto::ResponseOf<Request>>> Router::send_to_key(Retry& retry, std::string_view key, Request& request,
                                                             SendOptions options) {
  proto::ResponseOf<Request> response;
  const Wire typeless = wire(request, response);
  co_await send(retry, nullptr, key, typeless, options).or_return();
  co_return response;
}

template <proto::HasMethod Request>
Task<Result<Router::Sent>> Router::send_to_key(Retry& retry, std::string_view key, Request& request,
                                               proto::ResponseOf<Request>& response, SendOptions options) {
  return send(retry, nullptr, key, wire(request, response), options);
}

template <proto::HasMethod Request>
Task<Result<Reply<proto::ResponseOf<Request>>>> Router::send_to_region(Retry& retry, region::RegionRef region,
                                                                       Request& request, SendOptions options) {
  Reply<proto::ResponseOf<Request>> reply;
  const Wire typeless = wire(request, reply.response);
  const Sent sent = co_await send(retry, std::move(region), std::string_view(), typeless, options).or_return();
  reply.moved = sent.moved;
  reply.maybe_sent_before = sent.maybe_sent_before;
  co_return reply;
}

template <proto::HasMethod Request>
Task<Result<Router::Sent>> Router::send_to_region(Retry& retry, region::RegionRef region, Request& request,
                                                  proto::ResponseOf<Request>& response, SendOptions options) {
  return send(retry, std::move(region), std::string_view(), wire(request, response), options);
}

}  // namespace tikv::route
