#include "scenario.h"

#include <algorithm>

namespace tikv::testing {
namespace {

using enum Trouble;
using enum KeyKind;

// One at a time: slow enough for single callers, or fast enough for many.
constexpr Size kCrowd{.clients_min = 6, .clients_max = 10, .workers_max = 2, .seconds_min = 2, .seconds_max = 3};
constexpr Size kHaste{.workers_max = 4, .seconds_min = 2, .seconds_max = 4, .idle_max = 15};
constexpr Size kStorm{.seconds_min = 3, .seconds_max = 5, .calm_max = 15};

/// What a plain put or a transaction has to bear, and an atomic raw write is never met with.
Troubles once() { return without(every_trouble(), {kDoubledRequests}); }

const std::vector<Scenario>& table() {
  static const std::vector<Scenario> all = {
      // Everything at once.
      {"bank", kTransactional, {bank}, every_trouble(), {}},
      {"ring", kTransactional, {ring}, every_trouble(), {}},
      {"lists", kTransactional, {lists}, every_trouble(), {}},
      {"versions", kTransactional, {versions}, every_trouble(), {}},
      {"claims", kTransactional, {claims}, every_trouble(), {}},
      {"wide", kTransactional, {wide}, every_trouble(), {}},
      {"registers", kRaw, {registers}, once(), {}},
      {"bulk", kRaw, {bulk}, every_trouble(), {}},
      {"counters and stock", kRaw, {counters, stock}, once(), {}},
      {"leases", kRawWithTtl, {leases}, once(), {}},
      // Many clients, much contention, little peace.
      {"crowd at the bank", kTransactional, {bank, lists}, every_trouble(), kCrowd},
      {"crowd at the registers", kRaw, {registers, counters}, once(), kCrowd},
      {"lists in haste", kTransactional, {lists}, every_trouble(), kHaste},
      {"versions in haste", kTransactional, {versions, claims}, every_trouble(), kHaste},
      {"registers in haste", kRaw, {registers}, once(), kHaste},
      {"bank in a storm", kTransactional, {bank, ring}, every_trouble(), kStorm},
      {"registers in a storm", kRaw, {registers, stock}, once(), kStorm},
      // One kind of trouble.
      {"lists, all is well", kTransactional, {lists, ring, versions}, {}, kHaste},
      {"registers, all is well", kRaw, {registers, counters, stock}, {}, kHaste},
      {"lists, lost answers", kTransactional, {lists, versions}, {kLostMessages, kBrokenConnections}, {}},
      {"lists, late and doubled",
       kTransactional,
       {lists},
       {kLateMessages, kDoubledRequests, kReorderedMessages, kDoubledReplies},
       {}},
      {"bank, frozen connections", kTransactional, {bank}, {kFrozenConnections, kFrozenStores, kFrozenPds}, {}},
      {"versions, splits and merges", kTransactional, {versions, claims}, region_troubles(), {}},
      {"ring, stores come and go", kTransactional, {ring, bank}, cluster_troubles(), {}},
      {"lists, PD fails over", kTransactional, {lists}, {kKilledPds, kFrozenPds, kMovedPdLeader}, {}},
      {"lists, PD's clock jumps", kTransactional, {lists, bank}, {kClockJumps, kMovedPdLeader, kLateMessages}, {}},
      {"bank, impatient callers", kTransactional, {bank, lists}, impatient_callers(), kHaste},
      {"lists, slow stores", kTransactional, {lists}, {kSlowStores, kLateMessages, kShortDeadlines}, {}},
      {"wide, stores come and go", kTransactional, {wide}, cluster_troubles() + region_troubles(), kHaste},
      {"bank, closed client", kTransactional, {bank, claims}, {kClosedClient, kKilledStores, kLateMessages}, {}},
      {"registers, lost answers", kRaw, {registers, counters}, {kLostMessages, kBrokenConnections, kStatuses}, {}},
      {"registers, late answers", kRaw, {registers}, {kLateMessages, kReorderedMessages, kShortDeadlines}, {}},
      {"bulk, doubled and late", kRaw, {bulk}, {kDoubledRequests, kLateMessages, kLostMessages}, {}},
      {"bulk, splits and merges", kRaw, {bulk}, region_troubles() + impatient_callers(), {}},
      {"stock, stores come and go", kRaw, {stock, counters}, cluster_troubles() + region_troubles(), {}},
      {"registers, frozen connections", kRaw, {registers}, {kFrozenConnections, kFrozenStores, kSlowStores}, {}},
      {"leases, splits and kills", kRawWithTtl, {leases}, region_troubles() + cluster_troubles(), {}},
  };
  return all;
}

}  // namespace

std::span<const Scenario> scenarios() { return table(); }

const Scenario* find_scenario(std::string_view name) {
  const auto found = std::ranges::find(table(), name, &Scenario::name);
  return found == table().end() ? nullptr : &*found;
}

}  // namespace tikv::testing
