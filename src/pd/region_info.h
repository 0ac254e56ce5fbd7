#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tikv::pd {

/// One replica of a region.
struct Peer {
  std::uint64_t id = 0;
  std::uint64_t store_id = 0;
  bool learner = false;  ///< Does not vote (nor does a peer that is only about to).
  bool witness = false;  ///< Votes, but holds no data: it can't answer reads.

  friend bool operator==(const Peer&, const Peer&) = default;
};

/// A region as PD describes it. Keys are PD's: transactional ones are memory-comparable (`base/codec.h`), an empty
/// `end_key` means no upper border.
struct RegionInfo {
  std::uint64_t id = 0;
  std::uint64_t epoch_version = 0;
  std::uint64_t epoch_conf_version = 0;
  std::string start_key;
  std::string end_key;
  std::vector<Peer> peers;
  std::uint64_t leader_peer_id = 0;  ///< 0: PD knows of none.
  std::vector<Peer> down_peers;      ///< The leader has not heard from these for a while.
  std::vector<Peer> pending_peers;   ///< Far behind in the log: no use for reads.

  friend bool operator==(const RegionInfo&, const RegionInfo&) = default;
};

enum class StoreState : std::uint8_t { kUp, kOffline, kTombstone };

/// A TiKV (or TiFlash) instance.
struct StoreInfo {
  std::uint64_t id = 0;
  std::string address;  ///< host:port for clients.
  std::string peer_address;
  std::string status_address;
  std::string version;
  StoreState state = StoreState::kUp;
  std::vector<std::pair<std::string, std::string>> labels;
  std::int64_t start_seconds = 0;  ///< When it was started, seconds since 1970; changes with every restart.

  /// The label's value; empty if the store has none of that name.
  std::string_view label(std::string_view name) const noexcept;

  friend bool operator==(const StoreInfo&, const StoreInfo&) = default;
};

}  // namespace tikv::pd
