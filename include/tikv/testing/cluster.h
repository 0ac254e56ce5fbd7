#pragma once

#include <tikv/error.h>
#include <tikv/testing/fault.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tikv::testing {

/// What a key in a call means. Regions hold transactional keys in their memory-comparable form and raw keys as they
/// are; a border in the first form divides both kinds of keys, one in the second is none that transactional clients
/// understand.
enum class KeyForm : std::uint8_t { kTransactional, kRaw };

/// What kind of data the stores keep (TiKV's storage.api-version and storage.enable-ttl).
enum class ApiVersion : std::uint8_t {
  kV1,     ///< Transactional and raw keys; raw keys live for ever.
  kV1Ttl,  ///< Raw keys only, with times to live.
  kV2,     ///< Keyspaces: keys start with 'x' (transactional) or 'r' (raw, with times to live).
};

/// How a cluster's servers encrypt: PEM files, the same for all of them. They are looked at again every second, and new
/// connections use what they hold by then. Without a certificate, servers speak plain text.
struct ServerTls {
  std::string cert_path;  ///< For the host 127.0.0.1; certificates of intermediate authorities may follow it.
  std::string key_path;
  /// If it is set, clients must show a certificate of this authority, as real servers always demand.
  std::string ca_path;
};

struct ClusterOptions {
  std::size_t stores = 3;    ///< At least 1.
  std::size_t pds = 1;       ///< At least 1.
  std::size_t replicas = 3;  ///< Of each region; never more than stores.
  /// Port of the first PD member on loopback; 0 for any free one. All other servers take free ones.
  std::uint16_t pd_port = 0;
  ApiVersion api = ApiVersion::kV1;
  /// Borders of the first regions, transactional keys.
  std::vector<std::string> split_keys;
  /// How long regions and PD stay without a leader after they lost it. A real TiKV takes some 10 s.
  std::chrono::milliseconds election_delay{200};
  /// How long PD goes on telling of regions and leaders as they were before a change.
  std::chrono::milliseconds heartbeat_delay{0};
  ServerTls tls;
  std::uint64_t cluster_id = 7'000'000'000'000'000'001;
};

struct StoreStatus {
  std::uint64_t id = 0;
  std::string address;  ///< host:port
  bool alive = true;
};

struct RegionStatus {
  std::uint64_t id = 0;
  std::uint64_t version = 0;
  std::uint64_t conf_version = 0;
  std::string start_key;           ///< As the region has it.
  std::string end_key;             ///< Empty: no upper border.
  std::uint64_t leader_store = 0;  ///< 0 while there is none.
  std::vector<std::uint64_t> stores;
};

/// A TiKV cluster in this process, to test against: PD and stores that speak gRPC on loopback, all data in memory.
///
/// Its stores answer as TiKV does; replication is simplified: the replicas of a region share their data, and a region
/// serves while a majority of its stores runs. What happens in a real cluster by itself (splits, leaders that move,
/// crashes, lost messages) happens here when it is asked for.
///
/// Thread-safety: every call from any thread. Calls that end or start servers wait for their threads, so they must not
/// be made from a gRPC callback.
class Cluster {
 public:
  /// Serving when it returns. `kInvalidArgument` for options that make no cluster, `kUnavailable` if a port is taken.
  static Result<Cluster> start(ClusterOptions options = {});
  Cluster(Cluster&&) noexcept;
  Cluster& operator=(Cluster&&) noexcept;
  /// Stops it.
  ~Cluster();
  /// Ends all servers and breaks their connections; the data is gone. Only the destructor may follow.
  void stop();

  /// host:port of each PD member, for `ClientOptions::pd_endpoints`.
  std::vector<std::string> pd_endpoints() const;
  std::vector<StoreStatus> stores() const;
  /// In key order.
  std::vector<RegionStatus> regions() const;

  // Regions. Errors are `kInvalidArgument` with the reason.

  /// Nothing happens if a region starts at `key` already.
  Result<void> split(std::string_view key, KeyForm form = KeyForm::kTransactional);
  /// The region that holds `key` takes in the one after it.
  Result<void> merge(std::string_view key, KeyForm form = KeyForm::kTransactional);
  Result<void> move_leader(std::string_view key, std::uint64_t store, KeyForm form = KeyForm::kTransactional);
  Result<void> add_peer(std::string_view key, std::uint64_t store, KeyForm form = KeyForm::kTransactional);
  Result<void> remove_peer(std::string_view key, std::uint64_t store, KeyForm form = KeyForm::kTransactional);

  // Servers. Errors are `kInvalidArgument` with the reason.

  /// Ends a store: its connections break, and its leaders move after the election delay. Its data stays.
  Result<void> kill(std::uint64_t store);
  /// On the same address. `kUnavailable` if that is taken.
  Result<void> restart(std::uint64_t store);
  /// Cuts a store off from the others, not from clients; `heal` ends it.
  Result<void> isolate(std::uint64_t store);
  Result<void> heal(std::uint64_t store);
  /// The store takes requests and answers nothing until it is thawed.
  Result<void> freeze(std::uint64_t store);
  Result<void> thaw(std::uint64_t store);
  /// PD members are numbered from 1.
  Result<void> kill_pd(std::uint64_t member);
  Result<void> restart_pd(std::uint64_t member);
  Result<void> freeze_pd(std::uint64_t member);
  Result<void> thaw_pd(std::uint64_t member);
  Result<void> move_pd_leader(std::uint64_t member);
  /// Timestamps from now on are this far from the real time; they never go back.
  void skew_clock(std::chrono::milliseconds skew);

  // Faults.

  FaultId inject(Fault fault);
  /// The next request of the method is carried out and its answer lost.
  FaultId drop_next_reply(std::string_view method);
  void remove_fault(FaultId id);
  void clear_faults();
  /// How many requests the fault has hit.
  std::uint64_t hits(FaultId id) const;
  /// How many requests of a method, as in "KvGet", have reached servers, alone or inside BatchCommands.
  std::uint64_t requests(std::string_view method) const;

 private:
  struct Parts;
  explicit Cluster(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tikv::testing
