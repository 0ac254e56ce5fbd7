#pragma once

#include <tikv/key.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arguments.h"
#include "session.h"
#include "table.h"

// Answers that raw and transactional commands share.
namespace tikv::cli {

/// {"key","found","value"}
Json found_json(std::string_view key, const std::optional<std::string>& value);

/// The value of one key, alone on its line; a note if there is none.
Exit answer_value(Context& context, const std::string& key, const std::optional<std::string>& value, bool line_end);
/// The values of many; a note for each key that is absent. `kNotFound` if any is.
Exit answer_values(Context& context, const std::vector<std::string>& keys,
                   const std::vector<std::optional<std::string>>& values);

/// A table of pairs that grows.
class PairTable {
 public:
  PairTable(Context& context, bool keys_only);
  void add(const KvPair& pair);
  void finish() { records_.finish(); }
  std::size_t count() const noexcept { return records_.count(); }

 private:
  Context& context_;
  bool keys_only_;
  Records records_;
};

/// What a scan is asked for, so that one pair above the limit tells that there are more.
template <class Options>
Options scan_options(const ScanArguments& arguments) {
  Options options;
  options.limit = arguments.limit == 0 ? 0 : arguments.limit + 1;
  options.page = options.limit == 0 ? std::size_t{1024} : std::min<std::size_t>(1024, options.limit);
  options.key_only = arguments.keys_only;
  return options;
}

/// Prints what a scan finds, page by page.
template <class Scan>
Exit answer_scan(Context& context, Scan scan, const ScanArguments& arguments) {
  PairTable table(context, arguments.keys_only);
  bool more = false;
  while (auto page = context.wait(scan.next())) {
    for (const KvPair& pair : *page) {
      more = arguments.limit != 0 && table.count() == arguments.limit;
      if (!more) table.add(pair);
    }
  }
  table.finish();
  if (more) context.note("more keys follow: --limit " + std::to_string(arguments.limit) + " was reached, 0 is for all");
  return Exit::kOk;
}

}  // namespace tikv::cli
