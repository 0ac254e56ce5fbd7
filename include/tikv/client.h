#pragma once

#include <tikv/error.h>
#include <tikv/options.h>
#include <tikv/raw.h>
#include <tikv/task.h>

#include <cstdint>
#include <memory>

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

  /// A fresh timestamp from PD, larger than every one given out before.
  Task<Result<std::uint64_t>> timestamp() const;
  /// The cluster's id, as PD gave it at the start.
  std::uint64_t cluster_id() const noexcept;

  /// Refuses new calls (`kClosed`), waits up to `ClientOptions::close_timeout` for the background work of transactions,
  /// ends every call still under way with `kClosed`, and stops the io threads. Calls of `close` after the first return
  /// at once. Blocks; on an io thread it only begins to close.
  void close() noexcept;

  /// For the library's own code.
  explicit Client(std::shared_ptr<client::Shards> shards) noexcept;

 private:
  std::shared_ptr<client::Shards> shards_;
};

}  // namespace tikv
