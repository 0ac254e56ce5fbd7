#include "lock/txn_status.h"

#include <tikv/proto/kvrpcpb.pb.h>

namespace tikv::lock {

TxnStatus status_of(const proto::kvrpcpb::CheckTxnStatusResponse& response) {
  TxnStatus status;
  status.action = static_cast<Action>(response.action());
  status.ttl_ms = response.lock_ttl();
  if (status.ttl_ms == 0) status.commit_ts = response.commit_version();
  if (response.has_lock_info() && response.lock_info().use_async_commit()) {
    auto primary = std::make_shared<AsyncCommitPrimary>();
    primary->min_commit_ts = response.lock_info().min_commit_ts();
    primary->secondaries.assign(response.lock_info().secondaries().begin(), response.lock_info().secondaries().end());
    status.async_primary = std::move(primary);
  }
  return status;
}

void StatusCache::put(std::uint64_t start_ts, const TxnStatus& status) {
  if (!status.determined() || !known_.emplace(start_ts, status).second) return;
  order_.push_back(start_ts);
  if (order_.size() <= capacity_) return;
  known_.erase(order_.front());
  order_.pop_front();
}

std::optional<TxnStatus> StatusCache::get(std::uint64_t start_ts) const {
  const auto found = known_.find(start_ts);
  if (found == known_.end()) return std::nullopt;
  return found->second;
}

}  // namespace tikv::lock
