#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tikv::cli {

/// The words that may follow a command's: "" has "raw", "raw" has "get", "raw get" has "--cf".
struct Vocabulary {
  std::map<std::string, std::vector<std::string>> words;
};

/// How the last word of `line`, which may be empty, may go on: whole words, sorted. Options only once it begins with a
/// dash.
std::vector<std::string> completions(const Vocabulary& vocabulary, std::string_view line);

/// The longest beginning that all of them have; empty for none.
std::string common_beginning(const std::vector<std::string>& words);

/// The last word of a line: what follows its last blank.
std::string_view last_word(std::string_view line);

}  // namespace tikv::cli
