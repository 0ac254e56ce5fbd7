#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "testkit/store/records.h"

namespace tikv::testing::store {

/// What a store remembers beside its records: the largest timestamp a read has used (a computed commit_ts lies above
/// it), and the transactions it knows as committed.
class TxnState {
 public:
  std::uint64_t max_ts() const { return max_ts_; }

  /// A read at the maximum timestamp names no point in time and leaves max_ts alone.
  void saw_read_at(std::uint64_t ts) {
    if (ts != kMaxTs && ts > max_ts_) max_ts_ = ts;
  }

  void saw_commit(std::uint64_t start_ts, std::uint64_t commit_ts) { committed_[start_ts] = commit_ts; }
  bool knows_committed(std::uint64_t start_ts) const { return committed_.contains(start_ts); }

 private:
  std::uint64_t max_ts_ = 0;
  std::map<std::uint64_t, std::uint64_t> committed_;
};

}  // namespace tikv::testing::store
