#include "table.h"

#include <fstream>
#include <stdexcept>
#include <utility>

namespace tikv::testing {

const std::string& Row::operator[](std::string_view column) const {
  auto found = values_.find(column);
  if (found == values_.end()) throw std::out_of_range("no column " + std::string(column));
  return found->second;
}

void Row::set(std::string_view column, std::string value) {
  auto found = values_.find(column);
  if (found == values_.end()) throw std::out_of_range("no column " + std::string(column));
  found->second = std::move(value);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<Row> read_table(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) throw std::runtime_error("cannot read " + path);
  const auto header = split(line, '\t');
  std::vector<Row> rows;
  while (std::getline(file, line)) {
    const auto cells = split(line, '\t');
    if (cells.size() != header.size()) throw std::runtime_error(path + ": wrong number of columns: " + line);
    std::map<std::string, std::string, std::less<>> values;
    for (std::size_t i = 0; i < cells.size(); ++i) values.emplace(header[i], cells[i]);
    rows.emplace_back(std::move(values));
  }
  return rows;
}

}  // namespace tikv::testing
