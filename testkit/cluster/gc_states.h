#pragma once

#include <tikv/error.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tikv::testing::cluster {

/// PD's safe points of garbage collection and what holds them back, for the one keyspace there is (the null keyspace).
/// Errors are `kServer` with the reason, as PD puts it into a response's header.
class GcStates {
 public:
  struct Barrier {
    std::uint64_t ts = 0;
    /// Milliseconds since 1970; absent: for ever.
    std::optional<std::int64_t> expires_ms;

    /// Whole seconds left at `now_ms`, at least 0; the largest number for a barrier that never expires.
    std::int64_t ttl_seconds(std::int64_t now_ms) const;
  };
  using Barriers = std::map<std::string, Barrier>;
  struct Advance {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    /// What kept it below its target; empty if nothing did.
    std::string blocker;
    std::string blocker_id;
  };

  std::uint64_t txn_safe_point() const { return txn_safe_point_; }
  std::uint64_t gc_safe_point() const { return gc_safe_point_; }
  const Barriers& barriers() const { return barriers_; }
  const Barriers& global_barriers() const { return global_barriers_; }

  /// Up to the target, or to the lowest barrier that is below it.
  Result<Advance> advance_txn_safe_point(std::uint64_t target, std::int64_t now_ms);
  Result<Advance> advance_gc_safe_point(std::uint64_t target);
  Result<Barrier> set_barrier(bool global, const std::string& id, std::uint64_t ts, std::int64_t ttl_seconds,
                              std::int64_t now_ms);
  /// The barrier that was there.
  std::optional<Barrier> delete_barrier(bool global, const std::string& id);

 private:
  std::uint64_t txn_safe_point_ = 0;
  std::uint64_t gc_safe_point_ = 0;
  Barriers barriers_;
  Barriers global_barriers_;
};

}  // namespace tikv::testing::cluster
