#pragma once

#include <tikv/error.h>
#include <tikv/key.h>
#include <tikv/snapshot.h>
#include <tikv/task.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "lock/resolver.h"
#include "route/retry.h"
#include "route/router.h"
#include "runtime/loop.h"

namespace tikv::proto::kvrpcpb {
class Context;
}

namespace tikv::snapshot {

/// What reads work with; belongs to the client and outlives every read.
struct Environment {
  detail::Home& home;     // of calls
  route::Router& router;  // for transactional keys
  lock::LockResolver& locks;
  /// The client was closed; set from any thread.
  const std::atomic<bool>& closed;
  /// No key is longer, in bytes.
  std::size_t longest_key = 8 * 1024;
  route::Patience patience{route::Budgets().read};

  /// `kClosed` once it was.
  Result<void> check_open() const;
};

/// Reads at one timestamp. Loop thread only; reads may overlap, and the reader outlives them.
class Reader {
 public:
  Reader(const Environment& environment, std::uint64_t timestamp, SnapshotOptions options);

  std::uint64_t timestamp() const noexcept { return timestamp_; }
  detail::Home& home() const noexcept { return environment_.home; }
  const Environment& environment() const noexcept { return environment_; }

  /// `keep` is held until the end.
  Task<Result<std::optional<std::string>>> get(std::string key, std::shared_ptr<const void> keep = nullptr);
  /// In the order of `keys`.
  Task<Result<std::vector<std::optional<std::string>>>> batch_get(std::vector<std::string> keys);
  /// The same as a part of an operation that has its own patience.
  Task<Result<std::vector<std::optional<std::string>>>> batch_get(route::Retry& retry, std::vector<std::string> keys);

  /// Puts into a request's context what all of this snapshot's requests have; nothing, for most snapshots.
  template <class Request>
  void stamp(Request& request) const {
    if (!is_plain()) stamp(*request.mutable_context());
  }
  /// Deals with locks that a read met, and pauses if their owners are alive. Then the read is tried again.
  Task<Result<void>> pass(route::Retry& retry, std::vector<lock::Lock> locks, bool lite);

 private:
  struct Found;
  bool is_plain() const noexcept;
  void stamp(proto::kvrpcpb::Context& context) const;
  Task<Result<bool>> get_batch(route::Retry& retry, region::RegionRef region, std::span<const std::string*> keys,
                               Found& found);

  Environment environment_;
  std::uint64_t timestamp_;
  SnapshotOptions options_;
  // Transactions whose locks need not stop this snapshot's reads: those that are no part of it, and those that are.
  std::set<std::uint64_t> ignored_;
  std::set<std::uint64_t> accessible_;
};

/// `kInvalidArgument` for an empty key.
Result<void> check_key(std::string_view key);

}  // namespace tikv::snapshot
