#pragma once

#include <tikv/error.h>

#include <cstdint>
#include <string>
#include <vector>

namespace tikv::proto::kvrpcpb {
class CheckSecondaryLocksResponse;
}

namespace tikv::lock {

/// Adds up what the stores say about the secondary keys of an async-commit transaction whose owner is gone. All keys
/// locked: it is committed, at the largest of the locks' minimal commit timestamps. One not locked: it was finished
/// already, as the store of that key says.
class SecondaryTally {
 public:
  SecondaryTally(std::uint64_t start_ts, std::uint64_t primary_min_commit_ts)
      : start_ts_(start_ts), commit_ts_(primary_min_commit_ts) {}

  /// One region's answer about `asked` keys. Fails with `kServer` if answers contradict each other.
  Result<void> add(const proto::kvrpcpb::CheckSecondaryLocksResponse& response, std::size_t asked);

  /// A lock that was not made for async commit: the transaction fell back to the ordinary commit, and its primary alone
  /// decides.
  bool fell_back() const noexcept { return fell_back_; }
  /// 0: rolled back.
  std::uint64_t commit_ts() const noexcept { return commit_ts_; }
  /// Keys that are still locked.
  const std::vector<std::string>& locked() const noexcept { return locked_; }

 private:
  std::uint64_t start_ts_;
  std::uint64_t commit_ts_;
  bool finished_ = false;
  bool fell_back_ = false;
  std::vector<std::string> locked_;
};

}  // namespace tikv::lock
