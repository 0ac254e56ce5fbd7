#pragma once

#include <tikv/cluster.h>
#include <tikv/debug.h>
#include <tikv/error.h>
#include <tikv/options.h>
#include <tikv/raw.h>
#include <tikv/snapshot.h>
#include <tikv/task.h>
#include <tikv/transaction.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace tikv {

namespace client {
class Shards;
}

/// A connection to one cluster: the only object to make; everything else comes from it.
///
///   tikv::ClientOptions options{.pd_endpoints = {"127.0.0.1:2379"}};
///   tikv::Client client = tikv::Client::connect(std::move(options)).get().value();
///
/// Movable. Thread-safe, except for `close`, moves and the destructor. Handles that came from it may outlive it.
class Client {
 public:
  /// Finds PD and its leader, and starts the io threads. Fails with `kInvalidArgument` for an option out of its limits
  /// (the message names the field), `kUnavailable` if no endpoint can be reached, `kNotPd` if one answers as
  /// something else, `kClusterMismatch` if they belong to different clusters. Stores are connected to when they are
  /// first needed.
  static Task<Result<Client>> connect(ClientOptions options);

  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  /// Closes, if that has not been done. On an io thread, where waiting would be waiting for itself, the client closes
  /// by itself afterwards.
  ~Client();

  RawClient raw() const;

  /// A transaction at a fresh timestamp. Costs a question to PD.
  Task<Result<Transaction>> begin(TransactionOptions options = {}) const;
  /// Transactional data as it was at `timestamp`: one from `timestamp()`, or of a transaction. Costs nothing.
  Snapshot snapshot(std::uint64_t timestamp, SnapshotOptions options = {}) const;

  /// Runs `body` in a transaction and commits it; after a conflict, or when others rolled it back, again as a whole in
  /// a new transaction, up to `TransactOptions::max_attempts` times.
  ///
  ///   tikv::Result<int> seats = co_await client.transact(
  ///       [&](tikv::Transaction& txn) -> tikv::Task<tikv::Result<int>> {
  ///         auto left = co_await txn.get("seats").or_return();
  ///         ...
  ///       });
  ///
  /// `body` takes `Transaction&` and gives `Task<Result<T>>`; the value of the run that was committed is the result. An
  /// error that it returns ends the whole, unless its advice is `kRetryTransaction`, as that of a failed read may be.
  /// It runs where the caller's code runs: on the client's executor, or else on its io thread, which for a lone
  /// blocking call is the calling thread. Threads that block here sleep once a transaction, not in `begin` and again in
  /// `commit`: a third less CPU with 16 of them (docs/performance.md).
  /// The deadline, or the client's default, is for all runs together. Errors are those of `begin`, `body` and
  /// `Transaction::commit`; after `kUndetermined` nothing is run again.
  template <std::invocable<Transaction&> Body>
  std::invoke_result_t<Body&, Transaction&> transact(Body body, TransactOptions options = {}) const {
    CallerSide side = caller_side();
    auto task = detail::transact(std::move(side.host), std::move(body), options);
    task.promise().context.home = side.home;
    task.promise().caller_side = true;
    return task;
  }

  /// A fresh timestamp from PD, larger than every one given out before.
  Task<Result<std::uint64_t>> timestamp() const;
  /// The cluster's id, as PD gave it at the start.
  std::uint64_t cluster_id() const noexcept;

  // ---- what PD knows

  // Answered by PD's leader, within 15 s of retries; some seconds old, as regions and stores report now and then.
  // `kUnavailable` if it can't be reached, `kServer` for an error of PD's, `kDeadline`, `kCancelled`, `kClosed`.

  /// The regions that meet `range`, in key order; while regions change there may be holes. A reversed range is
  /// `kInvalidArgument`. Costs a question for each 1024 regions.
  Task<Result<std::vector<RegionInfo>>> regions(KeyRange range, RegionsOptions options = {}) const;
  Task<Result<std::vector<StoreInfo>>> stores(StoresOptions options = {}) const;
  Task<Result<std::vector<MemberInfo>>> members() const;

  /// What the client holds now: connections, stores, members of PD, cached regions, work under way. Collected on the io
  /// threads, without stopping anything. For people and for tests; costs a few allocations for each store. `kClosed`
  /// after `close`.
  Task<Result<DebugState>> debug_state() const;

  /// Refuses new calls (`kClosed`), waits up to `ClientOptions::close_timeout` for the background work of transactions,
  /// ends every call still under way with `kClosed`, and stops the io threads. Calls of `close` after the first return
  /// at once. Blocks; on an io thread it only begins to close.
  void close() noexcept;

  /// For the library's own code.
  explicit Client(std::shared_ptr<client::Shards> shards) noexcept;

 private:
  /// What a task needs that runs the user's code and only goes to the loop for its operations.
  struct CallerSide {
    std::shared_ptr<detail::TransactHost> host;  // keeps `home`
    detail::Home* home;
  };
  CallerSide caller_side() const;

  std::shared_ptr<client::Shards> shards_;
};

}  // namespace tikv
