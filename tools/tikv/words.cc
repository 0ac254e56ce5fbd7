#include "words.h"

namespace tikv::cli {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kWordEnds = " \t\r\n'\"";

}  // namespace

Result<std::vector<std::string>> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (;;) {
    const std::size_t start = line.find_first_not_of(kBlanks);
    if (start == std::string_view::npos || line[start] == '#') return words;
    line.remove_prefix(start);
    std::string& word = words.emplace_back();
    while (!line.empty() && kBlanks.find(line.front()) == std::string_view::npos) {
      if (line.front() == '\'' || line.front() == '"') {
        const std::size_t end = line.find(line.front(), 1);
        if (end == std::string_view::npos)
          return std::unexpected(Error(ErrorKind::kInvalidArgument, "a quote is open at the end of the line"));
        word += line.substr(1, end - 1);
        line.remove_prefix(end + 1);
      } else {
        const std::size_t end = line.find_first_of(kWordEnds);
        word += line.substr(0, end);
        line.remove_prefix(end == std::string_view::npos ? line.size() : end);
      }
    }
  }
}

}  // namespace tikv::cli
