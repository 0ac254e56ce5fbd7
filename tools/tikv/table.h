#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "json.h"

namespace tikv::cli {

/// Rows for people: columns as wide as their widest cell, two blanks between them, and none after the last.
std::string aligned(const std::vector<std::vector<std::string>>& rows);

/// Records one after the other, for people or for programs.
///
/// As a table, records are kept back and aligned `kTogether` at a time, so that a long scan needs little memory; as
/// JSON they are elements of one array, which stays open if `finish` is never called: a scan that failed half-way can't
/// be taken for a whole one.
class Records {
 public:
  static constexpr std::size_t kTogether = 256;

  Records(std::ostream& out, bool json, std::vector<std::string> titles);
  void add(std::vector<std::string> cells, Json record);
  void finish();
  std::size_t count() const noexcept { return count_; }

 private:
  void print_rows();
  std::ostream& out_;
  bool json_;
  std::vector<std::vector<std::string>> rows_;
  std::size_t count_ = 0;
};

}  // namespace tikv::cli
