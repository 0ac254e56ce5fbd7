#include "completion.h"

#include <algorithm>

#include "words.h"

namespace tikv::cli {
namespace {

constexpr const char* kNoCommand = "?";

/// The path of the command that the words name, as far as they do; `kNoCommand` if the first of them is none.
std::string path_of(const Vocabulary& vocabulary, const std::vector<std::string>& words) {
  std::string path;
  for (const std::string& word : words) {
    const std::string longer = path.empty() ? word : path + " " + word;
    if (vocabulary.words.contains(longer)) {
      path = longer;
    } else if (path.empty() && !word.starts_with('-') && word != "help") {
      return kNoCommand;
    }
  }
  return path;
}

}  // namespace

std::string_view last_word(std::string_view line) {
  const std::size_t blank = line.find_last_of(" \t");
  return blank == std::string_view::npos ? line : line.substr(blank + 1);
}

std::vector<std::string> completions(const Vocabulary& vocabulary, std::string_view line) {
  const std::string_view begun = last_word(line);
  const auto before = words_of(line.substr(0, line.size() - begun.size()));
  if (!before) return {};  // within quotes
  const auto row = vocabulary.words.find(path_of(vocabulary, *before));
  if (row == vocabulary.words.end()) return {};
  std::vector<std::string> found;
  for (const std::string& word : row->second) {
    const bool option = word.starts_with('-');
    if (word.starts_with(begun) && (!option || begun.starts_with('-'))) found.push_back(word);
  }
  std::ranges::sort(found);
  return found;
}

std::string common_beginning(const std::vector<std::string>& words) {
  if (words.empty()) return {};
  std::string common = words.front();
  for (const std::string& word : words) {
    const auto [in_common, in_word] = std::ranges::mismatch(common, word);
    common.erase(in_common, common.end());
  }
  return common;
}

}  // namespace tikv::cli
