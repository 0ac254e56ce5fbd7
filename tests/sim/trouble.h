#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace tikv::testing {

/// A kind of thing that goes wrong in a simulation. How often, when and to whom is drawn from the seed.
enum class Trouble : std::uint8_t {
  kLostMessages,       ///< Requests and answers that never arrive.
  kLateMessages,       ///< Requests and answers that take up to 5 s.
  kDoubledRequests,    ///< Carried out twice, at once or some time later.
  kReorderedMessages,  ///< The network takes up to 40 ms, so that what is sent first arrives last.
  kBrokenConnections,  ///< Before or after a request is carried out.
  kStatuses,           ///< gRPC statuses instead of answers.
  kRegionErrors,       ///< Of every kind that a retry helps against.
  kFrozenConnections,  ///< One client's connection to one server carries nothing for a while, and does not break.
  kSlowStores,         ///< A store takes its time for everything.
  kFrozenStores,       ///< A store takes requests and answers nothing.
  kKilledStores,       ///< And started again.
  kCutOffStores,       ///< From the other stores, not from clients.
  kKilledPds,
  kFrozenPds,
  kMovedPdLeader,
  kSplits,
  kMerges,
  kMovedLeaders,
  kMovedPeers,
  kClockJumps,      ///< PD's clock, forwards and back.
  kCancelledCalls,  ///< Callers trigger their stop tokens.
  kShortDeadlines,  ///< Callers have less patience than the call needs.
  kClosedClient,    ///< One of the clients is closed in the middle of its work.
  kDoubledReplies,  ///< What PD sends on a client's stream, its timestamps, arrives twice.
};

std::string_view name_of(Trouble trouble) noexcept;

using Troubles = std::vector<Trouble>;

/// But for doubled replies: what a seed stands for hangs on this list, and what seeds have found is kept by number.
Troubles every_trouble();
Troubles operator+(Troubles a, const Troubles& b);
Troubles without(Troubles from, std::initializer_list<Trouble> what);

/// Some that go together.
Troubles network_troubles();   ///< All that may happen to messages; nothing is doubled.
Troubles cluster_troubles();   ///< Servers that fail, and PD's failover.
Troubles region_troubles();    ///< Regions and leaders that change.
Troubles impatient_callers();  ///< Cancelled calls and short deadlines.

}  // namespace tikv::testing
