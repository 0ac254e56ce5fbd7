#pragma once

#include <tikv/key.h>

#include <CLI/App.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "session.h"

// Arguments that several commands have.
namespace tikv::cli {

/// [START [END]] or --prefix.
struct RangeArguments {
  std::string start;
  std::string end;
  std::string prefix;

  void describe(CLI::App& app);
  bool given() const noexcept { return !start.empty() || !end.empty() || !prefix.empty(); }
  KeyRange range(const Context& context) const;
};

/// How much of a range, and in which order.
struct ScanArguments {
  RangeArguments range;
  std::size_t limit = 100;
  bool reverse = false;
  bool keys_only = false;

  void describe(CLI::App& app);
};

/// KEY VALUE KEY VALUE ..., or lines of the input, as `tikv export` writes them, if there are none.
struct PairArguments {
  std::vector<std::string> words;

  void describe(CLI::App& app);
  std::vector<KvPair> pairs(const Context& context) const;
};

/// KEY KEY ..., or lines of the input if there are none.
struct KeyArguments {
  std::vector<std::string> words;

  void describe(CLI::App& app);
  std::vector<std::string> keys(const Context& context) const;
};

}  // namespace tikv::cli
