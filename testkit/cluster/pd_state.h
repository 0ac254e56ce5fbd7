#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "testkit/cluster/gc_states.h"
#include "testkit/cluster/host.h"
#include "testkit/cluster/topology.h"
#include "testkit/cluster/tso_oracle.h"

namespace tikv::testing::cluster {

struct StoreFacts {
  std::string address;  ///< host:port
  std::int64_t started_seconds = 0;
};

struct MemberFacts {
  std::string address;  ///< host:port
  bool alive = true;
};

/// What PD's members share.
struct PdState {
  std::uint64_t cluster_id = 0;
  /// How clients are told to talk to members: "http" or "https".
  std::string scheme = "http";
  std::map<std::uint64_t, MemberFacts> members;
  /// The leading member; 0 while there is none.
  std::uint64_t leader = 0;
  std::map<std::uint64_t, StoreFacts> stores;
  /// What PD has heard of the regions, if it hears of changes late.
  std::optional<Topology> late_view;
  TsoOracle tso;
  /// Added to the clock for timestamps.
  std::int64_t clock_skew_ms = 0;
  GcStates gc;
  std::map<std::string, std::string> global_config;
  std::uint64_t external_timestamp = 0;
};

}  // namespace tikv::testing::cluster
