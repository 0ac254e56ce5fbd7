#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace tikv::testing {

/// What a transaction saw of one key: its value as of the transaction's start; nothing if there was none.
struct TxnRead {
  std::string key;
  std::optional<std::string> value;
};

/// What a transaction left in one key: values differ from each other; nothing if it removed the key.
struct TxnWrite {
  std::string key;
  std::optional<std::string> value;
  /// It was an insert: the key must have had no value.
  bool insert = false;
};

/// One transaction as its caller saw it; or reads at one timestamp, which are a transaction that writes nothing.
struct TxnRecord {
  enum class Outcome : std::uint8_t { kCommitted, kNot, kUnknown };
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  std::string name;
  /// Who ran it: one after the other.
  std::size_t process = 0;
  /// The caller's clock, for what was over before what began.
  std::int64_t invoked = 0;
  std::int64_t returned = kNever;
  std::uint64_t start_ts = 0;
  /// Of a committed one that wrote; 0 if there is none, or it is not known.
  std::uint64_t commit_ts = 0;
  Outcome outcome = Outcome::kUnknown;
  /// Whether `start_ts` was asked for when it began; false for reads of the past.
  bool fresh = true;
  std::vector<TxnRead> reads;
  std::vector<TxnWrite> writes;
};

using TxnHistory = std::vector<TxnRecord>;

}  // namespace tikv::testing
