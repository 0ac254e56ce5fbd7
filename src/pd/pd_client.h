#pragma once

#include <tikv/cluster.h>
#include <tikv/debug.h>
#include <tikv/key.h>
#include <tikv/task.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/transport.h"
#include "observe/observer.h"
#include "pd/region_info.h"
#include "runtime/loop.h"

namespace tikv::pd {

/// Settings of a `PdClient`. Numbers are those of PD's Go client unless said otherwise.
struct PdOptions {
  /// Where to look for PD first, `host:port`, `http://host:port` or `https://host:port`. Any member will do; more are
  /// safer.
  std::vector<std::string> endpoints;
  /// Whether the transport encrypts: without that, members that ask for it are none.
  bool tls = false;
  /// Sent with each request (`RequestHeader.caller_id`), for PD's logs and metrics.
  std::string caller_id = "tikv-cpp";
  /// One try of a request at one member (opt.defaultPDTimeout).
  std::chrono::milliseconds request_timeout{3000};
  /// One question for the members at one member (UpdateMemberTimeout).
  std::chrono::milliseconds member_timeout{1000};
  /// How long the members are taken for known; then the next request has them asked for again, behind its back
  /// (MemberUpdateInterval).
  std::chrono::milliseconds member_max_age{60000};
  /// A timestamp request without an answer for that long means a dead stream (opt.defaultPDTimeout).
  std::chrono::milliseconds tso_timeout{3000};
  /// Pause before the same leader is tried again, doubled from the first to the second number
  /// (UpdateMemberBackOffBaseTime, UpdateMemberMaxBackoffTime). A new leader is tried at once.
  std::chrono::milliseconds backoff_base{20};
  std::chrono::milliseconds backoff_max{100};
  /// How long a request is repeated while there is no leader that answers; the task's deadline may end it earlier
  /// (client-go's tsoMaxBackoff).
  std::chrono::milliseconds retry_budget{15000};
  /// The same for `connect`, where a wrong address is likelier than a fail-over. Own choice: long enough for a PD that
  /// is just starting, short enough for people.
  std::chrono::milliseconds connect_budget{3000};
  /// Timestamp requests under way at once. Own choice: with n, a caller waits for 1 + 1/2n round trips on average, and
  /// PD sees n requests in a round trip, however many callers there are.
  std::size_t tso_max_in_flight = 4;
  /// Timestamps in one request at most (defaultMaxTSOBatchSize).
  std::uint32_t tso_max_batch = 10000;
  /// Outlives the client; null for none.
  const observe::Observer* observer = nullptr;
};

/// What a client asks PD: timestamps, regions and stores. One for each loop; lives and is used on that loop alone.
///
/// Each call goes to the leader. If that can't be reached, does not answer or says it is not the leader, the members
/// are asked who is, and the call is repeated, until the task's deadline (`kDeadline`) or `PdOptions::retry_budget`
/// (`kUnavailable`); both errors carry the attempts. A cluster with another id than at `connect` ends a call at once
/// (`kClusterMismatch`). Cancelling a call ends that call alone.
///
/// Tasks refer to the client: it must outlive them, and `close` must have completed before it goes.
class PdClient {
 public:
  PdClient(runtime::Loop& loop, net::Transport& transport, PdOptions options);
  ~PdClient();
  PdClient(const PdClient&) = delete;
  PdClient& operator=(const PdClient&) = delete;

  /// Finds members, leader and cluster id through any of the endpoints; what the first call would do otherwise, but
  /// with a shorter budget and a check of all endpoints. Errors: `kInvalidArgument` (no endpoint, or one
  /// that is no host:port), `kNotPd` (something else answers), `kUnavailable` (nothing does, within `connect_budget`),
  /// `kClusterMismatch` (endpoints of different clusters).
  Task<Result<void>> connect();
  /// 0 before `connect`.
  std::uint64_t cluster_id() const noexcept;
  /// Where calls go now, host:port; empty while there is no known leader.
  std::string leader_address() const;
  DebugState::Pd debug_state() const;

  /// `error`, of a wait for another's call that is still trying, with what that has met with. One that tells of its own
  /// attempts stays as it is.
  Error explain(Error error) const;

  /// A timestamp above all that this or any other client got from PD before. Callers that ask at the same time share
  /// one request.
  Task<Result<std::uint64_t>> get_timestamp();

  // Regions. Keys are as PD has them. `nullopt`: PD has no such region (just now: regions change).
  Task<Result<std::optional<RegionInfo>>> get_region(std::string key);
  /// The region before the one that holds `key`.
  Task<Result<std::optional<RegionInfo>>> get_prev_region(std::string key);
  Task<Result<std::optional<RegionInfo>>> get_region_by_id(std::uint64_t id);
  /// The first `limit` regions that meet `range`, in key order; there may be holes. 0: no limit.
  Task<Result<std::vector<RegionInfo>>> scan_regions(KeyRange range, std::size_t limit);
  /// The first `limit` regions that meet any of `ranges`, which are in order and apart from each other; each region
  /// once. On a PD without that call, one scan for each range.
  Task<Result<std::vector<RegionInfo>>> batch_scan_regions(std::vector<KeyRange> ranges, std::size_t limit);

  // Stores. A tombstone, a store that was removed for good, counts as none unless it is asked for.
  Task<Result<std::optional<StoreInfo>>> get_store(std::uint64_t id);
  Task<Result<std::vector<StoreInfo>>> get_all_stores(bool with_tombstones = false);

  /// PD's servers, as their leader has them.
  Task<Result<std::vector<MemberInfo>>> get_members();

  /// Ends all calls with `kClosed`, now and later, and completes when nothing runs in the background any more.
  Task<void> close();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tikv::pd
