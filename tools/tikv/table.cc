#include "table.h"

#include <algorithm>
#include <utility>

#include "bytes.h"

namespace tikv::cli {

std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    // The last cell of a row is padded by nothing, and pads nothing.
    for (std::size_t i = 0; i + 1 < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - columns_of(row[i]) + 2, ' ');
    }
    while (text.ends_with(' ')) text.pop_back();
    text += '\n';
  }
  return text;
}

Records::Records(std::ostream& out, bool json, std::vector<std::string> titles) : out_(out), json_(json) {
  if (!json_) rows_.push_back(std::move(titles));
}

void Records::add(std::vector<std::string> cells, Json record) {
  if (json_) {
    out_ << (count_ == 0 ? "[" : ",\n") << record.dump();
  } else {
    rows_.push_back(std::move(cells));
    if (rows_.size() >= kTogether) print_rows();
  }
  ++count_;
}

void Records::finish() {
  if (json_) {
    out_ << (count_ == 0 ? "[]\n" : "]\n");
  } else if (count_ > 0) {
    print_rows();
  }
}

void Records::print_rows() {
  out_ << aligned(rows_);
  rows_.clear();
}

}  // namespace tikv::cli
