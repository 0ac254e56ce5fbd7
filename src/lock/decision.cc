#include "lock/decision.h"

#include <tikv/timestamp.h>

#include <algorithm>

namespace tikv::lock {
namespace {

// TiKV's own limit for the time a lock lives is a day; more than a year is nobody's, and would leave the range of
// clocks.
constexpr std::uint64_t kLongestTtl = std::chrono::milliseconds(std::chrono::years(1)).count();

}  // namespace

std::chrono::milliseconds until_expired(std::uint64_t start_ts, std::uint64_t ttl_ms, std::uint64_t now_ts) noexcept {
  const std::int64_t end = timestamp_physical_ms(start_ts) + static_cast<std::int64_t>(std::min(ttl_ms, kLongestTtl));
  return std::chrono::milliseconds(end - timestamp_physical_ms(now_ts));
}

Step next_step(const Lock& lock, const TxnStatus& status, std::uint64_t now_ts, bool force_sync) noexcept {
  if (status.ttl_ms > 0) {
    const bool expired = until_expired(lock.start_ts, status.ttl_ms, now_ts).count() <= 0;
    return status.async_primary != nullptr && !force_sync && expired ? Step::kRecoverAsyncCommit : Step::kWait;
  }
  if (lock.pessimistic) return Step::kRollBackPessimistic;
  return status.determined() ? Step::kFinish : Step::kWait;
}

View view_of(const TxnStatus& status, std::uint64_t read_ts) noexcept {
  if (status.action == Action::kMinCommitTsPushed || status.rolled_back()) return View::kIgnore;
  if (!status.committed()) return View::kBlocked;
  return status.commit_ts > read_ts ? View::kIgnore : View::kAccess;
}

}  // namespace tikv::lock
