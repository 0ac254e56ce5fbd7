#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tikv {

/// What `Client::debug_state` shows: for people, dumps and tests. Fields may be added.
struct DebugState {
  /// A connection to a store or PD.
  struct Connection {
    std::string address;
    std::string state;          ///< "idle", "connecting", "ready"; "refused" if there can be none.
    std::size_t waiting = 0;    ///< Requests that have not been sent.
    std::size_t in_flight = 0;  ///< Requests that have, in batches; unary ones are not counted.
    std::size_t finishing = 0;  ///< Older connections that end what they have.
    std::string last_failure;   ///< Why the last attempt to connect failed; empty if it did not.
  };
  struct Store {
    std::uint64_t id = 0;
    std::string address;         ///< Empty: not looked up yet.
    std::string liveness;        ///< "reachable", "suspect", "down".
    bool removed = false;        ///< From the cluster, for good.
    std::uint32_t failures = 0;  ///< How often its regions were given up since the client began.
  };
  struct Pd {
    std::vector<std::string> members;
    std::string leader;  ///< Empty: none known.
    bool searching = false;
    std::size_t timestamp_callers = 0;   ///< Waiting for a timestamp.
    std::size_t timestamp_requests = 0;  ///< Under way.
  };
  struct Shard {
    std::size_t operations = 0;         ///< Calls of users under way on the loop, this one included.
    std::size_t background_tasks = 0;   ///< Of the loop: commits of secondaries, heartbeats, checks, look-ups.
    std::size_t transaction_tasks = 0;  ///< Those among them that transactions left behind.
    std::size_t locks_cleaning = 0;     ///< Locks being removed behind reads.
    std::size_t raw_regions = 0;        ///< In the cache.
    std::size_t txn_regions = 0;
    Pd pd;
    std::vector<Store> stores;            ///< By id.
    std::vector<Connection> connections;  ///< By address.
  };
  std::uint64_t cluster_id = 0;
  std::vector<Shard> shards;
};

/// The same as JSON, in one line.
std::string to_json(const DebugState& state);

}  // namespace tikv
