#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "testkit/store/mvcc_reader.h"

namespace tikv::testing::store {

/// How a snapshot read looks at the records: its timestamp, isolation level, and the locks the client knows about.
struct ReadView {
  std::uint64_t ts = 0;
  proto::kvrpcpb::IsolationLevel isolation = proto::kvrpcpb::SI;
  /// Transactions whose locks do not block (rolled back, or committed above the read).
  std::set<std::uint64_t> bypass;
  /// Transactions whose locks are read through (committed at or below the read).
  std::set<std::uint64_t> access;

  static ReadView of(const proto::kvrpcpb::Context& context, std::uint64_t ts);
};

struct ReadValue {
  std::string value;
  std::uint64_t commit_ts = 0;
};

/// The value of a key. With `need_commit_ts` locks are never read through, because they do not know it.
Outcome<std::optional<ReadValue>> point_get(const MvccReader& reader, const Key& key, const ReadView& view,
                                            bool need_commit_ts);

struct ScanRange {
  /// [lower, upper); absent bounds are the region's.
  std::optional<Key> lower;
  std::optional<Key> upper;
  bool reverse = false;
  bool key_only = false;
  std::size_t limit = 0;
  /// Of every so many values the first is given; zero and one give all.
  std::size_t sample_step = 0;
};

struct ScanItem {
  /// The value, or the lock that is in the way on this key.
  Outcome<std::string> value;
  std::string key;
};

Outcome<std::vector<ScanItem>> scan(const MvccReader& reader, const ScanRange& range, const ReadView& view);

/// All that is kept for a key, for debugging.
Outcome<proto::kvrpcpb::MvccInfo> mvcc_info(const MvccReader& reader, const Key& key);

}  // namespace tikv::testing::store
