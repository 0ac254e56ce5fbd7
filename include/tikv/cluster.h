#pragma once

#include <tikv/key.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// What PD knows about a cluster: `Client::regions`, `Client::stores` and `Client::members`. For tools and operators;
/// reads and writes find their way without it.
namespace tikv {

/// Which keys a range is meant to hold. A cluster may have both kinds: regions keep transactional keys in a
/// memory-comparable form and raw keys as they are, so the same region has other borders for each of them.
enum class KeyMode : std::uint8_t { kTransactional, kRaw };

/// One replica of a region.
struct Peer {
  std::uint64_t id = 0;
  std::uint64_t store_id = 0;
  bool learner = false;  ///< Does not vote, or not yet.
  bool witness = false;  ///< Votes, but holds no data.

  friend bool operator==(const Peer&, const Peer&) = default;
};

/// A region, as its leader last told PD.
struct RegionInfo {
  std::uint64_t id = 0;
  /// The keys it holds, in the form asked for. A border that is no transactional key (the cluster holds raw keys as
  /// well) stands at its place among them; a region without any has `range.empty()`.
  KeyRange range;
  std::uint64_t epoch_version = 0;       ///< Counts splits and merges.
  std::uint64_t epoch_conf_version = 0;  ///< Counts changes of peers.
  std::vector<Peer> peers;
  std::optional<Peer> leader;       ///< `nullopt` if PD knows of none.
  std::vector<Peer> down_peers;     ///< The leader has not heard from these for a while.
  std::vector<Peer> pending_peers;  ///< Far behind in the log.

  friend bool operator==(const RegionInfo&, const RegionInfo&) = default;
};

/// For `Client::regions`.
struct RegionsOptions {
  KeyMode keys = KeyMode::kTransactional;
  /// The most regions; 0 for all that meet the range.
  std::size_t limit = 0;
};

enum class StoreState : std::uint8_t {
  kUp,
  kOffline,    ///< Told to go: its regions are being moved away.
  kTombstone,  ///< Gone for good.
};

/// A TiKV (or TiFlash) instance.
struct StoreInfo {
  std::uint64_t id = 0;
  std::string address;         ///< host:port for clients.
  std::string peer_address;    ///< host:port for other stores; empty if it is the same.
  std::string status_address;  ///< host:port of metrics and configuration over HTTP; empty if PD was not told.
  std::string version;
  StoreState state = StoreState::kUp;
  std::vector<std::pair<std::string, std::string>> labels;  ///< Name and value: "zone", "host", "engine".
  /// When it was last started; 1970 if PD was not told.
  std::chrono::sys_seconds started;

  friend bool operator==(const StoreInfo&, const StoreInfo&) = default;
};

/// For `Client::stores`.
struct StoresOptions {
  /// Also those that are gone for good.
  bool with_tombstones = false;
};

/// One of PD's servers.
struct MemberInfo {
  std::uint64_t id = 0;
  std::string name;
  std::vector<std::string> client_urls;
  std::vector<std::string> peer_urls;
  bool leader = false;
  std::int32_t leader_priority = 0;  ///< The higher, the sooner it takes over.
  std::string version;

  friend bool operator==(const MemberInfo&, const MemberInfo&) = default;
};

// Trivially destructible, so that braces in an awaited call are safe with g++ 12.
static_assert(std::is_trivially_destructible_v<RegionsOptions>);
static_assert(std::is_trivially_destructible_v<StoresOptions>);

}  // namespace tikv
