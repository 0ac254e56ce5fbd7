#include "route/router.h"

#include <tikv/proto/kvrpcpb.pb.h>

#include <memory>
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

/// A request's context, from the pool and back, unless the request came with one.
class Router::LentContext {
 public:
  LentContext(ContextPool& pool, const Wire& wire) : pool_(pool), wire_(wire) {
    if (wire.shape.has_context(wire.request)) return;
    context_ = pool.take();
    wire.shape.lend(wire.request, context_.get());
  }
  ~LentContext() {
    if (!context_) return;
    wire_.shape.lend(wire_.request, nullptr);
    pool_.give(std::move(context_));
  }
  LentContext(const LentContext&) = delete;
  LentContext& operator=(const LentContext&) = delete;

 private:
  ContextPool& pool_;
  const Wire& wire_;
  std::unique_ptr<proto::kvrpcpb::Context> context_;
};

// Coroutines of their own, so that the frame of each request need not have room for what few requests do.

Task<Result<void>> Router::locate(Flight& flight, std::string_view key) {
  Result<region::RegionRef> found = co_await regions_.locate(std::string(key));
  if (!found) co_return std::unexpected(flight.fail_lookup(std::move(found).error()));
  flight.enter(std::move(*found));
  co_return Result<void>();
}

Task<Result<void>> Router::resolve(Flight& flight) {
  const Result<void> resolved = co_await regions_.stores().resolve(flight.store());
  if (!resolved) co_return std::unexpected(flight.fail_lookup(resolved.error()));
  co_return Result<void>();
}

/// Ends the request, or makes the pause that is due before it goes on.
Task<Result<void>> Router::overcome(Flight& flight, Retry& retry) {
  Step& trouble = flight.trouble();
  if (trouble.next == Next::kFail) co_return std::unexpected(flight.fail(std::move(*trouble.error)));
  if (!trouble.pause) co_return Result<void>();
  const Result<void> paused = co_await pause_for(retry, trouble);
  if (!paused) co_return std::unexpected(flight.fail(paused.error()));
  co_return Result<void>();
}

Task<Result<Router::Sent>> Router::send(Retry& retry, region::RegionRef region, std::string_view key, Wire wire,
                                        SendOptions options) {
  detail::TaskContext& context = co_await runtime::own_context();
  const LentContext lent(contexts_, wire);
  Flight flight(*this, retry, wire, options, context.deadline);
  const Flight::Report report(flight, observer_, context.trace);
  const bool locates = region == nullptr;
  flight.enter(std::move(region));
  while (true) {
    if (!flight.region()) flight.enter(regions_.find(key));
    // Errors not with or_return(): the report has to be told here and now.
    const bool known = flight.region() != nullptr;
    Next next = known ? flight.aim() : Next::kAgain;
    if (!known || (next == Next::kSend && !flight.store().resolved())) {
      Task<Result<void>> lookup = known ? resolve(flight) : locate(flight, key);
      const Result<void> ready = co_await std::move(lookup);
      if (!ready) co_return std::unexpected(ready.error());
      continue;  // the store may turn out to be gone
    }
    if (next == Next::kSend) {
      const region::StoreTurn turn(flight.store());
      if (turn.over(options_.store_limit)) co_return std::unexpected(flight.fail(flight.no_turn()));
      const observe::SpanScope span(observer_.tracer(), context, "tikv.attempt");
      flight.stamp(context.trace);
      net::Call call(transport_, flight.address(), wire.shape.method, wire.request, wire.response);
      call.limit(flight.attempt_deadline());
      call.set_priority(flight.priority());
      const net::Status status = co_await call;
      next = flight.land(status);
      if (span.span() != nullptr) flight.describe(*span.span(), status, next);
    }

    if (next == Next::kDone) break;
    const Result<void> on = co_await overcome(flight, retry);
    if (!on) co_return std::unexpected(on.error());
    if (next != Next::kMoved) continue;
    if (!locates) {
      if (flight.maybe_applied()) retry.note_doubt();
      co_return Sent{.moved = true, .maybe_sent_before = flight.maybe_applied()};
    }
    flight.leave();
  }
  co_return Sent{.moved = false, .maybe_sent_before = flight.maybe_applied()};
}

}  // namespace tikv::route
