#include "trouble.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tikv::testing {
namespace {

using enum Trouble;

constexpr std::array kNames = {
    std::string_view("lost messages"),
    std::string_view("late messages"),
    std::string_view("doubled requests"),
    std::string_view("reordered messages"),
    std::string_view("broken connections"),
    std::string_view("statuses"),
    std::string_view("region errors"),
    std::string_view("frozen connections"),
    std::string_view("slow stores"),
    std::string_view("frozen stores"),
    std::string_view("killed stores"),
    std::string_view("cut-off stores"),
    std::string_view("killed PDs"),
    std::string_view("frozen PDs"),
    std::string_view("moved PD leader"),
    std::string_view("splits"),
    std::string_view("merges"),
    std::string_view("moved leaders"),
    std::string_view("moved peers"),
    std::string_view("clock jumps"),
    std::string_view("cancelled calls"),
    std::string_view("short deadlines"),
    std::string_view("a closed client"),
    std::string_view("doubled replies"),
};

}  // namespace

std::string_view name_of(Trouble trouble) noexcept { return kNames.at(static_cast<std::size_t>(trouble)); }

Troubles every_trouble() {
  Troubles all;
  for (std::size_t i = 0; i < kNames.size(); ++i) all.push_back(static_cast<Trouble>(i));
  return without(std::move(all), {kDoubledReplies});
}

Troubles operator+(Troubles a, const Troubles& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Troubles without(Troubles from, std::initializer_list<Trouble> what) {
  std::erase_if(from, [&](Trouble trouble) { return std::ranges::find(what, trouble) != what.end(); });
  return from;
}

Troubles network_troubles() {
  return {kLostMessages, kLateMessages, kReorderedMessages, kBrokenConnections, kStatuses, kFrozenConnections};
}

Troubles cluster_troubles() {
  return {kSlowStores, kFrozenStores, kKilledStores, kCutOffStores, kKilledPds, kFrozenPds, kMovedPdLeader};
}

Troubles region_troubles() { return {kRegionErrors, kSplits, kMerges, kMovedLeaders, kMovedPeers}; }

Troubles impatient_callers() { return {kCancelledCalls, kShortDeadlines}; }

}  // namespace tikv::testing
