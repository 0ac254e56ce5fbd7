#pragma once

#include <tikv/client.h>

#include <string>
#include <vector>

namespace quickstart {

/// One word a line.
std::vector<std::string> read_words(const std::string& file);

/// Loads the words as raw keys below `prefix`, scans and counts them back, and removes them. Says what it does and what
/// it cost on stdout; false if anything is wrong.
bool load_and_count(tikv::Client& client, const std::string& prefix, const std::vector<std::string>& words);

}  // namespace quickstart
