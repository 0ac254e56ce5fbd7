#pragma once

#include <tikv/key.h>

#include <cstdint>
#include <string>

#include "import.h"
#include "session.h"

namespace tikv::cli {

/// Where the pairs of a range go.
struct ExportPlan {
  KeyKind kind = KeyKind::kRaw;
  KeyRange range;
  std::string file = "-";  ///< "-": stdout
  std::string state;       ///< Where to keep how far it has come; empty: nowhere.
  bool restart = false;    ///< From the first key, whatever the state says.
  bool force = false;      ///< Over a file that is there.
  std::string column_family;
  std::uint64_t timestamp = 0;  ///< Of transactional data; 0: a fresh one.
};

/// Writes the range's pairs as lines that `run_import` takes, page by page, and notes in the state how far it came
/// after each. Throws `Failure`. A run that was killed goes on after the last page that the state tells of, and at the
/// same timestamp; what the file has beyond it is written again.
Exit run_export(Context& context, const ExportPlan& plan);

}  // namespace tikv::cli
