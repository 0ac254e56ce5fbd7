#pragma once

#include <tikv/transaction.h>

#include <atomic>
#include <chrono>

#include "lock/resolver.h"
#include "pd/pd_client.h"
#include "route/router.h"
#include "runtime/loop.h"
#include "runtime/scope.h"
#include "snapshot/reader.h"

namespace tikv::txn {

/// What transactions work with; belongs to the client, one for each loop, and outlives every transaction there.
struct Environment {
  runtime::Loop& loop;
  detail::Home& home;     // of calls: the loop, or a share of it
  route::Router& router;  // for transactional keys
  pd::PdClient& pd;
  lock::LockResolver& locks;
  /// Commits of secondary keys, rollbacks and heartbeats, with budgets of their own.
  runtime::Scope& background;
  TransactionLimits limits;
  /// The client was closed; set from any thread.
  const std::atomic<bool>& closed;
  CommitOptions commit{};
  route::Budgets budgets{};

  route::Patience patience(std::chrono::milliseconds budget) const noexcept {
    return route::Patience(budget, budgets.lock_pause);
  }
  snapshot::Environment reads() const noexcept {
    return {home, router, locks, closed, limits.max_key_bytes, patience(budgets.read)};
  }
  /// `kClosed` once it was.
  Result<void> check_open() const { return reads().check_open(); }
};

}  // namespace tikv::txn
