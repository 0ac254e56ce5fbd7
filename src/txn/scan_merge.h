#pragma once

#include <tikv/key.h>

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "snapshot/page_source.h"
#include "txn/write_buffer.h"

namespace tikv::txn {

/// Puts what is stored and what a transaction has written into one order: a written value counts before the stored
/// one, a removed key is left out. Pure; fed with stored pairs piece by piece.
class ScanMerge {
 public:
  ScanMerge(KeyRange range, snapshot::Direction direction, bool key_only);

  /// More stored pairs, in the scan's order. With them, all that is stored on the near side of `known_to` was given.
  void feed(std::vector<KvPair> pairs, std::string known_to);
  /// All that is stored in the range was given.
  void feed_end();

  /// At most `count` of the next pairs; less if more has to be fed first, or at the end.
  std::vector<KvPair> take(const WriteBuffer& writes, std::size_t count);
  /// Nothing comes any more.
  bool at_end() const noexcept { return at_end_; }

 private:
  std::vector<KvPair> take_forward(const WriteBuffer::Map& writes, std::size_t count);
  std::vector<KvPair> take_reverse(const WriteBuffer::Map& writes, std::size_t count);
  void give(const std::string& key, const Write& write, std::vector<KvPair>& out) const;
  void give_stored(std::vector<KvPair>& out);
  void reached_known();

  snapshot::Direction direction_;
  bool key_only_;
  std::string position_;  // forwards the first key to come, in reverse the last one given (empty: none)
  std::string limit_;     // the range's far border
  std::optional<std::string> known_to_;
  bool known_all_ = false;
  bool at_end_;
  std::deque<KvPair> stored_;
};

}  // namespace tikv::txn
