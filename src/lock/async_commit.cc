#include "lock/async_commit.h"

#include <tikv/proto/kvrpcpb.pb.h>

#include <algorithm>

namespace tikv::lock {
namespace {

Error contradiction(std::string what) {
  return Error(ErrorKind::kServer, "the keys of an async-commit transaction contradict each other: " + std::move(what));
}

}  // namespace

Result<void> SecondaryTally::add(const proto::kvrpcpb::CheckSecondaryLocksResponse& response, std::size_t asked) {
  const auto found = static_cast<std::size_t>(response.locks_size());
  if (found < asked) {
    const std::uint64_t commit_ts = response.commit_ts();
    if (finished_ ? commit_ts != commit_ts_ : commit_ts != 0 && commit_ts < commit_ts_) {
      return std::unexpected(
          contradiction("committed at " + std::to_string(commit_ts) + " and not before " + std::to_string(commit_ts_)));
    }
    finished_ = true;
    commit_ts_ = commit_ts;
    return {};
  }
  for (const auto& lock : response.locks()) {
    if (lock.lock_version() != start_ts_) {
      return std::unexpected(contradiction("a lock of the transaction of " + std::to_string(lock.lock_version())));
    }
    if (!lock.use_async_commit()) {
      fell_back_ = true;
      return {};
    }
    if (!finished_) commit_ts_ = std::max(commit_ts_, lock.min_commit_ts());
    locked_.push_back(lock.key());
  }
  return {};
}

}  // namespace tikv::lock
