#include "route/router.h"

#include <utility>

#include "observe/span_scope.h"
#include "route/flight.h"
#include "route/flight_report.h"
#include "runtime/wait.h"

namespace tikv::route {
namespace {

using Next = Step::Next;

Task<Result<void>> pause_for(Retry& retry, const Step& step) {
  if (step.pause_length) return retry.back_off_for(*step.pause, *step.pause_length, step.cause);
  return retry.back_off(*step.pause, step.cause);
}

}  // namespace

Router::Router(runtime::Loop& loop, net::Transport& transport, region::RegionCache& regions, RouterOptions options)
    : loop_(loop),
      transport_(transport),
      regions_(regions),
      options_(std::move(options)),
      observer_(observe::or_silent(options_.observer)) {}

// Coroutines of their own, so that the frame of each request need not have room for what few requests do.

Task<Result<void>> Router::locate(Flight& flight, std::string key) {
  Result<region::RegionRef> found = co_await regions_.locate(std::move(key));
  if (!found) co_return std::unexpected(flight.fail_lookup(std::move(found).error()));
  flight.enter(std::move(*found));
  co_return Result<void>();
}

Task<Result<void>> Router::resolve(Flight& flight) {
  const Result<void> resolved = co_await regions_.stores().resolve(flight.store());
  if (!resolved) co_return std::unexpected(flight.fail_lookup(resolved.error()));
  co_return Result<void>();
}

Task<Result<Router::Sent>> Router::send(Retry& retry, region::RegionRef region, std::string key, Wire wire,
                                        SendOptions options) {
  detail::TaskContext& context = co_await runtime::own_context();
  const bool locates = region == nullptr;
  Flight flight(*this, retry, wire, options, context.deadline);
  const Flight::Report report(flight, observer_, context.trace);
  flight.enter(std::move(region));
  while (true) {
    if (!flight.region()) flight.enter(regions_.find(key));
    // Not with or_return(): the report has to be told here and now.
    if (!flight.region()) {
      Result<void> located = co_await locate(flight, key);
      if (!located) co_return std::unexpected(std::move(located).error());
    }

    Step step = flight.aim();
    if (step.next == Next::kSend && !flight.store().resolved()) {
      Result<void> resolved = co_await resolve(flight);
      if (!resolved) co_return std::unexpected(std::move(resolved).error());
      continue;  // it may turn out to be gone
    }
    if (step.next == Next::kSend) {
      const region::StoreTurn turn(flight.store());
      if (turn.over(options_.store_limit)) co_return std::unexpected(flight.fail(flight.no_turn()));
      const observe::SpanScope span(observer_.tracer(), context, "tikv.attempt");
      flight.stamp(context.trace);
      net::Call call(transport_, flight.address(), wire.method, wire.request, wire.response);
      call.limit(flight.attempt_deadline());
      const net::Status status = co_await call;
      step = flight.land(status);
      if (span.span() != nullptr) flight.describe(*span.span(), status, step);
    }

    if (step.next == Next::kDone) break;
    if (step.next == Next::kFail) co_return std::unexpected(flight.fail(std::move(*step.error)));
    if (step.pause) {
      const Result<void> paused = co_await pause_for(retry, step);
      if (!paused) co_return std::unexpected(flight.fail(paused.error()));
    }
    if (step.next != Next::kMoved) continue;
    if (!locates) {
      if (flight.maybe_applied()) retry.note_doubt();
      co_return Sent{.moved = true, .maybe_sent_before = flight.maybe_applied()};
    }
    flight.leave();
  }
  co_return Sent{.moved = false, .maybe_sent_before = flight.maybe_applied()};
}

}  // namespace tikv::route
