#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace tikv::testing {

/// One operation on one register, as its caller saw it. Times are the caller's: it began at `invoked` and was over at
/// `returned`.
struct RegisterOp {
  enum class Kind : std::uint8_t { kRead, kWrite, kSwap };
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  Kind kind = Kind::kRead;
  std::int64_t invoked = 0;
  /// `kNever` if it may take effect at any time, which is what an unknown outcome means.
  std::int64_t returned = kNever;
  /// Whether it did happen. What did not need to happen (an unknown outcome, the repetition of a write) is only used to
  /// explain what others saw.
  bool certain = true;
  /// Of what did not need to happen: whether it may have happened any number of times.
  bool repeated = false;
  /// What a write or swap stores; nothing: the key is removed.
  std::optional<std::string> value;
  /// What a swap compares with; nothing: the key is absent.
  std::optional<std::string> expected;
  /// Whether a certain swap said that it wrote.
  bool swapped = false;
  /// What a read, or a certain swap, found.
  std::optional<std::string> seen;
};

std::string to_string(const RegisterOp& op);

enum class Linearizable : std::uint8_t {
  kYes,
  kNo,
  kUndecided,  ///< The search was given up.
};

/// Whether the operations can be put in one order in which each takes effect between its call and its return, and sees
/// what the one before it has left. The register starts without a value. Values of writes should differ from each
/// other: the more they do, the quicker and sharper the answer.
///
/// A search with memory (Wing and Gong, with Lowe's memoisation). Operations that may have happened cost nothing until
/// one that did needs them: only directly before something that sees their value can they matter.
Linearizable check_linearizable(const std::vector<RegisterOp>& ops, std::size_t max_steps = 200'000);

}  // namespace tikv::testing
