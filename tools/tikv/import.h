#pragma once

#include <tikv/key.h>

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "line_reader.h"
#include "session.h"

namespace tikv::cli {

enum class KeyKind : std::uint8_t { kRaw, kTxn };

/// What becomes of the lines of a file.
struct ImportPlan {
  KeyKind kind = KeyKind::kRaw;
  std::string file = "-";  ///< "-": stdin
  std::string state;       ///< Where to keep how far it has come; empty: nowhere.
  bool restart = false;    ///< From the first line, whatever the state says.
  bool skip_bad = false;   ///< Goes on after a line that makes no pair.
  std::size_t batch_keys = 1000;
  std::string column_family;
  std::int64_t ttl_seconds = 0;
};

/// Bytes of one batch: well below what a transaction or a request may have.
inline constexpr std::size_t kImportBatchBytes = 1 << 20;

struct BadLine {
  std::uint64_t line = 0;  ///< Counted from 1.
  std::string why;
};

/// Lines that are written together.
struct Batch {
  std::vector<KvPair> pairs;
  std::vector<BadLine> bad;
  std::uint64_t first_line = 0;
  /// Behind its last line; before a bad one that ended it.
  Position end;
  bool last = false;
};

/// What a pair may have at most.
struct PairLimits {
  std::size_t key_bytes = 0;
  std::size_t entry_bytes = 0;
};

/// Cuts an input into batches. Empty lines are passed over.
class BatchReader {
 public:
  BatchReader(std::istream& in, Form key_form, Form value_form, PairLimits limits, std::size_t batch_keys,
              bool skip_bad)
      : lines_(in),
        key_form_(key_form),
        value_form_(value_form),
        limits_(limits),
        batch_keys_(batch_keys),
        skip_bad_(skip_bad) {}

  bool skip_to(const Position& position) { return lines_.skip_to(position); }
  /// A bad line ends the batch and the input, unless they are skipped.
  Batch next();

 private:
  Result<KvPair> pair_of(std::string_view line) const;
  LineReader lines_;
  Form key_form_;
  Form value_form_;
  PairLimits limits_;
  std::size_t batch_keys_;
  bool skip_bad_;
};

/// Writes the lines, batch by batch in their order, and notes in the state how far it came after each. Throws
/// `Failure`; what the state tells of is written then.
///
/// A run that is killed may have written one batch more than its state says. The next run writes that batch again: the
/// same keys get the same values.
Exit run_import(Context& context, const ImportPlan& plan);

}  // namespace tikv::cli
