#pragma once

#include <tikv/error.h>
#include <tikv/tracer.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/transport.h"
#include "region/region_cache.h"
#include "route/replica.h"
#include "route/retry.h"
#include "route/router.h"
#include "route/send_failure.h"

namespace tikv::route {

/// What the retry loop does next.
struct Step {
  enum class Next : std::uint8_t {
    kSend,   ///< Send to the peer that was chosen.
    kDone,   ///< The answer is there.
    kAgain,  ///< Choose a peer and send again.
    kMoved,  ///< The region has to be located anew.
    kFail,   ///< It's over: `error`.
  };
  Next next = Next::kAgain;
  std::optional<BackoffKind> pause;  ///< Before that.
  std::optional<std::chrono::milliseconds> pause_length;
  std::string cause;
  std::optional<Error> error;
};

/// One request between the caller and its answer: what was tried, and what follows from each outcome. Decides, and
/// tells region and store caches what it learnt; the loop in `Router::send` does the waiting.
class Router::Flight {
 public:
  Flight(Router& router, Retry& retry, const Wire& wire, SendOptions options, runtime::TimePoint deadline);

  const region::RegionRef& region() const noexcept { return region_; }
  void enter(region::RegionRef region);
  void leave() noexcept { region_ = nullptr; }

  /// Chooses the peer: `kSend`, or what `trouble` says.
  Step::Next aim();
  region::Store& store() const noexcept { return *region_->state.stores[target_].store; }
  /// Fills in the request's context for that peer, and holds on to its address. `trace`: the span that it belongs to.
  void stamp(const TraceContext* trace);
  const std::string& address() const noexcept { return *address_; }
  /// Among the requests that wait for the same connection; as `net::Call` has it.
  std::uint8_t priority() const noexcept { return priority_; }
  runtime::TimePoint attempt_deadline() const noexcept { return began_ + options_.timeout; }
  /// The error of a request for which the store has no room under the limit of those under way.
  Error no_turn() const;
  /// The call has ended: `kDone`, or what `trouble` says.
  Step::Next land(const net::Status& status);
  /// What to do instead of going straight on. Apart, so that requests without trouble need no room for it.
  Step& trouble() const noexcept { return *trouble_; }

  /// `error` with what the caller has to know about this request.
  Error fail(Error error) const;
  /// The same for a look-up at PD, whose attempts come after those at stores.
  Error fail_lookup(Error error) const;
  bool maybe_applied() const noexcept { return maybe_applied_; }

  /// Tells an attempt's span where it went and what came back.
  void describe(Span& span, const net::Status& status, Step::Next next) const;
  class Report;

 private:
  Step choose();
  Step judge(const net::Status& status);
  Step::Next note(Step step);
  Step on_failure(const net::Status& status);
  Step on_region_error(const proto::errorpb::Error& error);
  Step on_not_leader(const proto::errorpb::Error& error);
  Step on_epoch_not_match(const proto::errorpb::Error& error);
  Step moved(std::optional<BackoffKind> pause, std::string cause);
  /// The request may have been applied. If it must not be sent again, that is the end.
  std::optional<Step> doubt(const std::string& cause);
  void record(std::string outcome);
  static void stamp_trace(proto::kvrpcpb::Context& context, const TraceContext* trace);
  /// For metrics: the call has ended, in whatever way.
  void measure(const net::Status& status);
  void log_region_error(std::string_view name);

  Router& router_;
  Retry& retry_;
  const Wire& wire_;
  const SendOptions options_;
  const runtime::TimePoint deadline_;
  region::RegionRef region_;
  RegionTries tries_{};
  std::size_t target_ = 0;
  std::shared_ptr<const std::string> address_;
  std::uint32_t store_epoch_ = 0;
  runtime::TimePoint began_{};
  std::string_view outcome_ = "not sent";  // of the last attempt
  std::uint32_t sends_ = 0;
  std::uint32_t leader_changes_ = 0;
  std::uint32_t busy_ = 0;
  std::uint8_t priority_ = 0;
  bool resent_ = false;
  bool maybe_applied_ = false;
  std::unique_ptr<Step> trouble_;
};

}  // namespace tikv::route
