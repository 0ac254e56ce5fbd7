#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tikv::testing {

/// One line of a tab-separated file with a header line: column name to value.
class Row {
 public:
  explicit Row(std::map<std::string, std::string, std::less<>> values) : values_(std::move(values)) {}

  /// The value in `column`; a column that the file does not have is a mistake in the test, and throws.
  const std::string& operator[](std::string_view column) const;
  void set(std::string_view column, std::string value);

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// All lines of the file at `path`. Throws if it cannot be read or a line has another number of columns than the
/// header.
std::vector<Row> read_table(const std::string& path);

std::vector<std::string> split(std::string_view text, char separator);

}  // namespace tikv::testing
